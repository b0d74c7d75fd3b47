#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <thread>

#include "tool/report/transfer_report.hpp"
#include "tool/terminal/first_few.hpp"
#include "tool/terminal/terminal.hpp"
#include "wsferry/core/clock.hpp"

namespace wsferry::tool {

/// One stage in one line: count, bytes, rate, elapsed, and the time left where totals are known.
std::string stageLine(const strapi::StageProgress& progress, TimePoint now);

/// What is left of a stage, by bytes or, where their total cannot be right, by count.
std::optional<std::chrono::milliseconds> timeLeft(const strapi::StageProgress& progress,
                                                  TimePoint now);

/// Reports for people: a line a stage that lives on a terminal; elsewhere plain lines, at the end
/// of a stage and every ten seconds; neither without `withProgress`. The table goes to `results`. A
/// failure has one line if quiet.
class ProgressDisplay final : public TransferReport {
 public:
  ProgressDisplay(const Terminal& terminal, std::ostream& results, Verbosity verbosity,
                  bool withProgress = true);
  ~ProgressDisplay() override;

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
  void line(const std::string& text);
  void live(const std::string& text);
  void endLive();
  void leaveWrapped(std::size_t width);
  void refresh();
  void tellHeldBack();

  Terminal terminal_;
  std::ostream& results_;
  Verbosity verbosity_;
  bool withProgress_;
  std::string command_;  ///< What is being reported of.
  std::mutex mutex_;
  FirstFew admitted_{mostMessages};
  std::size_t liveColumns_ = 0;
  TimePoint lastPlainLine_{};
  std::optional<strapi::StageProgress> running_;  // What the live line shows.
  bool ending_ = false;
  std::condition_variable end_;
  std::thread refresher_;
};

}  // namespace wsferry::tool
