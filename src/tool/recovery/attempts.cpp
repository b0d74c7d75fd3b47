#include "tool/recovery/attempts.hpp"

#include <condition_variable>
#include <mutex>
#include <random>
#include <string>

#include "tool/report/failure_report.hpp"
#include "tool/terminal/size_format.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

std::function<double()> randomNumbers() {
  return [engine = std::mt19937(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

std::optional<TimePoint> deadlineOf(const Attempts::Limits& limits, TimePoint begin) {
  return limits.deadline > Duration{0} ? std::optional(begin + limits.deadline) : std::nullopt;
}

// What the next run may use is not removed when nothing but the way to the server is wrong.
bool mayBeUsedLater(const std::error_code& error) {
  return error == ErrorCondition::connection || error == ErrorCondition::cancelled;
}

}  // namespace

Attempts::Attempts(const Limits& limits, UnfinishedParts* parts, TransferReport& report,
                   Interruption& interruption)
    : limits_(limits),
      parts_(parts),
      report_(report),
      interruption_(interruption),
      begin_(Clock::now()),
      deadline_(deadlineOf(limits, begin_)),
      rule_({limits.retries, deadline_}, randomNumbers()) {
  if (deadline_) {
    interruption_.limit(*deadline_);
  }
}

void Attempts::repeat(const std::function<void()>& attempt,
                      const std::function<bool()>& mayRepeat) {
  for (;;) {
    try {
      attempt();
      return;
    } catch (const Error& error) {
      if (mayRepeat && !mayRepeat()) {
        throw;
      }
      afterFailure(error);
    }
  }
}

TransferOutcome Attempts::run(
    const std::function<TransferOutcome(const std::vector<std::string>& unfinished)>& attempt) {
  TransferOutcome outcome;
  repeat([&] {
    outcome = attempt(parts_ == nullptr ? std::vector<std::string>() : parts_->paths());
    outcome.elapsed = std::chrono::duration_cast<Duration>(Clock::now() - begin_);
  });
  outcome.attempts = count_;
  if (parts_ != nullptr) {
    parts_->removeLeftovers();
  }
  return outcome;
}

void Attempts::afterFailure(const Error& error) {
  const std::optional<Duration> next = rule_.pauseAfter(error.code(), error.info(), Clock::now());
  if (!next || interruption_.requested() || interruption_.expired()) {
    giveUp(error);
  }
  if (parts_ != nullptr) {
    parts_->takeAttempt();
  }
  pause(*next, [&] { report_.retry({reportFailure(error), count_, rule_.mostAttempts(), *next}); });
  interruption_.throwIfRequested();
  if (interruption_.expired()) {
    giveUp(error);
  }
  ++count_;
}

void Attempts::giveUp(const Error& error) {
  if (parts_ != nullptr && !mayBeUsedLater(error.code())) {
    parts_->removeLeftovers();
  }
  if (interruption_.expired() && !interruption_.requested() && mayBeUsedLater(error.code())) {
    throw Error(Errc::timedOut,
                "not done within the --deadline of " + formatDuration(limits_.deadline) +
                    (error.code() == ErrorCondition::cancelled ? std::string()
                                                               : ": " + error.info().message))
        .ofOption("--deadline");
  }
  std::string note;
  if (count_ > 1) {
    note =
        " (attempt " + std::to_string(count_) + " of " + std::to_string(rule_.mostAttempts()) + ")";
  }
  if (rule_.isTooLate()) {
    note += "; the --deadline of " + formatDuration(limits_.deadline) +
            " leaves no time for another attempt";
  }
  throw note.empty() ? error : error.withMessage(error.info().message + note);
}

// Until then, or a signal, or the deadline. Who was told of the pause can end it.
void Attempts::pause(Duration pause, const std::function<void()>& tell) {
  std::mutex mutex;
  std::condition_variable ended;
  bool isEnded = false;
  const Interruption::Scope scope(interruption_, [&] {
    const std::lock_guard<std::mutex> lock(mutex);
    isEnded = true;
    ended.notify_one();
  });
  tell();
  std::unique_lock<std::mutex> lock(mutex);
  ended.wait_until(lock, Clock::now() + pause, [&] { return isEnded; });
}

}  // namespace wsferry::tool
