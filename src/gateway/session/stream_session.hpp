#pragma once

#include <asio/any_io_executor.hpp>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/thread/io_thread.hpp"
#include "gateway/session/event_delivery.hpp"
#include "gateway/session/stream_opener.hpp"
#include "wsferry/core/transport.hpp"
#include "wsferry/gateway/detail/request/stream_settings.hpp"
#include "wsferry/gateway/detail/session/audio_queue.hpp"
#include "wsferry/gateway/stream.hpp"

namespace wsferry::gateway {

/// One stream's state machine (protocol sections 8 to 11). Everything lives on the executor, which
/// is the transport's; executor(), queue() and state() are safe from any thread.
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

  void connect(CallId id, Completion<std::error_code, ErrorInfo> completion);
  void finish(CallId id, Completion<Verdict> completion);
  void cancelConnect(CallId id);
  void cancelFinish(CallId id);
  void close();
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
  void beginStreaming();

  void send(MessageType type, std::string_view payload, bool isKeepAlive);
  void sendKeepAlive();
  void sendPing();
  bool pings() const;
  void sendEnd();

  void onText(std::string payload);
  void tellMetadata(std::string payload, const IncomingMessage& message);
  void onMetadata();
  void onServerError(std::string_view subject);
  void onServerEnd();
  void awaitClose(std::error_code refusal);

  void onLineAction(LineWatch::Action action);
  void onDeadline(TimePoint now);
  void onDrainDeadline(TimePoint now);
  bool isUploadCertain() const;
  void armWake();

  void setEnd(std::error_code error, ErrorInfo info, bool endedHere);
  void giveUp(Errc error, std::string message);
  void cancel(std::string message);
  void stop(std::error_code refusal);
  void closeTransport();
  void conclude();

  bool isOver() const { return state_ == StreamState::closed; }

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
  std::shared_ptr<Transport> transport_;
  std::optional<LineWatch> watch_;  ///< From the opening on.

  std::atomic<StreamState> state_{StreamState::idle};
  bool started_ = false;
  bool finishing_ = false;
  bool paused_ = false;
  bool closeSent_ = false;
  bool discarding_ = false;  ///< Nobody cares any more for what the server says.
  bool ended_ = false;       ///< The history has its end.
  bool told_ = false;        ///< The verdict is given.
  StreamHistory history_;

  TimePoint metadataDeadline_ = TimePoint::max();
  TimePoint endSentAt_;
  TimePoint drainDeadline_ = TimePoint::max();
  TimePoint closeDeadline_ = TimePoint::max();
  TimePoint alarm_ = TimePoint::max();  ///< When the transport wakes us.

  std::optional<Connect> connect_;
  std::vector<Finish> finishes_;
};

}  // namespace wsferry::gateway
