#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "wsferry/core/clock.hpp"

namespace wsferry {

/// A limit in bytes per second for all connections that share it, both directions together. Unused
/// allowance is not saved for later. Thread-safe; without I/O.
class RateLimit {
 public:
  /// @param bytesPerSecond more than 0.
  explicit RateLimit(std::uint64_t bytesPerSecond)
      : bytesPerSecond_(std::max<std::uint64_t>(bytesPerSecond, 1)) {}

  std::uint64_t bytesPerSecond() const { return bytesPerSecond_; }

  /// The most to move at a time, so that no connection has to wait long: what passes in a twentieth
  /// of a second, 512 bytes to 64 KiB.
  std::size_t share() const {
    return static_cast<std::size_t>(std::clamp<std::uint64_t>(bytesPerSecond_ / 20, 512, 65'536));
  }

  /// When the next bytes may move at the earliest; in the past if they may move now.
  TimePoint due() const {
    const std::lock_guard lock(mutex_);
    return due_;
  }

  /// These have moved. Returns when the next ones may.
  TimePoint moved(std::uint64_t bytes, TimePoint now) {
    const std::lock_guard lock(mutex_);
    const double seconds = static_cast<double>(bytes) / static_cast<double>(bytesPerSecond_);
    due_ = std::max(due_, now) +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    return due_;
  }

 private:
  const std::uint64_t bytesPerSecond_;
  mutable std::mutex mutex_;
  TimePoint due_;
};

}  // namespace wsferry
