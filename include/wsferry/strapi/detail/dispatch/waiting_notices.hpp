#pragma once

#include <algorithm>

#include "wsferry/core/clock.hpp"

namespace wsferry::strapi {

/// When a program is told that something is waited for: after an interval, which is at least a
/// second, and of all that is waited for together not more often. No clock of its own. Not
/// thread-safe.
class WaitingNotices {
 public:
  explicit WaitingNotices(Duration interval)
      : interval_(std::max(bounded(interval), Duration(1'000))) {}

  /// Whether something that was waited for since then is to be told of, if nothing else was.
  bool isLong(TimePoint since, TimePoint now) const { return now - since >= interval_; }

  /// Whether a notice may be given now. Then it counts as given.
  [[nodiscard]] bool take(TimePoint now) {
    if (now < quietUntil_) {
      return false;
    }
    quietUntil_ = now + interval_;
    return true;
  }

  /// When a notice of something that was waited for since then may be given.
  TimePoint next(TimePoint since) const { return std::max(since + interval_, quietUntil_); }

 private:
  Duration interval_;
  TimePoint quietUntil_ = TimePoint::min();
};

}  // namespace wsferry::strapi
