#include <iostream>

#include "tool/commands/commands.hpp"
#include "tool/commands/usage_report.hpp"

namespace wsferry::tool {

void addHelpOptions(CLI::App& command, HelpOptions& options) {
  options.app = command.get_parent();
  command.add_option("command", options.topic, "A command")->type_name("COMMAND");
}

ExitCode runHelp(const HelpOptions& options, CommandRun& run) {
  const CLI::App& app = *options.app;
  const auto named = app.get_subcommands(
      [&options](const CLI::App* command) { return command->get_name() == options.topic; });
  if (named.empty() && !options.topic.empty()) {
    std::cerr << unknownCommandText(app, options.topic, run.arguments);
    return ExitCode::usage;
  }
  const CLI::App& topic = named.empty() ? app : *named.front();
  std::cout << topic.get_formatter()->make_help(
      &topic, named.empty() ? "wsferry" : "wsferry " + options.topic, CLI::AppFormatMode::Normal);
  return ExitCode::done;
}

}  // namespace wsferry::tool
