#pragma once

#include <cstdint>
#include <optional>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/error/passing.hpp"

namespace wsferry::http {

/// Whether and when a file that broke off, or was temporarily refused, is requested again. It holds
/// up all files after it, and there is another way to get it, so waits are short. Without I/O.
class FetchRetry {
 public:
  static constexpr unsigned mostAttempts = 4;
  /// For attempts that wait in vain, or while nothing shows yet that HTTP delivers files.
  static constexpr unsigned mostLongAttempts = 2;
  static constexpr Duration firstPause{500};
  static constexpr Duration longestPause{60'000};

  /// What an attempt must bring to count, and what must arrive within a stall time-out: with its 30
  /// s, half a KB per second.
  static constexpr std::uint64_t leastBytes = std::uint64_t{16} << 10;

  /// This many bytes came that no earlier attempt had brought.
  void cameFurther(std::uint64_t bytes) {
    cameFurther_ += bytes;
    if (cameFurther_ >= leastBytes) {
      failures_ = 0;
      cameFurther_ = 0;
    }
  }

  /// After a failure; nothing if the file is to come another way. `isProven`: HTTP gives files of
  /// this server, or this one. `wished` is what the server's Retry-After asks for. A pause that
  /// uses up the time that is `left` for all is none.
  std::optional<Duration> pauseAfter(bool isProven, bool hasTimedOut, Duration wished,
                                     std::optional<Duration> left = std::nullopt) {
    ++failures_;
    cameFurther_ = 0;
    const unsigned most = isProven && !hasTimedOut ? mostAttempts : mostLongAttempts;
    if (failures_ >= most || wished > longestPause) {
      return std::nullopt;
    }
    const Duration pause = pauseBeforeRetry(failures_ - 1, firstPause, longestPause, wished);
    return left && pause >= *left ? std::nullopt : std::optional(pause);
  }

  unsigned failures() const { return failures_; }  ///< Since the file last came further.

 private:
  unsigned failures_ = 0;
  std::uint64_t cameFurther_ = 0;
};

}  // namespace wsferry::http
