#include "tool/report/failure_display.hpp"

#include <iostream>

#include "tool/report/json_events.hpp"

namespace wsferry::tool {

void FailureDisplay::useReport(const ReportingOptions& options, const std::string& output) {
  inOneLine = options.quiet;
  report = makeReport(options, output);
  alsoAsText = options.json && output != "-";
}

void FailureDisplay::useJson(bool json) {
  if (json) {
    report = std::make_shared<JsonEvents>(std::cout, Verbosity::normal);
  }
}

ExitCode FailureDisplay::show(const std::exception& failure) const {
  FailureReport shown = reportFailure(failure, adminUrl);
  if (amend) {
    amend(shown);
  }
  if (report) {
    report->failed(shown);
  }
  if (alsoAsText) {
    std::cerr << (inOneLine ? shown.line() : shown.text());
  }
  return shown.exitCode;
}

}  // namespace wsferry::tool
