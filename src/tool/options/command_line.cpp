#include "tool/options/command_line.hpp"

#include <algorithm>
#include <utility>

#include "tool/commands/help_text.hpp"
#include "tool/terminal/terminal.hpp"

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
    "5 data damaged or not stored, 6 refused for safety, 7 different (diff), 8 another run is "
    "working on the same target, 130 interrupted.";

// Longer lines are hard to read.
std::size_t helpColumns() {
  constexpr std::size_t widest = 100;
  return std::min(widest, standardOutput().columns());
}

bool isFlag(const CLI::Option& option) {
  return option.get_items_expected_max() == 0;
}

// An empty value is a variable of a script that is not set: what it was for is not to be guessed.
void requireText(CLI::App& command) {
  for (CLI::Option* option : command.get_options({})) {
    if (!isFlag(*option)) {
      option->check(
          [](const std::string& text) {
            return text.empty() ? std::string("needs a value that is not empty") : std::string();
          },
          "");
    }
  }
}

bool takesValue(const CLI::App& app, const std::string& name) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  return std::any_of(commands.begin(), commands.end(), [&name](const CLI::App* command) {
    const CLI::Option* option = command->get_option_no_throw(name);
    return option != nullptr && !isFlag(*option);
  });
}

}  // namespace

CommandLine::CommandLine() {
  const auto help = [](const CLI::App* command, const std::string& name, CLI::AppFormatMode) {
    return helpText(*command, name, helpColumns());
  };
  // Before the program's own settings, which a command would inherit.
  for (const Command& command : commandTable()) {
    CLI::App& added = *app.add_subcommand(command.name, command.help);
    commands_.emplace_back(&added, command.declare(added));
    added.formatter_fn(help);
    added.set_help_flag("-h,--help", "Show this help");
    requireText(added);
  }
  app.require_subcommand(1);
  app.set_version_flag("-V,--version", "wsferry " WSFERRY_VERSION, "Show the version");
  app.footer(footer);
  app.formatter_fn(help);
  app.set_help_flag("-h,--help", "Show this help");
}

ExitCode CommandLine::run(CommandRun& run) const {
  const auto parsed = std::find_if(commands_.begin(), commands_.end(),
                                   [](const auto& command) { return command.first->parsed(); });
  return parsed->second(run);
}

void CommandLine::parse(const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  bool areOptions = true;
  for (const std::string& word : arguments) {
    areOptions = areOptions && word != "--";
    const std::string name = word.substr(0, word.size() - (word.empty() ? 0 : 1));
    words.push_back(word);
    // The parser would take the word behind `--option=` for the value.
    if (areOptions && word == name + "=" && name.rfind("--", 0) == 0 && takesValue(app, name)) {
      words.back() = name;
      words.emplace_back();
    }
  }
  std::reverse(words.begin(), words.end());
  app.parse(std::move(words));
}

}  // namespace wsferry::tool
