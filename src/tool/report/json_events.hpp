#pragma once

#include <mutex>
#include <optional>
#include <ostream>
#include <string>

#include "tool/report/transfer_report.hpp"
#include "tool/terminal/first_few.hpp"
#include "wsferry/core/clock.hpp"

namespace wsferry::tool {

/// Reports for programs: one JSON object a line, told apart by `event` (docs/tool.md). `info`
/// diagnostics only if verbose; if quiet, only warnings, errors and the result. `progress` only
/// `withProgress`.
class JsonEvents final : public TransferReport {
 public:
  JsonEvents(std::ostream& stream, Verbosity verbosity, bool withProgress = true)
      : stream_(stream), verbosity_(verbosity), withProgress_(withProgress) {}

  void start(const TransferEnds& ends) override;
  void plan(const PushPlan& plan, bool isResult) override;
  void progress(const strapi::StageProgress& progress) override;
  void diagnostic(const strapi::Diagnostic& diagnostic) override;
  void warning(const std::string& message) override;
  void retry(const FailedAttempt& attempt) override;
  void done(const TransferOutcome& outcome) override;
  void failed(const FailureReport& failure) override;
  void retention(const RetentionResult& result) override;

 private:
  template <class Write>
  void event(const char* name, Write write);
  void tell(const strapi::Diagnostic& diagnostic);
  void tellHeldBack();

  std::ostream& stream_;
  Verbosity verbosity_;
  bool withProgress_;
  std::mutex mutex_;
  FirstFew admitted_{mostMessages};
  std::string command_;
  std::optional<strapi::TransferStage> startedStage_;  // Of the engine's thread alone.
};

}  // namespace wsferry::tool
