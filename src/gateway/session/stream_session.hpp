#pragma once

#include <asio/any_io_executor.hpp>
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/thread/io_thread.hpp"
#include "gateway/session/connection_facts.hpp"
#include "gateway/session/event_delivery.hpp"
#include "gateway/session/stream_opener.hpp"
#include "wsferry/core/transport.hpp"
#include "wsferry/gateway/detail/session/audio_queue.hpp"
#include "wsferry/gateway/detail/session/audio_window.hpp"
#include "wsferry/gateway/detail/session/line_watch.hpp"
#include "wsferry/gateway/detail/session/stream_course.hpp"
#include "wsferry/gateway/detail/session/stream_settings.hpp"
#include "wsferry/gateway/stream.hpp"

namespace wsferry::gateway {

/// One stream on a connection: carries out what its StreamCourse and its LineWatch decide.
/// Everything lives on the executor, which is the transport's; executor(), queue(), state(),
/// facts() and profile() are safe from any thread.
class StreamSession final : public TransportListener,
                            public EventDeliveryOwner,
                            public std::enable_shared_from_this<StreamSession> {
 public:
  using CallId = std::uint64_t;

  /// `transport` if the connection is open already. `thread`, if any, is what runs the executor.
  /// @throws Error with Errc::invalidOption and the like.
  StreamSession(asio::any_io_executor executor, std::shared_ptr<IoThread> thread,
                std::shared_ptr<Transport> transport, StreamOptions options,
                std::shared_ptr<EventDelivery> events);

  const asio::any_io_executor& executor() const { return executor_; }
  AudioQueue& queue() { return *queue_; }
  StreamState state() const { return state_; }
  const ConnectionFacts& facts() const { return facts_; }
  const Profile& profile() const { return settings_.profile; }

  void connect(CallId id, Completion<std::error_code, ErrorInfo> completion);
  void finish(CallId id, Completion<Verdict> completion);
  void cancelConnect(CallId id);
  void cancelFinish(CallId id);
  void close();
  /// Closes it for a failure of this side's.
  void fail(std::error_code error, ErrorInfo info);
  /// As finish(), which somebody waits for already.
  void finishAudio();
  /// Nothing more comes of a file: what waits for its end goes on.
  void endFile();
  /// The verdict is waited for, without an end to the audio. Ends with cancelFinish(), too.
  void awaitVerdict(CallId id, Completion<Verdict> completion);
  /// Calls `goOn` once audio may flow, or the stream is over: at once where that is so. One pause
  /// at a time.
  void pause(std::function<void()> goOn);
  /// The same once it is `when`.
  void pauseUntil(TimePoint when, std::function<void()> goOn);
  TimePoint now() const { return transport_ ? transport_->now() : TimePoint(); }
  bool hasStarted() const { return course_.hasStarted(); }
  /// Nobody wants the stream any more.
  void drop();
  /// Code on the stream's own thread threw: it is over.
  void onException(const std::exception_ptr& exception);
  /// Sends what the queue has, as far as the network takes it.
  void pump();

  void onMessage(MessageType type, std::string payload) override;
  void onWake() override;
  void onDrained() override;
  void onClosed(const std::error_code& error, const ErrorInfo& info) override;

  void onEventsTaken() override;
  void onHandlerThrew() override;

 private:
  struct Connect {
    CallId id;
    Completion<std::error_code, ErrorInfo> completion;
  };
  struct Finish {
    CallId id;
    Completion<Verdict> completion;
  };

  void onOpenerDone(StreamOpener::Result result);
  void open(const std::string& firstMessage, TimePoint requested);

  void send(MessageType type, std::string_view payload, bool isKeepAlive);
  // Every message goes through it.
  void transmit(MessageType type, std::string_view payload, bool isAudio);
  void trace(StreamTrace::Kind kind, MessageType type, std::string_view payload, bool isAudio);
  void sendPiece(const AudioPiece& piece);
  void sendKeepAlive();
  std::uint64_t sendPing();
  void sendEnd();

  void onText(std::string payload);
  bool isResultByItsText(std::string_view text) const;
  // By reference: moving a short text moves its characters, and the message is a part of it.
  void onResponse(std::string&& payload, const IncomingMessage& message);
  void onServerError(const IncomingMessage& message);
  void onAcknowledgement(const IncomingMessage& message);
  void tellMetadata(std::string&& payload, const IncomingMessage& message);

  void onLineAction(LineWatch::Action action);
  void armWake();

  void carryOut(StreamCourse::Step step);
  void stop(std::error_code refusal);
  void conclude();

  void resume();

  StreamCourse::Sent sent() const;
  bool isOver() const { return course_.isOver(); }

  // First, because it keeps the context of everything below alive.
  std::shared_ptr<IoThread> thread_;
  asio::any_io_executor executor_;
  asio::any_io_executor work_;  ///< Keeps the executor's context running from connect() to the end.
  const StreamSettings settings_;
  std::shared_ptr<EventDelivery> events_;
  std::shared_ptr<AudioQueue> queue_;
  std::string firstMessage_;
  std::vector<std::string> secrets_;
  std::shared_ptr<StreamOpener> opener_;  ///< Until the connection is open or has failed.
  std::shared_ptr<AskedSecret> asked_;    ///< Where a token came from.
  std::shared_ptr<Transport> transport_;
  ConnectionFacts facts_;
  std::optional<LineWatch> watch_;  ///< From the opening on.

  std::pair<std::string, std::string> aroundAudio_;  ///< Of audio in text messages.
  AudioWindow window_{settings_.profile.acknowledgementWindow};

  StreamCourse course_{settings_};
  std::atomic<StreamState> state_{StreamState::idle};  ///< The course's, for other threads.
  TimePoint alarm_ = TimePoint::max();                 ///< When the transport wakes us.
  std::uint64_t endPing_ = 0;                          ///< The number of that behind our end.

  std::optional<Connect> connect_;
  std::vector<Finish> finishes_;
  std::function<void()> paused_;  ///< Goes on at a time, or when audio flows.
  TimePoint pausedUntil_ = TimePoint::max();
};

}  // namespace wsferry::gateway
