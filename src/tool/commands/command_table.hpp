#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "tool/report/exit_code.hpp"
#include "tool/report/failure_display.hpp"
#include "tool/terminal/interruption.hpp"

namespace wsferry::tool {

/// One run of a command. It returns the exit code of what it did, and throws what kept it from
/// that; `failure` says how that is shown.
struct CommandRun {
  Interruption& interruption;
  const std::vector<std::string>& arguments;  ///< The whole command line, behind `wsferry`.
  FailureDisplay failure;
  bool hasTransferred = false;  ///< It is too late to say that nothing was done.
};

/// Runs a command with what was typed. @throws std::exception for what ends it.
using RunCommand = std::function<ExitCode(CommandRun&)>;

/// A command of the tool.
struct Command {
  const char* name;
  const char* help;                     ///< In one line.
  std::vector<std::string> otherNames;  ///< What other programs call it.
  RunCommand (*declare)(CLI::App&);     ///< Adds its options and arguments.
};

/// All of them, in the order of the help.
const std::vector<Command>& commandTable();

}  // namespace wsferry::tool
