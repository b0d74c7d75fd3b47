#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "tool/options/command_line.hpp"
#include "tool/options/usage_report.hpp"
#include "tool/report/failure_report.hpp"
#include "tool/report/json_events.hpp"
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

ExitCode help(const CommandLine& line, const std::vector<std::string>& arguments) {
  const auto named = line.app.get_subcommands(
      [&line](const CLI::App* command) { return command->get_name() == line.helpTopic; });
  if (named.empty() && !line.helpTopic.empty()) {
    std::cerr << unknownCommandText(line.app, line.helpTopic, arguments);
    return ExitCode::usage;
  }
  const CLI::App& topic = named.empty() ? line.app : *named.front();
  std::cout << topic.get_formatter()->make_help(
      &topic, named.empty() ? "wsferry" : "wsferry " + line.helpTopic, CLI::AppFormatMode::Normal);
  return ExitCode::done;
}

ExitCode run(CommandLine& line, Interruption& interruption) {
  if (line.pullCommand->parsed()) {
    return runPull(line.pull, interruption);
  }
  if (line.pushCommand->parsed()) {
    return runPush(line.push, interruption);
  }
  if (line.copyCommand->parsed()) {
    return runCopy(line.copy, interruption);
  }
  if (line.convertCommand->parsed()) {
    return runConvert(line.convert, interruption);
  }
  const bool json =
      line.inspect.json || line.verify.json || line.diff.json || line.stream.reporting.json;
  try {
    if (line.diffCommand->parsed()) {
      return runDiff(line.diff, interruption);
    }
    if (line.inspectCommand->parsed()) {
      return runInspect(line.inspect);
    }
    if (line.verifyCommand->parsed()) {
      return runVerify(line.verify);
    }
    if (line.generateKeyCommand->parsed()) {
      return runGenerateKey(line.generateKey);
    }
    if (line.streamCommand->parsed()) {
      return runStream(line.stream, interruption);
    }
    return runServe(line.serve, interruption);
  } catch (const std::exception& error) {
    const FailureReport failure = reportFailure(error);
    if (json) {
      JsonEvents(std::cout, Verbosity::normal).failed(failure);
    }
    std::cerr << failure.text();
    return failure.exitCode;
  }
}

// Whether a command that is done has transferred something.
bool transferred(const CommandLine& line) {
  return line.pullCommand->parsed() || line.convertCommand->parsed() ||
         (line.pushCommand->parsed() && !line.push.safety.dryRun) ||
         (line.copyCommand->parsed() && !line.copy.safety.dryRun);
}

// The command is done and cleaned up. What may be left is a thread that asks the name service, for
// longer than any deadline of ours: exit() would wait for it.
[[noreturn]] void end(ExitCode code, bool hasTransferred) {
  std::cout.flush();
  if (!std::cout && code == ExitCode::done) {
    std::cerr << (hasTransferred ? "wsferry: the transfer was completed, but its report could not "
                                   "be written to standard output\n"
                                 : "wsferry: standard output could not be written\n");
    code = ExitCode::data;
  }
  std::cerr.flush();
  std::_Exit(static_cast<int>(code));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    occupyStandardDescriptors();
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    CommandLine line;
    try {
      line.parse(arguments);
    } catch (const CLI::ParseError& error) {
      end(reportUsage(line, error, arguments), false);
    }
    if (line.helpCommand->parsed()) {
      end(help(line, arguments), false);
    }
    if (line.versionCommand->parsed()) {
      std::cout << "wsferry " WSFERRY_VERSION << '\n';
      end(ExitCode::done, false);
    }
    Interruption interruption;
    const ExitCode code = run(line, interruption);
    end(code, transferred(line));
  } catch (const std::exception& error) {
    const FailureReport failure = reportFailure(error);
    std::cerr << failure.text();
    return static_cast<int>(failure.exitCode);
  }
}
