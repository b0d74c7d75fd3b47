#pragma once

#include <memory>
#include <string>

#include "tool/log/log_file.hpp"
#include "tool/report/progress_display.hpp"
#include "tool/report/transfer_report.hpp"

namespace wsferry::tool {

/// Shows a transfer, and writes to a log file what people would see of it, with its exit code. Also
/// what --quiet hides: the log is read when something went wrong.
class LoggedReport final : public TransferReport {
 public:
  /// @throws Error with Errc::fileFailed if the log cannot be opened.
  LoggedReport(std::unique_ptr<TransferReport> shown, const std::string& path, Verbosity verbosity);
  ~LoggedReport() override;

  void start(const TransferEnds& ends) override;
  void plan(const PushPlan& plan, bool isResult) override;
  void progress(const strapi::StageProgress& progress) override;
  void diagnostic(const strapi::Diagnostic& diagnostic) override;
  void warning(const std::string& message) override;
  void retry(const FailedAttempt& attempt) override;
  void done(const TransferOutcome& outcome) override;
  void failed(const FailureReport& failure) override;
  void retention(const RetentionResult& result) override;
  void ended(ExitCode exitCode) override;

 private:
  std::unique_ptr<TransferReport> shown_;
  LogFile file_;
  ProgressDisplay log_;
  std::string path_;
};

}  // namespace wsferry::tool
