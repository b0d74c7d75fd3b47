#include "testing/server/server_connection.hpp"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/websocket/websocket_engine.hpp"
#include "testing/server/frame_scanner.hpp"
#include "testing/server/streamed_body.hpp"
#include "wsferry/core/detail/text/ascii.hpp"

namespace wsferry::testing {
namespace {

constexpr std::string_view badRequest =
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
constexpr char tlsHandshake = 0x16;  // the first byte of a client that speaks TLS
constexpr std::size_t maxHeadBytes = std::size_t{16} << 10;
constexpr std::size_t maxBodyBytes = std::size_t{64} << 10;
constexpr auto headDeadline = std::chrono::seconds(30);
constexpr auto closeDeadline = std::chrono::seconds(30);

/// One connection: the socket, the engine between it and the session, and the byte-level faults.
class Connection final : public WebSocketPeer,
                         private WebSocketEngineEvents,
                         public std::enable_shared_from_this<Connection> {
 public:
  Connection(SharedByConnections& shared, asio::ip::tcp::socket socket)
      : shared_(shared), socket_(std::move(socket)), deadline_(socket_.get_executor()) {}

  void start() {
    arm(headDeadline);
    std::error_code error;
    socket_.non_blocking(true, error);
    if (error) {
      finish();
      return;
    }
    applyLimits();
    read();
  }

  void send(MessageType type, std::string_view payload) override {
    if (isOpen_) {
      engine_->send(type, payload);
      write();
    }
  }

  void sendRaw(std::string_view bytes) override {
    if (isOpen_) {
      onOutput(bytes);
      write();
    }
  }

  void close(std::uint16_t code, std::string_view reason) override {
    if (isOpen_) {
      isOpen_ = false;
      isClosing_ = true;
      engine_->close(code, reason);
      arm(closeDeadline);
      write();
    }
  }

  void reset() override { endWith(WhenSent::reset); }
  void disconnect() override { endWith(WhenSent::shutdown); }
  void freeze() override { endWith(WhenSent::freeze); }
  std::size_t bytesToSend() const override { return outbox_.size() + writing_.size(); }

  asio::any_io_executor executor() override { return socket_.get_executor(); }

 private:
  enum class WhenSent { nothing, shutdown, reset, freeze };

  // WebSocketEngineEvents: take note, act afterwards.
  void onOutput(std::string_view bytes) override { outbox_.append(bytes); }
  void onOpen() override { isOpen_ = true; }
  void onMessage(MessageType type, std::string payload) override {
    inbox_.emplace_back(type, std::move(payload));
  }
  void onPong(std::string_view) override {}
  void onClosed(std::uint16_t, std::string_view, std::error_code error) override {
    isOpen_ = false;
    if (isClosing_ && !error) {
      shared_.counter.count([](WebSocketServerCounts& counts) { ++counts.closesAnswered; });
    }
    if (whenSent_ == WhenSent::nothing) {
      whenSent_ = WhenSent::shutdown;
    }
  }

  void endWith(WhenSent what) {
    isOpen_ = false;
    whenSent_ = what;
    write();
  }

  // A connection that waits has no buffer.
  void read() {
    if (isReading_ || isDone_ || isFrozen_ || bytesToSend() > shared_.options.maxBytesToSend) {
      return;
    }
    isReading_ = true;
    socket_.async_wait(asio::socket_base::wait_read,
                       [self = shared_from_this()](std::error_code error) {
                         self->isReading_ = false;
                         self->onReadable(error);
                       });
  }

  void onReadable(std::error_code error) {
    if (isDone_ || isFrozen_) {
      return;
    }
    std::size_t size = 0;
    if (!error) {
      size = socket_.read_some(asio::buffer(shared_.input), error);
    }
    if (error == asio::error::would_block) {
      read();
    } else if (error) {
      finish();
    } else {
      onRead({shared_.input.data(), size});
      read();
    }
  }

  void onRead(std::string_view bytes) {
    if (http_) {
      takeBody(bytes);  // One request is what there is.
      return;
    }
    if (engine_ && !isShutDown_) {
      feed(bytes);
    } else if (!engine_ && whenSent_ == WhenSent::nothing && !isShutDown_) {
      head_.append(bytes);
      onHead();
    }
  }

  void onHead() {
    if (head_.front() == tlsHandshake) {
      refuse(badRequest);  // It would wait for an answer, and never end a line.
      return;
    }
    const auto end = head_.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (head_.size() > maxHeadBytes) {
        finish();
      }
      return;
    }
    auto request = parseHead(std::string_view(head_).substr(0, end + 2));
    if (request && shared_.options.streamsBody && shared_.options.streamsBody(*request)) {
      onStreamedRequest(*request, end + 4);
      return;
    }
    if (!request || request->contentLength() > maxBodyBytes) {
      refuse(badRequest);
      return;
    }
    if (head_.size() - end - 4 < request->contentLength()) {
      return;
    }
    request->body = head_.substr(end + 4, request->contentLength());
    auto decision = shared_.decide(*request, *this);
    if (const auto* response = std::get_if<std::string>(&decision)) {
      refuse(*response);
      return;
    }
    if (auto* http = std::get_if<std::shared_ptr<HttpSession>>(&decision)) {
      open(std::move(*http));
      return;
    }
    session_ = std::get<std::shared_ptr<WebSocketSession>>(std::move(decision));
    deadline_.cancel();
    engine_ = WebSocketEngine::server(*this, shared_.options.maxMessageSize);
    engine_->start();
    engine_->feed(std::string_view(head_).substr(0, end + 4));
    if (const auto name = session_->subprotocol(); !name.empty()) {
      outbox_.insert(outbox_.find("\r\n") + 2, "Sec-WebSocket-Protocol: " + name + "\r\n");
    }
    if (isOpen_) {
      session_->onOpen();
    }
    const std::string head = std::exchange(head_, {});
    feed(std::string_view(head).substr(end + 4));
  }

  void open(std::shared_ptr<HttpSession> http) {
    http_ = std::move(http);
    head_.clear();
    deadline_.cancel();
    isOpen_ = true;
    http_->onOpen();
  }

  // A refusal comes before the client is asked for the body.
  void onStreamedRequest(const HttpRequest& request, std::size_t headSize) {
    auto decision = shared_.decide(request, *this);
    if (const auto* response = std::get_if<std::string>(&decision)) {
      refuse(*response);
      return;
    }
    const std::string begun = head_.substr(headSize);
    body_.emplace(request);
    open(std::get<std::shared_ptr<HttpSession>>(std::move(decision)));
    if (equalsIgnoringCase(request.header("Expect"), "100-continue")) {
      sendRaw("HTTP/1.1 100 Continue\r\n\r\n");
    }
    takeBody(begun);
  }

  void takeBody(std::string_view bytes) {
    if (!body_ || !isOpen_) {
      return;
    }
    const bool isValid =
        body_->take(bytes, [this](std::string_view piece) { http_->onBody(piece); });
    if (!isValid) {
      refuse(badRequest);
    } else if (body_->isWhole() && isOpen_) {
      body_.reset();
      http_->onBodyEnd();
    }
  }

  void refuse(std::string_view response) {
    onOutput(response);
    whenSent_ = WhenSent::shutdown;
    write();
  }

  void feed(std::string_view bytes) {
    if (!bytes.empty()) {
      if (const unsigned pings = scanner_.countPings(bytes)) {
        shared_.counter.count([&](WebSocketServerCounts& counts) { counts.pings += pings; });
        session_->onPing();
      }
      engine_->take(bytes);
    }
    for (auto& [type, payload] : std::exchange(inbox_, {})) {
      if (session_) {
        session_->onMessage(type, std::move(payload));
      }
    }
    engine_->settle();
    write();
  }

  void write() {
    if (isWriting_ || isShutDown_ || isFrozen_ || isDone_) {
      return;
    }
    if (outbox_.empty()) {
      allSent();
      return;
    }
    writing_ = std::exchange(outbox_, {});
    const auto& options = shared_.options;
    const std::uint64_t limit = std::min(options.cutAfterBytes.value_or(UINT64_MAX),
                                         options.freezeAfterBytes.value_or(UINT64_MAX));
    writing_.resize(static_cast<std::size_t>(
        std::min<std::uint64_t>(writing_.size(), limit - std::min(limit, sent_))));
    isWriting_ = true;
    asio::async_write(socket_, asio::buffer(writing_),
                      [self = shared_from_this()](std::error_code error, std::size_t size) {
                        self->onWritten(error, size);
                      });
  }

  void onWritten(std::error_code error, std::size_t size) {
    isWriting_ = false;
    writing_ = {};
    sent_ += size;
    if (error) {
      finish();
    } else if (!isDone_) {
      applyLimits();
      if (session_ && isOpen_ && outbox_.empty()) {
        session_->onDrained();
      }
      if (http_ && isOpen_ && outbox_.empty()) {
        http_->onDrained();
      }
      write();
      read();
    }
  }

  void allSent() {
    if (whenSent_ == WhenSent::reset) {
      std::error_code ignored;  // The connection may be gone already, which is as good.
      socket_.set_option(asio::socket_base::linger(true, 0), ignored);
      finish();
    } else if (whenSent_ == WhenSent::shutdown) {
      shutDown();
    } else if (whenSent_ == WhenSent::freeze) {
      stopMoving();
    }
  }

  // Closing at once would take back what the peer has not received yet. So the peer closes next.
  void shutDown() {
    isShutDown_ = true;
    std::error_code ignored;  // The connection may be gone already, which a read tells.
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    arm(closeDeadline);
  }

  // Does what TransferFaults asks for when enough bytes were sent.
  void applyLimits() {
    const auto& options = shared_.options;
    if (options.cutAfterBytes && sent_ >= *options.cutAfterBytes) {
      isOpen_ = false;
      shutDown();
    } else if (options.freezeAfterBytes && sent_ >= *options.freezeAfterBytes) {
      stopMoving();
    }
  }

  void stopMoving() {
    isFrozen_ = true;
    deadline_.cancel();
    std::error_code ignored;  // Without a pending read there is nothing to cancel.
    socket_.cancel(ignored);
    socket_.async_wait(asio::socket_base::wait_error,
                       [self = shared_from_this()](std::error_code) { self->finish(); });
  }

  void arm(Clock::duration duration) {
    deadline_.expires_after(duration);
    deadline_.async_wait([weak = weak_from_this()](std::error_code error) {
      const auto self = weak.lock();
      if (!error && self) {
        self->finish();
      }
    });
  }

  void finish() {
    if (isDone_) {
      return;
    }
    isDone_ = true;
    isOpen_ = false;
    deadline_.cancel();
    std::error_code ignored;  // Closing is all there is to do.
    socket_.close(ignored);
    // This may be a call of the session's or the engine's.
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      self->session_.reset();
      self->http_.reset();
      self->shared_.counter.count([](WebSocketServerCounts& counts) { --counts.openConnections; });
    });
  }

  SharedByConnections& shared_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer deadline_;
  std::string head_;
  std::unique_ptr<WebSocketEngine> engine_;
  std::shared_ptr<WebSocketSession> session_;
  std::shared_ptr<HttpSession> http_;
  std::optional<StreamedBody> body_;
  FrameScanner scanner_;
  std::vector<std::pair<MessageType, std::string>> inbox_;
  std::string outbox_;
  std::string writing_;
  std::uint64_t sent_ = 0;
  WhenSent whenSent_ = WhenSent::nothing;
  bool isOpen_ = false;
  bool isClosing_ = false;
  bool isReading_ = false;
  bool isWriting_ = false;
  bool isShutDown_ = false;
  bool isFrozen_ = false;
  bool isDone_ = false;
};

}  // namespace

void serveConnection(SharedByConnections& shared, asio::ip::tcp::socket socket) {
  const auto executor = socket.get_executor();
  const auto connection = std::make_shared<Connection>(shared, std::move(socket));
  shared.counter.count([](WebSocketServerCounts& counts) {
    ++counts.connections;
    ++counts.openConnections;
  });
  asio::post(executor, [connection] { connection->start(); });
}

}  // namespace wsferry::testing
