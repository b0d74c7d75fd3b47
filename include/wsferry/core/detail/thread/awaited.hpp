#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "wsferry/core/error.hpp"

namespace wsferry {

/// What a thread waits for that a handler brings. Unlike a std::promise, a handler that is
/// destroyed without being called, as where memory has run out, ends the wait without needing
/// memory.
template <class Value>
class Awaited {
 public:
  /// Called once, with what the value is made of, on any thread. Move-only.
  class Handler {
   public:
    explicit Handler(std::shared_ptr<Awaited> awaited) : awaited_(std::move(awaited)) {}
    Handler(Handler&&) noexcept = default;
    Handler& operator=(Handler&&) = delete;
    ~Handler() {
      if (awaited_) {
        awaited_->end(std::nullopt);
      }
    }

    template <class... Args>
    void operator()(Args&&... args) {
      const auto awaited = std::exchange(awaited_, nullptr);
      awaited->end(Value{std::forward<Args>(args)...});
    }

   private:
    std::shared_ptr<Awaited> awaited_;
  };

  /// Waits. @throws Error with Errc::outOfResources if the handler was lost.
  Value get() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return isOver_; });
    if (!value_) {
      throw Error(Errc::outOfResources, "The result was lost: out of memory");
    }
    return std::move(*value_);
  }

 private:
  void end(std::optional<Value> value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    isOver_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Value> value_;
  bool isOver_ = false;
};

/// Waits for the result of a call: `start(handler)` begins it. @throws Error as Awaited::get()
template <class Value, class Start>
Value awaitResult(const Start& start) {
  const auto awaited = std::make_shared<Awaited<Value>>();
  start(typename Awaited<Value>::Handler(awaited));
  return awaited->get();
}

}  // namespace wsferry
