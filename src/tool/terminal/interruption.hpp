#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <thread>

namespace wsferry::tool {

/// How long work may take to end after a signal.
struct Patience {
  /// After this, or on a second signal, it is asked once more: work that first ends in good order
  /// then gives that up. 0: it is not asked again.
  std::chrono::milliseconds goodOrder{0};
  std::chrono::milliseconds end{1'800};  ///< After that; then the process ends.
};

/// Catches SIGINT, SIGTERM and SIGHUP on a small thread as long as it exists, and has the process
/// ignore SIGPIPE and SIGXFSZ from then on. To be made before other threads, and destroyed on the
/// same one.
/// Without a Scope a signal ends the process with exit code 130 at once, as there is nothing to
/// clean up; a further one within two seconds, as what the first one ended is cleaned up and told.
class Interruption {
  struct Work {
    std::function<void()> cancel;
    std::function<void()> lastResort;
    Patience patience;
  };

 public:
  Interruption();
  ~Interruption();

  /// Whether a signal came while a Scope existed, or the end was held.
  const std::atomic<bool>& requested() const noexcept { return requested_; }

  /// From now on, that is from the end of a Scope on where there is one, a signal without a Scope
  /// does not end the process at once, but within two seconds: what was done is told first.
  void holdEnd();

  /// Takes that back, for work that goes on.
  void releaseEnd();

  /// For the end of a step: one that a signal came too late for must not be followed by another.
  /// @throws Error with Errc::cancelled if requested().
  void throwIfRequested() const;

  /// From now on the first signal that comes while a Scope exists is answered on standard error:
  /// with what happens now, and what a second one does. Not where that would have to wait.
  void acknowledge();

  /// Asks the work to end at a time, too, without an end of the process where that takes long.
  /// Once.
  void limit(std::chrono::steady_clock::time_point deadline);

  /// Whether that time has come.
  bool expired() const noexcept { return expired_; }

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
  void tellStopping() const;
  void giveUpGoodOrder();
  void awaitEnd();
  void rest();
  void runOnSignalThread(std::function<void()> work);

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  asio::signal_set signals_{context_};
  asio::steady_timer limit_{context_};
  asio::steady_timer deadline_{context_};
  std::optional<Work> current_;  ///< Of the Scope that there is.
  std::optional<Work> rest_;     ///< Between Scopes.
  bool ending_ = false;          ///< Good order was given up.
  bool isAcknowledged_ = false;
  std::atomic<bool> requested_{false};
  std::atomic<bool> expired_{false};
  sigset_t maskBefore_{};  ///< Of the thread that made this.
  std::thread thread_;
};

}  // namespace wsferry::tool
