#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/dispatch/answer_ledger.hpp"
#include "wsferry/strapi/detail/dispatch/sure_end.hpp"

namespace wsferry::strapi {

/// What is known about any call. Guarded by the bridge.
struct CallState {
  bool isRequest = false;  ///< The ledger knows about it; otherwise it concerns only this side.
  TimePoint sent;
  bool isOver = false;
  std::error_code error;
};

/// A call that was begun, and its result, which may be taken once.
template <class Result>
struct Call : CallState {
  Result result;
};

/// The one way from callbacks, on a connection's thread, to a thread that blocks until they have
/// come: guards shared state, and wakes waiting threads. It outlives its connection as long as
/// calls are in progress. All functions may be called from any thread.
class AnswerBridge {
 public:
  using Lock = std::unique_lock<std::mutex>;
  using Condition = std::function<bool()>;

  [[nodiscard]] Lock lock() { return Lock(mutex_); }

  /// Calls `change(ledger)` under the lock, and makes waiting threads check again. Allocates no
  /// memory.
  template <class Change>
  void change(const Change& change) {
    const std::lock_guard lock(mutex_);
    change(ledger_);
    changed_.notify_all();
  }

  /// A request goes out.
  void begin(CallState& call);
  /// A call is over. `keepResult()` runs under the lock. Allocates no memory.
  template <class KeepResult>
  void end(CallState& call, const std::error_code& error, const KeepResult& keepResult) {
    change([&](AnswerLedger& ledger) {
      if (call.isRequest) {
        ledger.onOver(error);
        if (!error) {
          ledger.onRoundTrip(Clock::now() - call.sent);
        }
      }
      keepResult();
      call.error = error;
      call.isOver = true;
    });
  }

  // These wait for a condition, which is checked under the lock, and return with the lock held.

  /// @throws Error with Errc::cancelled after interrupt(), whatever holds then.
  [[nodiscard]] Lock wait(const Condition& isThere);
  /// To the deadline, whatever interrupts.
  [[nodiscard]] Lock waitUntil(TimePoint deadline, const Condition& isThere);
  /// For calls with their own deadline, whatever interrupts.
  [[nodiscard]] Lock waitAnyway(const Condition& isThere);

  /// @see AnswerLedger::isAnswered()
  [[nodiscard]] bool waitUntilAnswered(TimePoint deadline);

  /// For callers that hold the lock, and for conditions.
  AnswerLedger& ledger() { return ledger_; }

  /// Ends every wait(), now and from now on.
  void interrupt() noexcept;
  /// @throws Error with Errc::cancelled after interrupt().
  void throwIfInterrupted();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  AnswerLedger ledger_;
};

/// @throws Error
[[noreturn]] void throwCancelled();

/// A call in progress. @see CallEnd
template <class Result>
struct BegunCall {
  std::shared_ptr<AnswerBridge> bridge;
  std::shared_ptr<Call<Result>> call;

  void operator()(const std::error_code& error, Result result) const {
    bridge->end(*call, error, [this, &result] { call->result = std::move(result); });
  }
};

/// The handler that a call completes with.
template <class Result>
class CallEnd : public SureEnd<BegunCall<Result>, Result> {
 public:
  CallEnd(std::shared_ptr<AnswerBridge> bridge, std::shared_ptr<Call<Result>> call)
      : SureEnd<BegunCall<Result>, Result>({std::move(bridge), std::move(call)}) {}
};

}  // namespace wsferry::strapi
