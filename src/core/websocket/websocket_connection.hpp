#pragma once

#include <asio/steady_timer.hpp>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/net/connection_socket.hpp"
#include "core/thread/io_thread.hpp"
#include "core/websocket/websocket_engine.hpp"
#include "core/websocket/websocket_opener.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/detail/websocket/output_queue.hpp"
#include "wsferry/core/transport.hpp"
#include "wsferry/core/websocket_client.hpp"

namespace wsferry {

/// One WebSocket connection: socket, engine, queues and deadlines. Lives as long as something waits
/// on it, which drop() ends. Unless they say otherwise, functions are to be called on executor().
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

  // Transport.
  asio::any_io_executor executor() const override { return executor_; }
  void attach(std::weak_ptr<TransportListener> listener) override;
  void pauseReceiving(bool paused) override;
  void send(MessageType type, std::string_view payload) override;
  void ping() override;
  bool isOpen() const override { return state_ == State::open && !writeError_; }
  void close(std::uint16_t code, std::string_view reason) override;
  void abort(std::error_code reason, ErrorInfo info) override;
  std::uint64_t bytesToSend() const override { return bytesToSend_; }
  TimePoint lastReceived() const override { return lastReceived_; }
  bool hasUnreadInput() const override;
  std::vector<std::string> secrets() const override;
  TimePoint now() const override { return Clock::now(); }
  void wakeAt(TimePoint when) override;

 private:
  enum class State {
    idle,
    opening,
    open,
    closing,  // our close frame is queued; the peer's is waited for
    ending,   // the protocol is done; its last bytes are to be written
    over
  };
  struct End {
    std::error_code error;
    ErrorInfo info;
  };
  struct Receive {
    CallId id;
    Completion<std::error_code, Message> completion;
  };
  struct Connect {
    CallId id;
    Completion<std::error_code, ErrorInfo> completion;
  };
  struct Send {
    CallId id;
    std::uint64_t end;  // done when so many bytes were written to the socket
    Completion<std::error_code> completion;
  };
  struct Ping {
    CallId id;
    std::uint64_t number;
    TimePoint sent;
    Completion<std::error_code, std::chrono::nanoseconds> completion;
  };
  struct Close {
    CallId id;
    Completion<std::error_code> completion;
  };

  // WebSocketEngineEvents; called from inside the engine.
  void onOutput(std::string_view bytes) override;
  void onOpen() override;
  void onMessage(MessageType type, std::string payload) override;
  void onPong(std::string_view payload) override;
  void onClosed(std::uint16_t code, std::string_view reason, std::error_code error) override;

  void onUpgradeAnswered(const std::error_code& error, ErrorInfo info, std::string_view received);
  void read();
  void onRead(const asio::error_code& error, std::size_t size);
  void process(std::string_view bytes);
  void settle();
  void fitReadBuffer(std::size_t size);
  void writeSoon();
  void postWrite(bool mayWait, TimePoint latest);
  void write();
  void onWritten(const asio::error_code& error, std::size_t size);
  void deliver();
  std::uint64_t sendPing();
  void armDeadline();
  void onDeadline();
  void onWriteFailed(const asio::error_code& error);
  void completeWritten();
  void lose(const asio::error_code& error);
  void finish(const std::error_code& error, ErrorInfo info);
  std::error_code closeResult() const;
  std::error_code unusableError() const;

  // First, because it keeps the context of everything below alive.
  std::shared_ptr<IoThread> thread_;
  asio::any_io_executor executor_;
  WebSocketOptions options_;
  Url url_;
  State state_ = State::idle;
  std::shared_ptr<ConnectionSocket> socket_;
  std::shared_ptr<WebSocketOpener> opener_;
  std::unique_ptr<WebSocketEngine> engine_;
  bool engineOpen_ = false;
  End end_;  // from state `ending` on
  asio::steady_timer deadline_;
  bool closeTimedOut_ = false;

  std::vector<char> readBuffer_;
  unsigned smallReads_ = 0;  // in a row
  bool reading_ = false;
  TimePoint lastReceived_;
  std::deque<Message> inbox_;
  std::size_t inboxBytes_ = 0;

  OutputQueue queued_;
  bool writing_ = false;
  bool writePosted_ = false;
  asio::error_code writeError_;    ///< Nothing more can be written; what came may still be read.
  bool feeding_ = false;           // what the engine puts out now answers the peer
  std::size_t repliesQueued_ = 0;  // and not yet written
  std::uint64_t repliesEnd_ = 0;   // where the last of them ends
  bool corked_ = false;            // more output is about to come: gather it
  std::uint64_t totalQueued_ = 0;
  std::uint64_t totalWritten_ = 0;

  bool attached_ = false;
  bool paused_ = false;
  std::weak_ptr<TransportListener> listener_;
  bool endReported_ = false;
  asio::steady_timer alarm_;
  std::uint64_t alarmNumber_ = 0;
  std::uint64_t pingNumber_ = 0;

  std::optional<Connect> connect_;
  std::optional<Receive> receive_;
  std::deque<Send> sends_;
  std::vector<Ping> pings_;
  std::vector<Close> closes_;

  std::atomic<CallId> nextCallId_{1};
  std::atomic<std::uint64_t> bytesReceived_{0};
  std::atomic<std::uint64_t> bytesSent_{0};
  std::atomic<std::uint64_t> messagesReceived_{0};
  std::atomic<std::uint64_t> messagesSent_{0};
  std::atomic<std::uint64_t> bytesToSend_{0};
  mutable std::mutex subprotocolMutex_;
  std::string subprotocol_;
};

}  // namespace wsferry
