#pragma once

#include <asio/steady_timer.hpp>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/net/connection_socket.hpp"
#include "core/thread/io_thread.hpp"
#include "core/websocket/websocket_engine.hpp"
#include "core/websocket/websocket_opener.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/detail/websocket/connection_machine.hpp"
#include "wsferry/core/detail/websocket/connection_reader.hpp"
#include "wsferry/core/detail/websocket/connection_writer.hpp"
#include "wsferry/core/detail/websocket/pending_calls.hpp"
#include "wsferry/core/transport.hpp"
#include "wsferry/core/websocket_client.hpp"

namespace wsferry {

/// One WebSocket connection: a socket, a protocol engine and a timer, which do what
/// ConnectionMachine, ConnectionReader, ConnectionWriter and PendingCalls decide. Lives as long as
/// something waits on it, which drop() ends. Unless they say otherwise, functions are to be called
/// on executor().
class WebSocketConnection final : public Transport,
                                  public std::enable_shared_from_this<WebSocketConnection>,
                                  private WebSocketEngineEvents {
 public:
  using CallId = std::uint64_t;

  WebSocketConnection(asio::any_io_executor executor, std::shared_ptr<IoThread> thread,
                      WebSocketOptions options);

  // The calls of WebSocketClient, which names them, to cancel them.
  void connect(CallId id, const Url& url, Completion<std::error_code, ErrorInfo> completion);
  void sendMessage(CallId id, MessageType type, const std::string& payload,
                   Completion<std::error_code> completion);
  void receive(CallId id, Completion<std::error_code, Message> completion);
  void measurePing(CallId id, Completion<std::error_code, std::chrono::nanoseconds> completion);
  void closeAndWait(CallId id, std::uint16_t code, const std::string& reason,
                    Completion<std::error_code> completion);
  /// `total` ends only what has had no effect: a receive, and connecting before the request.
  void cancelCall(CallId id, asio::cancellation_type type);
  void cancelAllCalls();

  /// A user goes, perhaps the last, and leave() follows then. From any thread.
  void expectLeave();
  /// Nobody wants the connection any more.
  void drop();
  /// The same from any thread; waits for the end of a thread of its own, as IoThread::end() does.
  void leave();
  /// A handler on the connection's own thread threw: it is over.
  void onException(const std::exception_ptr& exception);
  bool isOfOtherProcess() const { return thread_ && thread_->isOfOtherProcess(); }

  // Safe from any thread.
  CallId newCallId() { return nextCallId_++; }
  WebSocketStatistics statistics() const;
  std::string subprotocol() const;
  std::vector<std::pair<std::string, std::string>> responseHeaders() const;

  // Transport.
  asio::any_io_executor executor() const override { return executor_; }
  void attach(std::weak_ptr<TransportListener> listener) override;
  void pauseReceiving(bool paused) override;
  void send(MessageType type, std::string_view payload) override;
  std::uint64_t ping() override;
  std::uint64_t lastPong() const override { return calls_.lastPong(); }
  bool isOpen() const override { return machine_.isOpen(); }
  void close(std::uint16_t code, std::string_view reason) override;
  void abort(std::error_code reason, ErrorInfo info) override;
  std::uint64_t bytesToSend() const override { return writer_.unsent(); }
  TimePoint lastReceived() const override { return reader_.lastReceived(); }
  bool hasUnreadInput() const override;
  std::vector<std::string> secrets() const override;
  TimePoint now() const override { return Clock::now(); }
  void wakeAt(TimePoint when) override;

 private:
  // WebSocketEngineEvents; called from inside the engine.
  void onOutput(std::string_view bytes) override;
  void onOpen() override;
  void onMessage(MessageType type, std::string payload) override;
  void onPong(std::string_view payload) override;
  void onClosed(std::uint16_t code, std::string_view reason, std::error_code error) override;

  void onUpgradeAnswered(const std::error_code& error, ErrorInfo info, std::string_view received);
  void completeConnect();
  std::uint64_t sendPing();
  void end(ConnectionEnd end);

  // What the machine and the others decide, done; in websocket_connection_io.cpp.
  void read();
  void onRead(const asio::error_code& error, std::string_view bytes);
  void process(std::string_view bytes);
  void take(std::string_view bytes);
  void settle();
  void resume();
  void deliver();
  void writeSoon();
  void gather();
  void write();
  void onWritten(const asio::error_code& error);
  void writeOn();
  void follow();
  void armTimer();
  void onTimer();
  void release();

  // First, because it keeps the context of everything below alive.
  std::shared_ptr<IoThread> thread_;
  asio::any_io_executor executor_;
  WebSocketOptions options_;

  ConnectionMachine machine_;
  ConnectionReader reader_;
  ConnectionWriter writer_;
  PendingCalls<Completion> calls_;

  std::shared_ptr<ConnectionSocket> socket_;
  std::shared_ptr<WebSocketOpener> opener_;  ///< Until the upgrade was answered.
  std::unique_ptr<WebSocketEngine> engine_;
  asio::steady_timer timer_;
  TimePoint timerAt_ = TimePoint::max();  ///< When it is to fire.
  std::weak_ptr<TransportListener> listener_;

  std::atomic<CallId> nextCallId_{1};
  mutable std::mutex answerMutex_;  ///< For what the answer to the upgrade said.
  std::string subprotocol_;
  std::vector<std::pair<std::string, std::string>> responseHeaders_;
};

}  // namespace wsferry
