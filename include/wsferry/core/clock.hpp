#pragma once

#include <algorithm>
#include <chrono>

namespace wsferry {

/// The clock of every deadline. State machines are given `now`; only a transport reads the clock.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = std::chrono::milliseconds;

/// A limit of time as far as it matters: ten years at most, as the sum of a time and the longest
/// Duration is none that a TimePoint can tell.
constexpr Duration bounded(Duration limit) {
  return std::min(limit, Duration(std::chrono::hours(24 * 3'650)));
}

}  // namespace wsferry
