#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

#include "wsferry/core/clock.hpp"

namespace wsferry::testing {

struct WebSocketServerCounts {
  unsigned connections = 0;
  unsigned openConnections = 0;
  unsigned pings = 0;
  unsigned closesAnswered = 0;  ///< Close frames of the server that the client answered.
};

/// Counts what happens on a server, and tells of every change. Thread-safe.
class ServerCounter {
 public:
  /// `onChange` is told of every change, on the thread that makes it. May be empty.
  explicit ServerCounter(std::function<void(const WebSocketServerCounts&)> onChange)
      : onChange_(std::move(onChange)) {}

  /// Calls `change(counts)`.
  template <class Change>
  void count(Change change) {
    WebSocketServerCounts changed;
    {
      const std::lock_guard lock(mutex_);
      change(counts_);
      changed = counts_;
    }
    changes_.notify_all();
    if (onChange_) {
      onChange_(changed);
    }
  }

  WebSocketServerCounts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

  /// Blocks until no connection is open, or the limit passes; says which.
  [[nodiscard]] bool waitUntilIdle(Duration limit) const {
    std::unique_lock lock(mutex_);
    return changes_.wait_for(lock, limit, [this] { return counts_.openConnections == 0; });
  }

 private:
  const std::function<void(const WebSocketServerCounts&)> onChange_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changes_;
  WebSocketServerCounts counts_;
};

}  // namespace wsferry::testing
