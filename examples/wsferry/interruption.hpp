#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

namespace wsferry::tool {

/// Catches SIGINT and SIGTERM on a small thread, and ignores SIGPIPE, as long as it exists. Without
/// a Scope a signal ends the process with exit code 130 at once: there is nothing to clean up.
class Interruption {
 public:
  Interruption();
  ~Interruption();

  /// Whether a signal came while a Scope existed.
  bool requested() const noexcept { return requested_; }

  /// Work that ends in good order on a signal. `cancel` asks for that, anew with each signal;
  /// `lastResort` removes what must not stay when the work has not ended `patience` after the
  /// first, and the process ends. Both run on the signal thread, and neither runs once the Scope is
  /// destroyed. With the default, everything ends within two seconds.
  class Scope {
   public:
    Scope(Interruption& interruption, std::function<void()> cancel,
          std::function<void()> lastResort = {},
          std::chrono::milliseconds patience = std::chrono::milliseconds(1'800));
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Interruption& interruption_;
  };

 private:
  void awaitSignal();
  void onSignal();
  void runOnSignalThread(std::function<void()> work);

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  asio::signal_set signals_{context_};
  asio::steady_timer limit_{context_};
  std::function<void()> cancel_;
  std::function<void()> lastResort_;
  std::chrono::milliseconds patience_{0};
  bool scoped_ = false;
  std::atomic<bool> requested_{false};
  std::thread thread_;
};

}  // namespace wsferry::tool
