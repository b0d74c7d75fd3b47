#include "tool/report/reporting_options.hpp"

#include <iostream>
#include <utility>

#include "archive/file/part_names.hpp"
#include "tool/log/logged_report.hpp"
#include "tool/options/value_options.hpp"
#include "tool/report/json_events.hpp"
#include "tool/report/output_options.hpp"
#include "tool/report/progress_display.hpp"
#include "tool/terminal/terminal.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

void addReportingOptions(CLI::App& command, ReportingOptions& options,
                         const std::string& outputTaken) {
  const std::string reporting = "Reporting";
  command
      .add_flag("--json", options.json,
                "Events as JSON, one per line, on standard output" +
                    (outputTaken.empty() ? "" : " (with " + outputTaken + ": standard error)"))
      ->group(reporting);
  command.add_flag("-q,--quiet", options.quiet, "Errors, losses and notes only")->group(reporting);
  command.add_flag("-v,--verbose", options.verbose, "Also the server's messages and statistics")
      ->group(reporting);
  addChoiceOption(
      command, "--progress", options.progress, {"auto", "always", "never"},
      "Lines updated in place: on a terminal, everywhere, or no progress at all (default: auto)")
      ->group(reporting);
  command
      .add_option("--log-file", options.logFile,
                  "Append everything that is reported to this file, including what --quiet hides")
      ->type_name("FILE")
      ->group(reporting);
}

bool showsArchive(const ReportingOptions& options) {
  return !options.quiet || options.json || !options.logFile.empty();
}

void checkReporting(const ReportingOptions& options) {
  if (options.quiet && options.verbose) {
    throw Error(Errc::invalidOption, "--quiet and --verbose exclude each other");
  }
  if (options.quiet && options.progress == "always") {
    throw Error(Errc::invalidOption, "--quiet shows no progress: leave out --progress always");
  }
}

Verbosity verbosityOf(const ReportingOptions& options) {
  return options.quiet     ? Verbosity::quiet
         : options.verbose ? Verbosity::verbose
                           : Verbosity::normal;
}

namespace {

std::unique_ptr<TransferReport> makeShownReport(const ReportingOptions& options,
                                                bool standardOutputTaken) {
  std::ostream& results = standardOutputTaken ? std::cerr : std::cout;
  const bool withProgress = options.progress != "never";
  if (options.json) {
    return std::make_unique<JsonEvents>(results, verbosityOf(options), withProgress);
  }
  Terminal terminal = standardError();
  terminal.live = terminal.live || options.progress == "always";
  return std::make_unique<ProgressDisplay>(terminal, results, verbosityOf(options), withProgress);
}

}  // namespace

std::unique_ptr<TransferReport> makeReport(const ReportingOptions& options,
                                           const std::string& output) {
  auto shown = makeShownReport(options, output == "-");
  if (options.logFile.empty()) {
    return shown;
  }
  if (!output.empty() && areOnePath(options.logFile, output)) {
    throw Error(Errc::invalidOption,
                "--log-file is the archive to make: give the log another name");
  }
  for (const char* ending : {".lock", ".incomplete"}) {
    if (!output.empty() && output != "-" &&
        areOnePath(options.logFile, archive::companionPath(output, ending))) {
      throw Error(
          Errc::invalidOption,
          "--log-file is a file that wsferry keeps beside the archive: give the log another name");
    }
  }
  return std::make_unique<LoggedReport>(std::move(shown), options.logFile,
                                        options.verbose ? Verbosity::verbose : Verbosity::normal);
}

}  // namespace wsferry::tool
