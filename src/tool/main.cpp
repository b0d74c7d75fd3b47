#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "tool/commands/usage_report.hpp"
#include "tool/options/command_line.hpp"
#include "tool/report/failure_display.hpp"
#include "tool/terminal/terminal.hpp"

namespace {

using namespace wsferry::tool;

ExitCode reportUsage(const CommandLine& line, const CLI::ParseError& error,
                     const std::vector<std::string>& arguments) {
  if (error.get_exit_code() == 0) {
    line.app.exit(error);  // --help and --version
    return ExitCode::done;
  }
  std::cerr << usageText(line.app, error, arguments);
  return ExitCode::usage;
}

// The command is done and cleaned up. What may be left is a thread that asks the name service, for
// longer than any deadline of ours: exit() would wait for it.
[[noreturn]] void end(ExitCode code, CommandRun* run = nullptr) {
  std::cout.flush();
  const bool isUnwritten = !std::cout;
  // Of a failure, its own code says more.
  const bool isAnswer = code == ExitCode::done || code == ExitCode::different;
  code = isUnwritten && isAnswer ? ExitCode::data : code;
  if (run != nullptr) {
    if (run->failure.report) {
      run->failure.report->ended(code);
    }
    run->failure = {};  // Its report may still have something live on the terminal.
  }
  if (isUnwritten) {
    std::cerr << (run != nullptr && run->hasTransferred
                      ? "wsferry: the transfer was completed, but its report could not "
                        "be written to standard output\n"
                      : "wsferry: standard output could not be written\n");
  }
  std::cerr.flush();
  std::_Exit(static_cast<int>(code));
}

[[noreturn]] void run(const std::vector<std::string>& arguments) {
  CommandLine line;
  try {
    line.parse(arguments);
  } catch (const CLI::ParseError& error) {
    end(reportUsage(line, error, arguments));
  }
  Interruption interruption;
  CommandRun command{interruption, arguments, {}, false};
  ExitCode code = ExitCode::done;
  try {
    code = line.run(command);
  } catch (const std::exception& failure) {
    code = command.failure.show(failure);
  }
  end(code, &command);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    occupyStandardDescriptors();
    run({argv + std::min(argc, 1), argv + argc});
  } catch (const std::exception& failure) {
    return static_cast<int>(FailureDisplay().show(failure));
  }
}
