#pragma once

#include <optional>
#include <system_error>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/error/passing.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::platform {

/// Whether and when a broken answer is requested again. Not thread-safe.
class ReconnectRule {
 public:
  ReconnectRule(unsigned retries, Duration firstPause, Duration longestPause)
      : retries_(retries), firstPause_(firstPause), longestPause_(longestPause) {}

  /// Something new has arrived: the next failure counts as the first.
  void onProgress() { failures_ = 0; }

  /// The pause before the next connection; nothing: no other would fare better, or there were
  /// enough. `hasAnswered`: an answer had begun, whose silence is that of results, and no cut.
  /// `wished`: what its Retry-After asks for.
  std::optional<Duration> onFailure(const std::error_code& error, const ErrorInfo& info,
                                    bool hasAnswered, Duration wished) {
    if (!mayPass(error, info) || (hasAnswered && error == Errc::timedOut) ||
        failures_ >= retries_) {
      return std::nullopt;
    }
    return pauseBeforeRetry(failures_++, firstPause_, longestPause_, wished);
  }

 private:
  unsigned retries_;
  Duration firstPause_;
  Duration longestPause_;
  unsigned failures_ = 0;
};

}  // namespace wsferry::platform
