#include "wsferry/testing/gateway_server.hpp"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <utility>

#include "testing/gateway/egress_answer.hpp"
#include "testing/gateway/egress_query.hpp"
#include "testing/gateway/gateway_conversation.hpp"
#include "testing/gateway/gateway_log.hpp"
#include "testing/gateway/gateway_request.hpp"
#include "testing/gateway/stream_request.hpp"
#include "testing/gateway/stream_store.hpp"
#include "testing/gateway/token_endpoint.hpp"
#include "testing/gateway/upload_connection.hpp"
#include "testing/server/websocket_server.hpp"
#include "wsferry/core/detail/text/url_parts.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::testing {

namespace {

// Of a client that only pings and reads nothing.
constexpr std::size_t maxBytesToSend = std::size_t{512} << 10;

void check(const GatewayServerOptions& options) {
  const std::uint16_t code = options.fault.closeCode;
  if (!((code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1013) ||
        (code >= 3000 && code <= 4999))) {
    throw Error(Errc::invalidOption,
                "The close code " + std::to_string(code) + " may not be sent; give another");
  }
  auto texts = options.extraMessages;
  texts.push_back(options.fault.error);
  for (const std::string& text : texts) {
    if (!isUtf8(text)) {
      throw Error(Errc::invalidOption, "A text for the gateway to send is not UTF-8");
    }
  }
  if (options.bytesPerResult == 0) {
    throw Error(Errc::invalidOption, "bytesPerResult is 0; give the bytes of a second of audio");
  }
}

/// Runs a conversation on its connection, and wakes it.
class GatewaySession final : public WebSocketSession,
                             public std::enable_shared_from_this<GatewaySession> {
 public:
  GatewaySession(const GatewayServerOptions& options, RequestedStream settings, GatewayLog& log,
                 WebSocketPeer& peer, StreamStore& store)
      : options_(options),
        log_(log),
        conversation_(options, std::move(settings), log, peer, &store),
        timer_(peer.executor()) {}

  std::string subprotocol() const override { return options_.subprotocol; }
  void onOpen() override {
    conversation_.onOpen(Clock::now());
    arm();
  }
  void onMessage(MessageType type, std::string payload) override {
    // First the log: what the conversation does about it may be waited for.
    if (options_.logMessages) {
      log_.change([&](auto& log) { log.received.push_back({type, payload}); });
    }
    conversation_.onMessage(type, payload, Clock::now());
    arm();
  }
  void onPing() override { conversation_.onPing(Clock::now()); }
  void onDrained() override {
    conversation_.onDrained(Clock::now());
    arm();
  }

 private:
  // What becomes due later than it was, as with every ping, is found out when it is woken.
  void arm() {
    const auto next = conversation_.nextWake();
    if (!next || (armed_ && *armed_ <= *next)) {
      return;
    }
    armed_ = next;
    timer_.expires_at(*next);
    timer_.async_wait([weak = weak_from_this()](std::error_code error) {
      const auto self = weak.lock();
      if (!error && self) {
        self->armed_.reset();
        self->conversation_.onWake(Clock::now());
        self->arm();
      }
    });
  }

  const GatewayServerOptions& options_;
  GatewayLog& log_;
  GatewayConversation conversation_;
  asio::steady_timer timer_;
  std::optional<TimePoint> armed_;
};

/// Runs an answer of the Egress Service on its connection, and wakes it.
class EgressConnection final : public HttpSession,
                               public std::enable_shared_from_this<EgressConnection> {
 public:
  EgressConnection(const EgressAnswer& answer, StreamStore& store, WebSocketPeer& peer)
      : answer_(answer), store_(store), executor_(peer.executor()) {}

  void onOpen() override {
    store_.listen(weak_from_this(), [this] {
      asio::post(executor_, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
          self->answer_.proceed();
        }
      });
    });
    answer_.onOpen();
  }
  void onDrained() override { answer_.proceed(); }

 private:
  EgressAnswer answer_;
  StreamStore& store_;
  asio::any_io_executor executor_;
};

/// Does what the fault is in place of an answer, or gives the answer that it is.
std::string playAtUpgrade(const GatewayFault& fault, WebSocketPeer& peer) {
  switch (fault.kind) {
    case GatewayFault::Kind::error: {
      const bool isHtml = !fault.httpBody.empty();
      return httpResponse(fault.httpStatus, "Refused", isHtml ? "text/html" : "application/json",
                          isHtml ? fault.httpBody : fault.error);
    }
    case GatewayFault::Kind::reset:
      peer.reset();
      break;
    case GatewayFault::Kind::silence:
    case GatewayFault::Kind::freeze:
      peer.freeze();
      break;
    default:
      break;  // Without an answer the connection ends.
  }
  return {};
}

/// The same for an upload, before its body.
std::string playAtUpload(const UploadFault& fault, WebSocketPeer& peer) {
  if (fault.kind == UploadFault::Kind::reset) {
    peer.reset();
  } else if (fault.kind == UploadFault::Kind::silence || fault.kind == UploadFault::Kind::freeze) {
    peer.freeze();
  }
  return faultyUploadAnswer(fault);
}

GatewayServerOptions withoutFault(GatewayServerOptions options) {
  options.fault = {};
  return options;
}

}  // namespace

class GatewayServer::Impl {
 public:
  explicit Impl(GatewayServerOptions serverOptions)
      : options(std::move(serverOptions)),
        server(socketOptions(), [this](const HttpRequest& request, WebSocketPeer& peer) {
          return decide(request, peer);
        }) {}

  ~Impl() { store.close(); }

  WebSocketServerOptions socketOptions() {
    check(options);
    WebSocketServerOptions result;
    result.port = options.port;
    result.address = options.address;
    result.maxBytesToSend = maxBytesToSend;
    result.streamsBody = isUploadRequest;
    result.onCounts = [this](const WebSocketServerCounts& counts) {
      log.change([&](GatewayServerLog& changed) {
        changed.connections = counts.connections;
        changed.openConnections = counts.openConnections;
        changed.pings = counts.pings;
        changed.closesAnswered = counts.closesAnswered;
      });
    };
    return result;
  }

  std::string urlOf(const std::string& scheme, std::string_view path) const {
    return scheme + "://" + wsferry::detail::hostInUrl(options.address) + ":" +
           std::to_string(server.port()) + std::string(path);
  }

  UpgradeDecision decide(const HttpRequest& request, WebSocketPeer& peer) {
    if (request.path() == tokenPath) {
      log.change([](GatewayServerLog& changed) { ++changed.tokenRequests; });
      return answerTokenRequest(request, options, peer);
    }
    if (request.path() == egressPath) {
      return decideEgress(request, peer);
    }
    if (isUploadRequest(request)) {
      return decideUpload(request, peer);
    }
    if (isStreamRequest(request)) {
      return answerStreamRequest(request);
    }
    if (options.logMessages) {
      log.change([&](GatewayServerLog& changed) { changed.targets.push_back(request.target); });
    }
    const GatewayServerOptions& played = nextStreamOptions();
    const GatewayFault& fault = played.fault;
    if (fault.moment == GatewayFault::Moment::upgrade && fault.kind != GatewayFault::Kind::none &&
        fault.kind != GatewayFault::Kind::endOfStream) {
      return playAtUpgrade(fault, peer);
    }
    if (auto response = upgradeRefusal(request, options)) {
      return std::move(*response);
    }
    return std::make_shared<GatewaySession>(played, streamSettings(request.target, options), log,
                                            peer, store);
  }

  const GatewayServerOptions& nextStreamOptions() {
    ++upgrades;
    return options.fault.times == 0 || upgrades <= options.fault.times ? options : faultless;
  }

  // Faults and refusals that need no byte of the body come before it is asked for.
  UpgradeDecision decideUpload(const HttpRequest& request, WebSocketPeer& peer) {
    ++uploadRequests;
    if (options.logMessages) {
      log.change(
          [&](GatewayServerLog& changed) { changed.uploadTargets.push_back(request.target); });
    }
    if (request.method != "POST") {
      return streamRefusal(405, "Method Not Allowed", "GENERAL_BAD_REQUEST_ERROR", "POST a file");
    }
    if (!isLetIn(request, options)) {
      return streamRefusal(401, "Unauthorized", "GENERAL_AUTHENTICATION_ERROR",
                           "Missing or invalid credentials");
    }
    const UploadFault& planned = options.uploadFault;
    const bool isPlayed = planned.times == 0 || uploadRequests <= planned.times;
    const UploadFault fault = isPlayed ? planned : UploadFault();
    if (fault.kind != UploadFault::Kind::none && fault.afterBytes == 0) {
      return playAtUpload(fault, peer);
    }
    RequestedStream settings = streamSettings(request.target, options);
    if (!settings.problem.empty()) {
      return httpResponse(400, "Bad Request", "application/json", settings.problem);
    }
    if (request.contentLength() > options.longestUpload) {
      return tooLongAnswer();
    }
    return std::make_shared<UploadConnection>(options, fault, std::move(settings), store, log,
                                              peer);
  }

  std::string answerStreamRequest(const HttpRequest& request) {
    if (!isLetIn(request, options)) {
      return streamRefusal(401, "Unauthorized", "GENERAL_AUTHENTICATION_ERROR",
                           "Missing or invalid credentials");
    }
    const StreamRequestTarget target = streamRequestTarget(request.target);
    if (request.method != (target.isCancel ? "PUT" : "GET")) {
      return streamRefusal(405, "Method Not Allowed", "GENERAL_BAD_REQUEST_ERROR",
                           "GET a stream, or PUT its end");
    }
    const auto stream = store.findOne(target.streamId);
    if (!stream) {
      return streamRefusal(404, "Not Found", "GENERAL_NOT_FOUND_ERROR", "There is no such stream");
    }
    if (target.isCancel) {
      log.change([&](GatewayServerLog& changed) { changed.cancelled.push_back(target.streamId); });
      store.end(*stream, "FAILED");
    }
    return httpResponse(200, "OK", "application/json",
                        streamObject(stream->settings, "HTTP", stream->state, options.nullMembers));
  }

  UpgradeDecision decideEgress(const HttpRequest& request, WebSocketPeer& peer) {
    ++egressRequests;
    log.change([&](GatewayServerLog& changed) {
      ++changed.egressRequests;
      if (options.logMessages) {
        changed.egressTargets.push_back(request.target);
      }
    });
    const EgressFault& planned = options.egressFault;
    const bool isPlayed = planned.times == 0 || egressRequests <= planned.times;
    const EgressFault fault = isPlayed ? planned : EgressFault();
    if (!isLetIn(request, options)) {
      return streamRefusal(401, "Unauthorized", "GENERAL_AUTHENTICATION_ERROR",
                           "Missing or invalid credentials");
    }
    if (fault.kind == EgressFault::Kind::refusal) {
      return httpResponse(fault.httpStatus, "Refused", "application/json", fault.error);
    }
    if (fault.kind == EgressFault::Kind::html) {
      return httpResponse(200, "OK", "text/html", "<html><title>Sign in</title></html>");
    }
    EgressQuery query = egressQuery(request.target);
    if (!query.problem.empty()) {
      return httpResponse(400, "Bad Request", "application/json", query.problem);
    }
    auto streams = store.find(query.streams, query.group);
    if (streams.empty() || streams.size() < query.streams.size()) {
      return streamRefusal(404, "Not Found", "GENERAL_NOT_FOUND_ERROR", "There is no such stream");
    }
    return std::make_shared<EgressConnection>(
        EgressAnswer(options, fault, std::move(query), std::move(streams), log, peer), store, peer);
  }

  const GatewayServerOptions options;
  const GatewayServerOptions faultless = withoutFault(options);
  unsigned upgrades = 0;
  GatewayLog log;
  StreamStore store;  // This and the next: on the server's thread.
  unsigned egressRequests = 0;
  unsigned uploadRequests = 0;
  WebSocketServer server;
};

GatewayServer::GatewayServer(GatewayServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

GatewayServer::~GatewayServer() = default;

std::uint16_t GatewayServer::port() const {
  return impl_->server.port();
}

std::string GatewayServer::url() const {
  return impl_->urlOf("ws", "/ws-gateway/api/v1/");
}

std::string GatewayServer::egressUrl() const {
  return impl_->urlOf("http", egressPath);
}

std::string GatewayServer::tokenUrl() const {
  return impl_->urlOf("http", tokenPath);
}

std::string GatewayServer::uploadUrl() const {
  return impl_->urlOf("http", uploadPath);
}

std::string GatewayServer::streamServiceUrl() const {
  return impl_->urlOf("http", streamServicePath);
}

GatewayServerLog GatewayServer::log() const {
  return impl_->log.read();
}

bool GatewayServer::waitUntil(const std::function<bool(const GatewayServerLog&)>& condition,
                              Duration limit) const {
  return impl_->log.waitUntil(condition, limit);
}

bool GatewayServer::waitUntilIdle(Duration limit) const {
  return waitUntil([](const GatewayServerLog& log) { return log.openConnections == 0; }, limit);
}

}  // namespace wsferry::testing
