#include "tool/report/failure_display.hpp"

#include <iostream>

#include "tool/report/json_events.hpp"

namespace wsferry::tool {

void FailureDisplay::useReport(const ReportingOptions& options, bool standardOutputTaken) {
  report = makeReport(options, standardOutputTaken);
  alsoAsText = options.json && !standardOutputTaken;
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
    std::cerr << shown.text();
  }
  return shown.exitCode;
}

}  // namespace wsferry::tool
