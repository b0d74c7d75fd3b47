#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

namespace wsferry::tool {

/// How long work may take to end after a signal.
struct Patience {
  /// After this, or on a second signal, it is asked once more: work that first ends in good order
  /// then gives that up. 0: it is not asked again.
  std::chrono::milliseconds goodOrder{0};
  std::chrono::milliseconds end{1'800};  ///< After that; then the process ends.
};

/// Catches SIGINT, SIGTERM and SIGHUP on a small thread, and ignores SIGPIPE, as long as it exists.
/// To be made before other threads, and destroyed on the same one.
/// Without a Scope a signal ends the process with exit code 130 at once: there is nothing to clean
/// up.
class Interruption {
 public:
  Interruption();
  ~Interruption();

  /// Whether a signal came while a Scope existed.
  bool requested() const noexcept { return requested_; }

  /// For the end of a step: one that a signal came too late for must not be followed by another.
  /// @throws Error with Errc::cancelled if requested().
  void throwIfRequested() const;

  /// Work that ends in good order on a signal. `cancel` asks for that, anew with each signal, and
  /// at once if one came before; `lastResort` removes what must not stay when the work has not
  /// ended in time, and the process ends. Both run on the signal thread, and neither runs once the
  /// Scope is destroyed. With the default, everything ends within two seconds.
  class Scope {
   public:
    Scope(Interruption& interruption, std::function<void()> cancel,
          std::function<void()> lastResort = {}, Patience patience = {});
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Interruption& interruption_;
  };

 private:
  void awaitSignal();
  void onSignal();
  void cancelWork();
  void giveUpGoodOrder();
  void awaitEnd();
  void runOnSignalThread(std::function<void()> work);

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  asio::signal_set signals_{context_};
  asio::steady_timer limit_{context_};
  std::function<void()> cancel_;
  std::function<void()> lastResort_;
  Patience patience_;
  bool scoped_ = false;
  bool ending_ = false;  ///< Good order was given up.
  std::atomic<bool> requested_{false};
  sigset_t maskBefore_{};  ///< Of the thread that made this.
  std::thread thread_;
};

}  // namespace wsferry::tool
