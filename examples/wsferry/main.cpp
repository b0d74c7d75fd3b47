#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "commands.hpp"
#include "failure_report.hpp"
#include "json_events.hpp"
#include "terminal.hpp"

namespace {

using namespace wsferry::tool;

struct CommandLine {
  CLI::App app{"Moves the content of a Strapi, and audio to a streaming gateway.", "wsferry"};
  PullOptions pull;
  PushOptions push;
  CopyOptions copy;
  ConvertOptions convert;
  DiffOptions diff;
  ArchiveOptions inspect;
  ArchiveOptions verify;
  StreamOptions stream;
  ServeOptions serve;
  CLI::App* pullCommand = app.add_subcommand("pull", "Pull a Strapi's content into an archive");
  CLI::App* pushCommand = app.add_subcommand("push", "Replace a Strapi's content by an archive's");
  CLI::App* copyCommand = app.add_subcommand("copy", "Replace a Strapi's content by another's");
  CLI::App* convertCommand = app.add_subcommand("convert", "Make an archive of another archive");
  CLI::App* diffCommand =
      app.add_subcommand("diff", "Compare two archives, or an archive and a Strapi");
  CLI::App* inspectCommand = app.add_subcommand("inspect", "Show what is in an archive");
  CLI::App* verifyCommand = app.add_subcommand("verify", "Check an archive");
  CLI::App* streamCommand =
      app.add_subcommand("stream", "Stream audio to a gateway and show its results");
  CLI::App* serveCommand =
      app.add_subcommand("serve", "Serve an archive to pull from, or a gateway");

  CommandLine() {
    app.require_subcommand(1);
    app.set_version_flag("--version", "wsferry " WSFERRY_VERSION);
    app.footer(
        "Examples:\n"
        "  wsferry pull https://example.org/admin --token-file token.txt\n"
        "  wsferry push backup.tar.gz https://example.org/admin --token-file token.txt --dry-run\n"
        "  wsferry diff backup.tar.gz https://example.org/admin --token-file token.txt\n"
        "  wsferry inspect backup.tar.gz\n"
        "  wsferry verify backup.tar.gz && echo intact\n"
        "  wsferry stream wss://host/ws-gateway/api/v1/ speech.wav --template ID\n"
        "  wsferry serve --sample\n\n"
        "Exit codes: 0 done, 1 the remote refused or failed, 2 usage, 3 authentication,\n"
        "4 connection, 5 data damaged or not stored, 6 refused for safety, 7 different (diff),\n"
        "130 interrupted.");
    addPullOptions(*pullCommand, pull);
    addPushOptions(*pushCommand, push);
    addCopyOptions(*copyCommand, copy);
    addConvertOptions(*convertCommand, convert);
    addDiffOptions(*diffCommand, diff);
    addInspectOptions(*inspectCommand, inspect);
    addVerifyOptions(*verifyCommand, verify);
    addStreamOptions(*streamCommand, stream);
    addServeOptions(*serveCommand, serve);
  }
};

// What was not expected may be a token that went astray: only names of options are repeated.
std::string unexpectedOptions(const CLI::App& app) {
  std::string names;
  for (const std::string& argument : app.remaining(true)) {
    if (argument.size() > 1 && argument.front() == '-') {
      names += " " + argument.substr(0, argument.find('='));
    }
  }
  return names.empty() ? "more arguments than the command takes" : "unknown options:" + names;
}

int reportUsage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    return app.exit(error);  // --help and --version
  }
  const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  // A value that does not fit may be a token that went astray, too.
  const std::string what = error.what();
  std::cerr << "wsferry: " << (extras ? unexpectedOptions(app) : what.substr(0, what.find(" = ")))
            << "\n  `wsferry --help` and `wsferry COMMAND --help` tell more.\n";
  return static_cast<int>(ExitCode::usage);
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
    CommandLine line;
    try {
      line.app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return reportUsage(line.app, error);
    }
    Interruption interruption;
    const ExitCode code = run(line, interruption);
    end(code, transferred(line));
  } catch (const std::exception& error) {
    std::cerr << "wsferry: " << error.what() << '\n';
    return static_cast<int>(ExitCode::remote);
  }
}
