#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "tool/report/failure_report.hpp"
#include "tool/report/reporting_options.hpp"

namespace wsferry::tool {

/// How a command that fails is shown. A command throws what ends it, and notes here beforehand what
/// belongs to it, as soon as it knows that.
struct FailureDisplay {
  /// Is told of the failure, and shows it unless it is JSON. None: it is text on standard error.
  std::shared_ptr<TransferReport> report;
  bool alsoAsText = true;  ///< On standard error, besides the report's form.
  bool inOneLine = false;  ///< That text.

  std::string adminUrl;  ///< What reportFailure() takes.

  /// Adds what only the command knows.
  std::function<void(FailureReport&)> amend;

  /// A failure goes where the transfer is reported; see makeReport().
  void useReport(const ReportingOptions& options, const std::string& output);

  /// With `json` it is an event on standard output, besides the text.
  void useJson(bool json);

  /// Shows it. Returns the exit code that is its.
  ExitCode show(const std::exception& failure) const;
};

}  // namespace wsferry::tool
