#pragma once

#include <asio/any_io_executor.hpp>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/thread/io_thread.hpp"
#include "gateway/messages/incoming_message.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/detail/thread/callback_gate.hpp"
#include "wsferry/gateway/stream.hpp"

namespace wsferry::gateway {

/// What the delivery of events tells the stream, from the events' executor.
class EventDeliveryOwner {
 public:
  virtual ~EventDeliveryOwner() = default;
  virtual void onEventsTaken() = 0;   ///< Few enough are left: more may come.
  virtual void onHandlerThrew() = 0;  ///< No event but the verdict follows.
};

/// What a call waits for that completes with the stream's end.
struct EndWaiters {
  Completion<std::error_code, ErrorInfo> connect;  ///< May be none.
  std::vector<Completion<Verdict>> finishes;
};

/// Hands events to the program, on its executor, and counts those that it has not taken. Functions
/// are to be called by the connection's side alone, unless they say otherwise.
class EventDelivery : public std::enable_shared_from_this<EventDelivery> {
 public:
  /// `executor` runs one handler at a time; `thread`, if any, is what runs it.
  EventDelivery(asio::any_io_executor executor, std::shared_ptr<IoThread> thread,
                StreamEvents events, std::size_t limit);

  /// Safe from any thread.
  const asio::any_io_executor& executor() const { return executor_; }

  /// What the program gave to the stream runs through it. Safe from any thread.
  const std::shared_ptr<CallbackGate>& gate() const { return gate_; }

  /// Events may come: the executor has work until the verdict.
  void start(std::weak_ptr<EventDeliveryOwner> owner);

  /// `subject` is part of `text`, and empty if there is none.
  void metadata(std::string&& text, std::string_view subject);
  void response(std::string&& text, std::string_view subject);
  void binary(std::string bytes);
  void rawText(std::string text);
  void unknown(std::string text);
  void protocolError(std::string problem, std::string text);
  void warning(StreamWarning warning, std::string message);

  /// The last event, which comes though the gate is closed; then what waited for it is completed.
  /// An exception that a handler threw is added to it.
  void verdict(Verdict verdict, EndWaiters waiters);

  /// Completes with the verdict, which was given before.
  void completeLate(Completion<Verdict> completion);

  /// A completion on the events' own thread threw. On that thread; as a handler's exception.
  void onException(const std::exception_ptr& exception);

  /// Whether too much waits to be taken; onEventsTaken() follows then.
  [[nodiscard]] bool isFull();

 private:
  template <class Call>
  void post(std::size_t bytes, Call call);
  template <class Call>
  void run(std::size_t bytes, Call& call);
  void conclude(Verdict verdict, EndWaiters waiters);
  void notePartial(Response response);

  // First, because it keeps the context of everything below alive.
  std::shared_ptr<IoThread> thread_;
  asio::any_io_executor executor_;
  asio::any_io_executor work_;
  StreamEvents events_;
  const std::size_t limit_;
  const std::shared_ptr<CallbackGate> gate_ = std::make_shared<CallbackGate>();
  std::weak_ptr<EventDeliveryOwner> owner_;
  // On the events' executor.
  std::exception_ptr exception_;  ///< Of a handler.
  Verdict verdict_;               ///< Once it is given.
  /// By processor and channel.
  std::map<std::pair<std::string, std::int32_t>, Response> openPartials_;
  std::atomic<std::size_t> waiting_{0};
  std::atomic<bool> full_{false};
};

}  // namespace wsferry::gateway
