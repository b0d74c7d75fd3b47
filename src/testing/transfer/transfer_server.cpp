#include "wsferry/testing/transfer_server.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <set>
#include <utility>

#include "testing/server/websocket_server.hpp"
#include "testing/transfer/file_requests.hpp"
#include "testing/transfer/pull_conversation.hpp"
#include "testing/transfer/push_conversation.hpp"
#include "testing/transfer/push_target.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/url_parts.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::testing {

namespace {

constexpr std::uint16_t internalError = 1011;

std::string errorResponse(int status, std::string_view reason, std::string_view name,
                          std::string_view message) {
  const std::string body = R"({"data":null,"error":{"status":)" + std::to_string(status) +
                           R"(,"name":")" + std::string(name) + R"(","message":")" +
                           std::string(message) + R"(","details":{}}})";
  return httpResponse(status, reason, "application/json; charset=utf-8", body);
}

std::string notFound() {
  return errorResponse(404, "Not Found", "NotFoundError", "Not Found");
}

std::string_view pathOf(const HttpRequest& request) {
  const std::string_view path = request.path();
  return endsWith(path, "/") ? path.substr(0, path.size() - 1) : path;
}

std::optional<strapi::TransferKind> kindOf(const HttpRequest& request) {
  for (const auto kind : {strapi::TransferKind::pull, strapi::TransferKind::push}) {
    if (request.method == "GET" &&
        endsWith(pathOf(request), "/transfer/runner/" + std::string(strapi::toString(kind)))) {
      return kind;
    }
  }
  return std::nullopt;
}

// What a panel asks for first, and anybody may (protocol section 1).
std::optional<std::string> panelAnswer(const HttpRequest& request) {
  if (request.method != "GET" || !endsWith(pathOf(request), "/admin/init")) {
    return std::nullopt;
  }
  return httpResponse(200, "OK", "application/json; charset=utf-8",
                      R"({"data":{"uuid":false,"hasAdmin":true,"menuLogo":null,"authLogo":null}})");
}

bool hasToken(const HttpRequest& request, const std::string& token) {
  return !token.empty() && request.header("Authorization") == "Bearer " + token;
}

/// The response that refuses a request, or nothing. A missing feature is told only to those who
/// have a token.
std::optional<std::string> transferRefusal(const HttpRequest& request,
                                           const TransferServerOptions& options) {
  if (!options.faults.upgradeResponse.empty()) {
    return options.faults.upgradeResponse;
  }
  const auto kind = kindOf(request);
  if (!kind) {
    return notFound();
  }
  const bool isPush = *kind == strapi::TransferKind::push;
  if (hasToken(request, isPush ? options.pullToken : options.pushToken)) {
    return errorResponse(403, "Forbidden", "ForbiddenError", "Forbidden");
  }
  if (!hasToken(request, options.token) &&
      !hasToken(request, isPush ? options.pushToken : options.pullToken)) {
    return errorResponse(401, "Unauthorized", "UnauthorizedError",
                         "Missing or invalid credentials");
  }
  if (!request.asksForWebSocket() || (isPush && !options.pushTarget)) {
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
    changed_.notify_all();
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  bool waitFor(const std::function<bool(std::string_view)>& isWanted, Duration limit) const {
    std::unique_lock lock(mutex_);
    std::size_t seen = 0;
    return changed_.wait_for(lock, limit, [&] {
      while (seen < messages_.size()) {
        if (isWanted(messages_[seen++])) {
          return true;
        }
      }
      return false;
    });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> messages_;
};

class TransferSession;

/// The sessions of a server, for the one that ends all of them. Used on the server's thread.
class Sessions {
 public:
  explicit Sessions(bool isLegacy) : isLegacy_(isLegacy) {}
  void add(TransferSession& session) { sessions_.insert(&session); }
  void remove(TransferSession& session) { sessions_.erase(&session); }
  void resetAll() const;

  /// The client of a session is gone that was about to send data of a pull.
  void onHangUp() {
    ++hangUps_;
    if (isLegacy_) {
      resetAll();
    }
  }
  /// From any thread.
  unsigned hangUps() const { return hangUps_; }

 private:
  const bool isLegacy_;
  std::atomic<unsigned> hangUps_{0};
  std::set<TransferSession*> sessions_;
};

/// Carries out what a conversation wants, in time.
class TransferSession final : public WebSocketSession,
                              public std::enable_shared_from_this<TransferSession> {
 public:
  /// `received` is null where messages are not kept.
  TransferSession(std::unique_ptr<Conversation> conversation, Received* received,
                  Sessions& sessions, WebSocketPeer& peer)
      : conversation_(std::move(conversation)),
        received_(received),
        sessions_(sessions),
        peer_(peer),
        timer_(peer.executor()) {
    sessions_.add(*this);
  }
  ~TransferSession() override {  // NOLINT(bugprone-exception-escape): without memory a test ends.
    sessions_.remove(*this);
    if (std::any_of(queue_.begin(), queue_.end(), [](const Output& o) { return o.isData; })) {
      sessions_.onHangUp();
    }
  }

  void onMessage(MessageType, std::string payload) override {
    const bool isBusy = !queue_.empty();
    auto outputs = conversation_->onMessage(payload, std::chrono::system_clock::now(), isBusy);
    if (received_ != nullptr) {
      received_->add(std::move(payload));
    }
    if (!outputs.empty() && outputs.back().kind == Output::Kind::resetAll) {
      sessions_.resetAll();
      return;
    }
    std::move(outputs.begin(), outputs.end(), std::back_inserter(queue_));
    if (!isBusy) {
      // From a fresh stack, when the messages that came together with this one have been seen.
      asio::post(peer_.executor(), [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
          self->sendQueued();
        }
      });
    }
  }

  void reset() {
    timer_.cancel();
    queue_.clear();
    peer_.reset();
  }

 private:
  // Sends up to the first output that must wait, and waits for that.
  void sendQueued() {
    while (!queue_.empty()) {
      if (queue_.front().pause > Duration::zero()) {
        timer_.expires_after(queue_.front().pause);
        timer_.async_wait([weak = weak_from_this()](std::error_code error) {
          const auto self = weak.lock();
          if (!error && self && !self->queue_.empty()) {
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
    const Output output = std::move(queue_.front());
    queue_.pop_front();
    switch (output.kind) {
      case Output::Kind::text:
        sendText(output.payload);
        break;
      case Output::Kind::binary:
        peer_.send(MessageType::binary, output.payload);
        break;
      case Output::Kind::raw:
        peer_.sendRaw(output.payload);
        break;
      case Output::Kind::close:
        peer_.close(1000, "");
        break;
      case Output::Kind::reset:
        peer_.reset();
        break;
      case Output::Kind::resetAll:
        break;  // Done at once: what waits is lost.
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

  const std::unique_ptr<Conversation> conversation_;
  Received* const received_;
  Sessions& sessions_;
  WebSocketPeer& peer_;
  asio::steady_timer timer_;
  std::deque<Output> queue_;
};

void Sessions::resetAll() const {
  for (auto* session : sessions_) {
    session->reset();
  }
}

}  // namespace

class TransferServer::Impl {
 public:
  Impl(std::shared_ptr<const Content> served, TransferServerOptions serverOptions)
      : options(std::move(serverOptions)),
        target(std::make_shared<PushTarget>(std::move(served), options.pushTarget)),
        files(options),
        sessions(options.legacy),
        server(socketOptions(), [this](const HttpRequest& request, WebSocketPeer& peer) {
          return decide(request, peer);
        }) {}

  WebSocketServerOptions socketOptions() const {
    if (options.pushTarget && options.pushTarget->path == "-") {
      throw Error(Errc::invalidOption,
                  "A server cannot serve what was pushed to standard output; name a file");
    }
    WebSocketServerOptions result;
    result.port = options.port;
    result.address = options.address;
    result.cutAfterBytes = options.faults.cutAfterBytes;
    result.freezeAfterBytes = options.faults.freezeAfterBytes;
    return result;
  }

  UpgradeDecision decide(const HttpRequest& request, WebSocketPeer& peer) {
    if (auto response = files.answer(request, target->content())) {
      return std::move(*response);
    }
    if (auto response = panelAnswer(request)) {
      return std::move(*response);
    }
    if (auto response = transferRefusal(request, options)) {
      return std::move(*response);
    }
    std::unique_ptr<Conversation> conversation;
    if (kindOf(request) == strapi::TransferKind::push) {
      conversation = std::make_unique<PushConversation>(target, options);
    } else {
      conversation = std::make_unique<PullConversation>(target->content(), options);
    }
    return std::make_shared<TransferSession>(
        std::move(conversation), options.logMessages ? &received : nullptr, sessions, peer);
  }

  const TransferServerOptions options;
  const std::shared_ptr<PushTarget> target;
  FileRequests files;
  Received received;
  Sessions sessions;
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
  return "http://" + wsferry::detail::hostInUrl(address) + ":" + std::to_string(port()) + "/admin";
}

TransferServerLog TransferServer::log() const {
  const auto counts = impl_->server.counts();
  TransferServerLog log;
  log.received = impl_->received.all();
  log.files = impl_->files.log();
  log.connections = counts.connections;
  log.openConnections = counts.openConnections;
  log.pings = counts.pings;
  log.hangUps = impl_->sessions.hangUps();
  const auto pushes = impl_->target->counts();
  log.commits = pushes.commits;
  log.rollbacks = pushes.rollbacks;
  log.teardowns = pushes.teardowns;
  log.overlapping = pushes.overlapping;
  return log;
}

bool TransferServer::waitUntilReceived(
    const std::function<bool(std::string_view message)>& isWanted, Duration limit) const {
  return impl_->received.waitFor(isWanted, limit);
}

bool TransferServer::waitUntilIdle(Duration limit) const {
  return impl_->server.waitUntilIdle(limit);
}

}  // namespace wsferry::testing
