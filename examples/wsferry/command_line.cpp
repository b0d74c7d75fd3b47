#include "command_line.hpp"

#include <algorithm>

#include "help_text.hpp"
#include "terminal.hpp"

namespace wsferry::tool {

namespace {

constexpr const char* footer =
    "Examples:\n"
    "  export STRAPI_TRANSFER_TOKEN=...\n"
    "  wsferry pull https://example.org/admin\n"
    "  wsferry push backup.tar.gz https://example.org/admin --dry-run\n"
    "  wsferry diff backup.tar.gz https://example.org/admin\n"
    "  wsferry inspect backup.tar.gz\n"
    "  wsferry verify backup.tar.gz && echo intact\n"
    "  wsferry stream wss://host/ws-gateway/api/v1/ speech.wav --template ID\n"
    "  wsferry serve --sample\n"
    "\n"
    "Exit codes: 0 done, 1 the remote refused or failed, 2 usage, 3 authentication, 4 connection, "
    "5 data damaged or not stored, 6 refused for safety, 7 different (diff), 130 interrupted.";

// Longer lines are hard to read.
std::size_t helpColumns() {
  constexpr std::size_t widest = 100;
  return std::min(widest, standardOutput().columns());
}

}  // namespace

CommandLine::CommandLine() {
  app.require_subcommand(1);
  app.set_version_flag("-V,--version", "wsferry " WSFERRY_VERSION, "Show the version");
  app.footer(footer);
  addPullOptions(*pullCommand, pull);
  addPushOptions(*pushCommand, push);
  addCopyOptions(*copyCommand, copy);
  addConvertOptions(*convertCommand, convert);
  addDiffOptions(*diffCommand, diff);
  addInspectOptions(*inspectCommand, inspect);
  addVerifyOptions(*verifyCommand, verify);
  addGenerateKeyOptions(*generateKeyCommand, generateKey);
  addStreamOptions(*streamCommand, stream);
  addServeOptions(*serveCommand, serve);
  helpCommand->add_option("command", helpTopic, "A command")->type_name("COMMAND");
  const auto help = [](const CLI::App* command, const std::string& name, CLI::AppFormatMode) {
    return helpText(*command, name, helpColumns());
  };
  app.formatter_fn(help);
  app.set_help_flag("-h,--help", "Show this help");
  for (CLI::App* command : app.get_subcommands({})) {
    command->formatter_fn(help);
    command->set_help_flag("-h,--help", "Show this help");
  }
}

}  // namespace wsferry::tool
