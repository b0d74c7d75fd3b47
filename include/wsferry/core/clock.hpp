#pragma once

#include <algorithm>
#include <chrono>

namespace wsferry {

/// The clock of every deadline. State machines are given `now`; only a transport reads the clock.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = std::chrono::milliseconds;

/// Caps a time limit at ten years, because a time plus the longest Duration does not fit into a
/// TimePoint.
constexpr Duration bounded(Duration limit) {
  return std::min(limit, Duration(std::chrono::hours(24 * 3'650)));
}

}  // namespace wsferry
