#include "wsferry/testing/transfer_server.hpp"

#include <asio/steady_timer.hpp>
#include <deque>
#include <mutex>
#include <utility>

#include "testing/pull_conversation.hpp"
#include "testing/websocket_server.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::testing {

namespace {

constexpr std::uint16_t internalError = 1011;

std::string errorResponse(int status, std::string_view reason, std::string_view name,
                          std::string_view message) {
  const std::string body = R"({"data":null,"error":{"status":)" + std::to_string(status) +
                           R"(,"name":")" + std::string(name) + R"(","message":")" +
                           std::string(message) + R"(","details":{}}})";
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason) +
         "\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

std::string notFound() {
  return errorResponse(404, "Not Found", "NotFoundError", "Not Found");
}

bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool asksForWebSocket(const HttpRequest& request) {
  std::string upgrade(request.header("Upgrade"));
  for (char& c : upgrade) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return upgrade.find("websocket") != std::string::npos;
}

/// The response that refuses a request, or nothing. A missing feature is told only to those who
/// have a token.
std::optional<std::string> refusal(const HttpRequest& request,
                                   const TransferServerOptions& options) {
  if (!options.faults.upgradeResponse.empty()) {
    return options.faults.upgradeResponse;
  }
  std::string_view path = request.target;
  path = path.substr(0, path.find('?'));
  if (endsWith(path, "/")) {
    path.remove_suffix(1);
  }
  if (request.method != "GET" || !endsWith(path, "/transfer/runner/pull")) {
    return notFound();
  }
  const std::string_view authorization = request.header("Authorization");
  if (authorization == "Bearer " + options.pushToken) {
    return errorResponse(403, "Forbidden", "ForbiddenError", "Forbidden");
  }
  if (authorization != "Bearer " + options.token) {
    return errorResponse(401, "Unauthorized", "UnauthorizedError",
                         "Missing or invalid credentials");
  }
  if (!asksForWebSocket(request)) {
    return notFound();
  }
  return std::nullopt;
}

/// What the clients sent, written on the server's thread and read on any.
class Received {
 public:
  void add(std::string message) {
    const std::lock_guard lock(mutex_);
    messages_.push_back(std::move(message));
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> messages_;
};

/// Carries out what a conversation wants, in time.
class PullSession final : public WebSocketSession,
                          public std::enable_shared_from_this<PullSession> {
 public:
  PullSession(std::shared_ptr<const Content> content, const TransferServerOptions& options,
              Received& received, WebSocketPeer& peer)
      : conversation_(std::move(content), options),
        logMessages_(options.logMessages),
        received_(received),
        peer_(peer),
        timer_(peer.executor()) {}

  void onMessage(MessageType, std::string payload) override {
    auto outputs = conversation_.onMessage(payload, std::chrono::system_clock::now());
    if (logMessages_) {
      received_.add(std::move(payload));
    }
    const bool isWaiting = !queue_.empty();
    std::move(outputs.begin(), outputs.end(), std::back_inserter(queue_));
    if (!isWaiting) {
      sendQueued();
    }
  }

 private:
  // Sends up to the first output that must wait, and waits for that.
  void sendQueued() {
    while (!queue_.empty()) {
      if (queue_.front().pause > Duration::zero()) {
        timer_.expires_after(queue_.front().pause);
        timer_.async_wait([weak = weak_from_this()](std::error_code error) {
          const auto self = weak.lock();
          if (!error && self) {
            self->sendFirst();
            self->sendQueued();
          }
        });
        return;
      }
      sendFirst();
    }
  }

  void sendFirst() {
    const PullOutput output = std::move(queue_.front());
    queue_.pop_front();
    switch (output.kind) {
      case PullOutput::Kind::text:
        sendText(output.payload);
        break;
      case PullOutput::Kind::binary:
        peer_.send(MessageType::binary, output.payload);
        break;
      case PullOutput::Kind::raw:
        peer_.sendRaw(output.payload);
        break;
      case PullOutput::Kind::close:
        peer_.close(1000, "");
        break;
      case PullOutput::Kind::reset:
        peer_.reset();
        break;
    }
  }

  void sendText(const std::string& payload) {
    try {
      peer_.send(MessageType::text, payload);
    } catch (const Error& error) {
      // Content that is no UTF-8 can be on the wire in no way: the client is told why.
      peer_.close(internalError, std::string(error.what()).substr(0, 120));
    }
  }

  PullConversation conversation_;
  const bool logMessages_;
  Received& received_;
  WebSocketPeer& peer_;
  asio::steady_timer timer_;
  std::deque<PullOutput> queue_;
};

}  // namespace

class TransferServer::Impl {
 public:
  Impl(std::shared_ptr<const Content> served, TransferServerOptions serverOptions)
      : content(std::move(served)),
        options(std::move(serverOptions)),
        server(socketOptions(), [this](const HttpRequest& request, WebSocketPeer& peer) {
          return decide(request, peer);
        }) {}

  WebSocketServerOptions socketOptions() const {
    WebSocketServerOptions result;
    result.port = options.port;
    result.address = options.address;
    result.cutAfterBytes = options.faults.cutAfterBytes;
    result.freezeAfterBytes = options.faults.freezeAfterBytes;
    return result;
  }

  WebSocketServer::Decision decide(const HttpRequest& request, WebSocketPeer& peer) {
    if (auto response = refusal(request, options)) {
      return std::move(*response);
    }
    return std::make_shared<PullSession>(content, options, received, peer);
  }

  const std::shared_ptr<const Content> content;
  const TransferServerOptions options;
  Received received;
  WebSocketServer server;
};

TransferServer::TransferServer(std::shared_ptr<const Content> content,
                               TransferServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(content), std::move(options))) {}

TransferServer::~TransferServer() = default;

std::uint16_t TransferServer::port() const {
  return impl_->server.port();
}

std::string TransferServer::adminUrl() const {
  const std::string& address = impl_->options.address;
  const bool isIpv6 = address.find(':') != std::string::npos;
  return "http://" + (isIpv6 ? "[" + address + "]" : address) + ":" + std::to_string(port()) +
         "/admin";
}

TransferServerLog TransferServer::log() const {
  const auto counts = impl_->server.counts();
  TransferServerLog log;
  log.received = impl_->received.all();
  log.connections = counts.connections;
  log.openConnections = counts.openConnections;
  log.pings = counts.pings;
  return log;
}

bool TransferServer::waitUntilIdle(Duration limit) const {
  return impl_->server.waitUntilIdle(limit);
}

}  // namespace wsferry::testing
