#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/error/passing.hpp"
#include "wsferry/core/detail/net/http_response.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

/// Decides whether and when a failed attempt is followed by another. The pauses double, and differ
/// by chance, so that many that have lost one server do not come back at once. A server that says
/// when to come again (`Retry-After`) is not asked earlier.
class RetryRule {
 public:
  struct Limits {
    unsigned retries = 0;               ///< Attempts after the first one.
    std::optional<TimePoint> deadline;  ///< No attempt begins after it.
  };

  /// `random` gives numbers from 0 to below 1.
  RetryRule(const Limits& limits, std::function<double()> random)
      : limits_(limits), random_(std::move(random)) {}

  /// The pause after a failure; nothing if there is to be no other attempt.
  std::optional<Duration> pauseAfter(const std::error_code& error, const ErrorInfo& info,
                                     TimePoint now) {
    if (failed_++ >= limits_.retries || !(mayPass(error, info) || isMissed(error))) {
      return std::nullopt;
    }
    wasFound_ = wasFound_ || error != Errc::nameNotResolved;
    const Duration pause =
        std::max(nextPause(), wishedPause(headerOf(info, "Retry-After"), headerOf(info, "Date")));
    isTooLate_ = limits_.deadline && now + pause >= *limits_.deadline;
    return isTooLate_ || pause > longestWish ? std::nullopt : std::optional(pause);
  }

  /// Whether the deadline alone has ended the attempts.
  bool isTooLate() const { return isTooLate_; }

  unsigned mostAttempts() const { return limits_.retries + 1; }

 private:
  static constexpr Duration firstPause{2'000};
  static constexpr Duration longestPause{300'000};

  // A name that was there: that of a container that starts anew, for instance.
  bool isMissed(const std::error_code& error) const {
    return wasFound_ && error == Errc::nameNotResolved;
  }

  // A quarter more or less.
  Duration nextPause() {
    const auto pause = static_cast<double>(base_.count()) * (0.75 + 0.5 * random_());
    base_ = std::min(base_ * 2, longestPause);
    return Duration(static_cast<Duration::rep>(pause));
  }

  const Limits limits_;
  const std::function<double()> random_;
  Duration base_ = firstPause;
  unsigned failed_ = 0;  ///< Attempts so far.
  bool isTooLate_ = false;
  bool wasFound_ = false;  ///< The server's name, by an earlier attempt.
};

}  // namespace wsferry::tool
