#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "wsferry/core/detail/thread/process_mark.hpp"
#include "wsferry/export.hpp"

namespace wsferry {

/// Runs the handlers that a program gave to an object, until that object is destroyed. All
/// functions may be called from any thread; whoever calls run() keeps the gate alive meanwhile.
class WSFERRY_API CallbackGate {
 public:
  /// Runs `call()` unless the gate is closed.
  template <class Call>
  void run(Call&& call) {
    const Passage passage(*this);
    if (passage.isOpen()) {
      std::forward<Call>(call)();
    }
  }

  /// No call begins from now on. Waits for those that run on other threads, unless such a thread
  /// itself waits, here or through further gates, for a call that this thread is in. In a forked
  /// process it waits for nothing.
  void close();

 private:
  /// A thread's way through a gate.
  class Passage {
   public:
    explicit Passage(CallbackGate& gate);
    Passage(const Passage&) = delete;
    Passage& operator=(const Passage&) = delete;
    ~Passage();

    bool isOpen() const { return isOpen_; }
    const CallbackGate& gate() const { return gate_; }
    const Passage* outer() const { return outer_; }

   private:
    CallbackGate& gate_;
    const Passage* const outer_;  ///< The call within which this one runs.
    const bool isOpen_;
  };
  friend class GateWaits;

  [[nodiscard]] bool enter();
  void leave();
  bool isLeftBy(unsigned own) const;

  const ProcessMark process_;
  mutable std::mutex mutex_;
  bool closed_ = false;
  unsigned running_ = 0;
};

/// `handler`, as long as the gate is open; empty where it is.
template <class... Args>
std::function<void(Args...)> guarded(std::shared_ptr<CallbackGate> gate,
                                     std::function<void(Args...)> handler) {
  if (!handler) {
    return handler;
  }
  return [gate = std::move(gate), handler = std::move(handler)](Args... args) {
    // Held here as well: the call may destroy what holds this function.
    const std::shared_ptr<CallbackGate> held = gate;  // NOLINT(performance-unnecessary-copy*)
    held->run([&] { handler(std::forward<Args>(args)...); });
  };
}

}  // namespace wsferry
