#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tool/commands/command_table.hpp"

namespace wsferry::tool {

/// The whole command line: the parser of each command of the table.
class CommandLine {
 public:
  CommandLine();

  /// Parses what follows the program's name. @throws CLI::ParseError.
  void parse(const std::vector<std::string>& arguments);

  /// Runs the command that was parsed. @throws std::exception for what ends it.
  ExitCode run(CommandRun& run) const;

  CLI::App app{"Moves the content of Strapi servers, and streams audio to speech-to-text gateways.",
               "wsferry"};

 private:
  std::vector<std::pair<const CLI::App*, RunCommand>> commands_;
};

}  // namespace wsferry::tool
