#include "testing/server/websocket_server.hpp"

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <asio/write.hpp>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/net/closed_on_exec.hpp"
#include "core/websocket/websocket_engine.hpp"
#include "testing/server/frame_scanner.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/thread/process_mark.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::testing {

namespace {

constexpr std::string_view badRequest =
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
constexpr char tlsHandshake = 0x16;  // the first byte of a client that speaks TLS
constexpr std::size_t maxHeadBytes = std::size_t{16} << 10;
constexpr auto headDeadline = std::chrono::seconds(30);
constexpr auto closeDeadline = std::chrono::seconds(5);
// After a failed accept, as when the process has no file descriptor left.
constexpr auto acceptPause = std::chrono::milliseconds(100);

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<HttpRequest> parseHead(std::string_view head) {
  HttpRequest request;
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const auto method = line.find(' ');
  const auto target = line.rfind(' ');
  if (method == std::string_view::npos || method == target) {
    return std::nullopt;
  }
  request.method = line.substr(0, method);
  request.target = line.substr(method + 1, target - method - 1);
  head.remove_prefix(line.size() + 2);
  while (!head.empty() && head.substr(0, 2) != "\r\n") {
    const std::string_view field = head.substr(0, head.find("\r\n"));
    const auto colon = field.find(':');
    if (colon == std::string_view::npos) {
      return std::nullopt;
    }
    request.headers.emplace_back(field.substr(0, colon), trimmed(field.substr(colon + 1)));
    head.remove_prefix(field.size() + 2);
  }
  return request;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& field) {
    return equalsIgnoringCase(field.first, name);
  });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

bool HttpRequest::asksForWebSocket() const {
  std::string upgrade(header("Upgrade"));
  for (char& c : upgrade) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return upgrade.find("websocket") != std::string::npos;
}

std::string httpResponse(int status, std::string_view reason, std::string_view contentType,
                         std::string_view body) {
  return std::string("HTTP/1.1 ")
      .append(std::to_string(status) + " ")
      .append(reason)
      .append("\r\nContent-Type: ")
      .append(contentType)
      .append("\r\nContent-Length: " + std::to_string(body.size()))
      .append("\r\nConnection: close\r\n\r\n")
      .append(body);
}

class WebSocketServer::Impl {
 public:
  Impl(const WebSocketServerOptions& serverOptions, Decide decideFunction);
  ~Impl();

  bool runToTheEnd() {
    try {
      context.run();
      return true;
    } catch (...) {
      return false;
    }
  }

  void accept();
  void onAccepted(asio::ip::tcp::socket socket);
  template <class Change>
  void count(Change change) {
    WebSocketServerCounts changedCounts;
    {
      const std::lock_guard lock(mutex);
      change(counts);
      changedCounts = counts;
    }
    changed.notify_all();
    if (options.onCounts) {
      options.onCounts(changedCounts);
    }
  }

  const WebSocketServerOptions options;
  const Decide decide;
  const ProcessMark process;
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  WebSocketServerCounts counts;
  // Of all connections: what comes is used up at once, on the one thread.
  std::array<char, (64u << 10)> input{};
  asio::io_context context{1};
  asio::ip::tcp::acceptor acceptor{context};
  asio::steady_timer pause{context};
  std::thread thread;
};

/// One connection: the socket, the engine between it and the session, and the byte-level faults.
class WebSocketServer::Connection final : public WebSocketPeer,
                                          private WebSocketEngineEvents,
                                          public std::enable_shared_from_this<Connection> {
 public:
  Connection(Impl& server, asio::ip::tcp::socket socket)
      : server_(server), socket_(std::move(socket)), deadline_(socket_.get_executor()) {}

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
      server_.count([](WebSocketServerCounts& counts) { ++counts.closesAnswered; });
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
    if (isReading_ || isDone_ || isFrozen_ || bytesToSend() > server_.options.maxBytesToSend) {
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
      size = socket_.read_some(asio::buffer(server_.input), error);
    }
    if (error == asio::error::would_block) {
      read();
    } else if (error) {
      finish();
    } else {
      onRead({server_.input.data(), size});
      read();
    }
  }

  void onRead(std::string_view bytes) {
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
    const auto request = parseHead(std::string_view(head_).substr(0, end + 2));
    if (!request) {
      refuse(badRequest);
      return;
    }
    auto decision = server_.decide(*request, *this);
    if (const auto* response = std::get_if<std::string>(&decision)) {
      refuse(*response);
      return;
    }
    session_ = std::get<std::shared_ptr<WebSocketSession>>(std::move(decision));
    deadline_.cancel();
    engine_ = WebSocketEngine::server(*this, server_.options.maxMessageSize);
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

  void refuse(std::string_view response) {
    onOutput(response);
    whenSent_ = WhenSent::shutdown;
    write();
  }

  void feed(std::string_view bytes) {
    if (!bytes.empty()) {
      if (const unsigned pings = scanner_.countPings(bytes)) {
        server_.count([&](WebSocketServerCounts& counts) { counts.pings += pings; });
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
    const auto& options = server_.options;
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

  // Does what Faults asks for when enough bytes were sent.
  void applyLimits() {
    const auto& options = server_.options;
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
      self->server_.count([](WebSocketServerCounts& counts) { --counts.openConnections; });
    });
  }

  Impl& server_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer deadline_;
  std::string head_;
  std::unique_ptr<WebSocketEngine> engine_;
  std::shared_ptr<WebSocketSession> session_;
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

WebSocketServer::Impl::Impl(const WebSocketServerOptions& serverOptions, Decide decideFunction)
    : options(serverOptions), decide(std::move(decideFunction)) {
  std::error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    throw Error(Errc::invalidOption,
                "\"" + options.address + "\" is no IP address; give one such as 127.0.0.1")
        .ofOption("address");
  }
  const asio::ip::tcp::endpoint endpoint(address, options.port);
  openClosedOnExec(acceptor, endpoint.protocol(), error);
  if (!error) {
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) {
    acceptor.bind(endpoint, error);
  }
  if (!error) {
    acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    throw Error(Errc::invalidOption, "Cannot listen on port " + std::to_string(options.port) +
                                         " of " + options.address + " (" + error.message() +
                                         "); choose another port, or 0 for any free one")
        .ofOption("port");
  }
  accept();
  thread = std::thread([this] {
    // What throws, as for want of memory, is one connection's handler, and its connection ends with
    // it or by its deadline.
    while (!runToTheEnd()) {
    }
  });
}

WebSocketServer::Impl::~Impl() {
  context.stop();
  thread.join();
}

void WebSocketServer::Impl::accept() {
  acceptor.async_accept(asio::any_io_executor(asio::make_strand(context)),
                        [this](std::error_code error, asio::ip::tcp::socket socket) {
                          if (error) {
                            pause.expires_after(acceptPause);
                            pause.async_wait([this](std::error_code) { accept(); });
                          } else {
                            accept();  // First: the next may come whatever becomes of this one.
                            onAccepted(std::move(socket));
                          }
                        });
}

void WebSocketServer::Impl::onAccepted(asio::ip::tcp::socket socket) {
  std::error_code ignored;  // Only slower without.
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
  const auto executor = socket.get_executor();
  const auto connection = std::make_shared<Connection>(*this, std::move(socket));
  count([](WebSocketServerCounts& all) {
    ++all.connections;
    ++all.openConnections;
  });
  asio::post(executor, [connection] { connection->start(); });
}

WebSocketServer::WebSocketServer(const WebSocketServerOptions& options, Decide decide)
    : impl_(std::make_unique<Impl>(options, std::move(decide))) {}

WebSocketServer::~WebSocketServer() {
  if (impl_->process.isOther()) {
    keepForEver(std::shared_ptr<const void>(std::move(impl_)));
  }
}

std::uint16_t WebSocketServer::port() const {
  return impl_->acceptor.local_endpoint().port();
}

WebSocketServerCounts WebSocketServer::counts() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->counts;
}

bool WebSocketServer::waitUntilIdle(Duration limit) const {
  std::unique_lock lock(impl_->mutex);
  return impl_->changed.wait_for(lock, limit,
                                 [this] { return impl_->counts.openConnections == 0; });
}

}  // namespace wsferry::testing
