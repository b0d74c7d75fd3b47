#include "tool/log/logged_report.hpp"

#include <utility>

#include "tool/terminal/terminal.hpp"

namespace wsferry::tool {

LoggedReport::LoggedReport(std::unique_ptr<TransferReport> shown, const std::string& path,
                           Verbosity verbosity)
    : shown_(std::move(shown)),
      file_(path),
      log_(Terminal{file_.stream()}, file_.stream(), verbosity),
      path_(path) {}

LoggedReport::~LoggedReport() {
  // At the end, where it cannot get between the lines of progress; also with --quiet.
  if (!file_.failure().empty()) {
    printNote("the log file " + path_ + " is not complete: " + file_.failure());
  }
}

void LoggedReport::start(const TransferEnds& ends) {
  log_.start(ends);
  shown_->start(ends);
}

void LoggedReport::plan(const PushPlan& plan, bool isResult) {
  log_.plan(plan, isResult);
  shown_->plan(plan, isResult);
}

void LoggedReport::progress(const strapi::StageProgress& progress) {
  log_.progress(progress);
  shown_->progress(progress);
}

void LoggedReport::diagnostic(const strapi::Diagnostic& diagnostic) {
  log_.diagnostic(diagnostic);
  shown_->diagnostic(diagnostic);
}

void LoggedReport::warning(const std::string& message) {
  log_.warning(message);
  shown_->warning(message);
}

void LoggedReport::retry(const FailedAttempt& attempt) {
  log_.retry(attempt);
  shown_->retry(attempt);
}

void LoggedReport::done(const TransferOutcome& outcome) {
  TransferOutcome logged = outcome;
  logged.planNotes.clear();  // The log has the plan.
  log_.done(logged);
  shown_->done(outcome);
}

void LoggedReport::failed(const FailureReport& failure) {
  log_.failed(failure);
  shown_->failed(failure);
}

void LoggedReport::retention(const RetentionResult& result) {
  log_.retention(result);
  shown_->retention(result);
}

void LoggedReport::ended(ExitCode exitCode) {
  file_.stream() << "exit code: " << static_cast<int>(exitCode) << std::endl;
}

}  // namespace wsferry::tool
