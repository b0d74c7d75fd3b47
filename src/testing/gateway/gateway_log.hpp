#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "wsferry/testing/gateway_server.hpp"

namespace wsferry::testing {

/// What a gateway server saw, written on its thread and read on any.
class GatewayLog {
 public:
  template <class Change>
  void change(Change change) {
    {
      const std::lock_guard lock(mutex_);
      change(log_);
    }
    changed_.notify_all();
  }

  GatewayServerLog read() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }

  bool waitUntil(const std::function<bool(const GatewayServerLog&)>& condition,
                 Duration limit) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return condition(log_); });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  GatewayServerLog log_;
};

}  // namespace wsferry::testing
