#pragma once

#include <algorithm>

#include "wsferry/core/clock.hpp"

namespace wsferry::strapi {

/// When to notify a program of a wait: after an interval of at least a second, and no more often
/// for all waits together. No clock of its own. Not thread-safe.
class WaitingNotices {
 public:
  explicit WaitingNotices(Duration interval)
      : interval_(std::max(bounded(interval), Duration(1'000))) {}

  /// Whether a wait since then calls for a notice, unless there was another one.
  bool isLong(TimePoint since, TimePoint now) const { return now - since >= interval_; }

  /// Whether a notice may be given now. Then it counts as given.
  [[nodiscard]] bool take(TimePoint now) {
    if (now < quietUntil_) {
      return false;
    }
    quietUntil_ = now + interval_;
    return true;
  }

  /// When a notice of a wait since then may be given.
  TimePoint next(TimePoint since) const { return std::max(since + interval_, quietUntil_); }

 private:
  Duration interval_;
  TimePoint quietUntil_ = TimePoint::min();
};

}  // namespace wsferry::strapi
