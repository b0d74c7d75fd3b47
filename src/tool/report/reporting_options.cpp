#include "tool/report/reporting_options.hpp"

#include <iostream>

#include "tool/report/json_events.hpp"
#include "tool/report/progress_display.hpp"
#include "tool/terminal/terminal.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

void addReportingOptions(CLI::App& command, ReportingOptions& options,
                         const std::string& outputTaken) {
  const std::string reporting = "Reporting";
  command
      .add_flag("--json", options.json,
                "Events as JSON, one a line, on standard output" +
                    (outputTaken.empty() ? "" : " (with " + outputTaken + ": standard error)"))
      ->group(reporting);
  command.add_flag("-q,--quiet", options.quiet, "Errors, losses and notes only")->group(reporting);
  command.add_flag("-v,--verbose", options.verbose, "The server's messages and statistics too")
      ->group(reporting);
}

void checkReporting(const ReportingOptions& options) {
  if (options.quiet && options.verbose) {
    throw Error(Errc::invalidOption, "--quiet and --verbose exclude each other");
  }
}

Verbosity verbosityOf(const ReportingOptions& options) {
  return options.quiet     ? Verbosity::quiet
         : options.verbose ? Verbosity::verbose
                           : Verbosity::normal;
}

std::unique_ptr<TransferReport> makeReport(const ReportingOptions& options,
                                           bool standardOutputTaken) {
  std::ostream& results = standardOutputTaken ? std::cerr : std::cout;
  const Verbosity verbosity = verbosityOf(options);
  if (options.json) {
    return std::make_unique<JsonEvents>(results, verbosity);
  }
  return std::make_unique<ProgressDisplay>(standardError(), results, verbosity);
}

}  // namespace wsferry::tool
