#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "wsferry/core/clock.hpp"

namespace wsferry::strapi {

/// Whether a transfer was cancelled. Thread-safe.
class Cancellation {
 public:
  void request() noexcept;

  /// @throws Error with Errc::cancelled once it was requested.
  void check() const;

  /// Waits; a request ends the wait at once. @throws as check().
  void pause(Duration duration);

 private:
  std::atomic<bool> requested_{false};
  std::mutex mutex_;
  std::condition_variable requests_;
};

}  // namespace wsferry::strapi
