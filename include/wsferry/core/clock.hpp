#pragma once

#include <chrono>

namespace wsferry {

/// The clock of every deadline. State machines are given `now`; only a transport reads the clock.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = std::chrono::milliseconds;

}  // namespace wsferry
