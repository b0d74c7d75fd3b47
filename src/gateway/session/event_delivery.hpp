#pragma once

#include <asio/any_io_executor.hpp>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/thread/io_thread.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/detail/thread/callback_gate.hpp"
#include "wsferry/gateway/detail/messages/covered_audio.hpp"
#include "wsferry/gateway/detail/messages/incoming_message.hpp"
#include "wsferry/gateway/detail/messages/result_reader.hpp"
#include "wsferry/gateway/detail/messages/sentence_watch.hpp"
#include "wsferry/gateway/detail/session/open_partials.hpp"
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
  using ReadId = std::uint64_t;

  /// `executor` runs one handler at a time; `thread`, if any, is what runs it.
  EventDelivery(asio::any_io_executor executor, std::shared_ptr<IoThread> thread,
                StreamEvents events, const StreamOptions& options);

  /// Safe from any thread.
  const asio::any_io_executor& executor() const { return executor_; }

  /// What the program gave to the stream runs through it. Safe from any thread.
  const std::shared_ptr<CallbackGate>& gate() const { return gate_; }

  /// Events may come: the executor has work until the verdict.
  void start(std::weak_ptr<EventDeliveryOwner> owner);

  /// `subject` is part of `text`, and empty if there is none.
  void metadata(std::string&& text, std::string_view subject);
  /// Of a stream whose id has come before it.
  void streamId(const std::string& id);
  void response(std::string&& text, const IncomingMessage& message);
  void binary(std::string bytes);
  void rawText(std::string text);
  void unknown(std::string text);
  void protocolError(std::string problem, std::string text);
  void warning(StreamWarning warning, std::string message);

  /// Whether anybody wants traces.
  bool traces() const { return traces_; }
  /// Left out, and counted, where too much waits.
  void trace(StreamTrace trace);

  /// The last event, which comes though the gate is closed; then what waited for it is completed.
  /// An exception that a handler threw is added to it. If this throws for lack of memory, what
  /// waits is destroyed, and it may be called again.
  void verdict(Verdict verdict, EndWaiters waiters);

  /// Nobody calls verdict() any more: without one, the executor has no work left. After the
  /// connection's side has ended.
  void abandon();

  /// The next result, with StreamOptions::pullResults. On the events' executor, as cancelRead().
  void readResult(ReadId id, Completion<std::error_code, Response> completion);
  void cancelRead(ReadId id);

  /// Up to where the results that the program was told cover the audio. Safe from any thread.
  Duration coveredAudio() const { return Duration(covered_); }

  /// Completes with the verdict, which was given before.
  void completeLate(Completion<Verdict> completion);

  /// A completion on the events' own thread threw. On that thread; as a handler's exception.
  void onException(const std::exception_ptr& exception);

  /// No event begins any more but the verdict: those that wait are dropped, and results too. From
  /// any thread.
  void close() noexcept { closed_ = true; }

  /// Whether too much waits to be taken; onEventsTaken() follows then.
  [[nodiscard]] bool isFull();

 private:
  /// A result that the program has to ask for.
  struct Unread {
    Response response;
    std::size_t bytes;
  };
  struct Read {
    ReadId id;
    Completion<std::error_code, Response> completion;
  };

  void tell(const StreamEvents& events, Response response);
  void keep(std::size_t bytes, Response response);
  void giveResult();
  void dropUnread();
  void noteTold(const Response& response);
  void taken(std::size_t bytes);
  template <class Call>
  void post(std::size_t bytes, Call call);
  template <class Call>
  void run(std::size_t bytes, Call& call);
  template <class Call>
  void callHandler(const Call& call);
  void conclude(EndWaiters waiters);

  // First, because it keeps the context of everything below alive.
  std::shared_ptr<IoThread> thread_;
  asio::any_io_executor executor_;
  asio::any_io_executor work_;
  StreamEvents events_;
  const std::size_t limit_;
  const bool pullsResults_;
  const std::string streamIdMember_;
  const bool traces_;
  std::uint64_t skippedTraces_ = 0;  ///< Since the last one that was told.
  const std::shared_ptr<CallbackGate> gate_ = std::make_shared<CallbackGate>();
  std::weak_ptr<EventDeliveryOwner> owner_;
  // On the events' executor.
  std::exception_ptr exception_;  ///< Of a handler.
  std::uint64_t untold_ = 0;      ///< Dropped by close().
  Verdict verdict_;               ///< Once it is given.
  EndWaiters waiters_;            ///< For that.
  bool isGiven_ = false;          ///< It is on its way. On the connection's side.
  ResultReader results_;
  SentenceWatch sentences_;
  OpenPartials openPartials_;
  CoveredAudio coverage_;
  std::deque<Unread> unread_;
  std::optional<Read> read_;
  std::error_code end_;  ///< What reading ends with behind the verdict.
  std::atomic<std::size_t> waiting_{0};
  std::atomic<bool> full_{false};
  std::atomic<bool> closed_{false};
  std::atomic<Duration::rep> covered_{0};
};

}  // namespace wsferry::gateway
