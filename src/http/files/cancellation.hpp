#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace wsferry::http {

/// Whether a piece of work was cancelled, and which part of it runs and has to be told.
class Cancellation {
 public:
  /// From any thread. For good: what runs later is told at its beginning.
  void cancel() noexcept {
    const std::lock_guard lock(mutex_);
    isCancelled_ = true;
    if (cancelRunning_) {
      cancelRunning_();
    }
  }

  /// A part that runs, one at a time, for as long as this lives.
  class Running {
   public:
    /// `cancel` is called under a lock, from any thread, and does not throw.
    Running(Cancellation& cancellation, std::function<void()> cancel)
        : cancellation_(cancellation) {
      const std::lock_guard lock(cancellation_.mutex_);
      cancellation_.cancelRunning_ = std::move(cancel);
      if (cancellation_.isCancelled_) {
        cancellation_.cancelRunning_();
      }
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() {
      const std::lock_guard lock(cancellation_.mutex_);
      cancellation_.cancelRunning_ = nullptr;
    }

   private:
    Cancellation& cancellation_;
  };

 private:
  std::mutex mutex_;
  std::function<void()> cancelRunning_;
  bool isCancelled_ = false;
};

}  // namespace wsferry::http
