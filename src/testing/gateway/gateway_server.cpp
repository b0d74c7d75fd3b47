#include "wsferry/testing/gateway_server.hpp"

#include <asio/steady_timer.hpp>
#include <utility>

#include "testing/gateway/gateway_conversation.hpp"
#include "testing/gateway/gateway_log.hpp"
#include "testing/gateway/gateway_request.hpp"
#include "testing/server/websocket_server.hpp"
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
                 WebSocketPeer& peer)
      : options_(options),
        log_(log),
        conversation_(options, std::move(settings), log, peer),
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

}  // namespace

class GatewayServer::Impl {
 public:
  explicit Impl(GatewayServerOptions serverOptions)
      : options(std::move(serverOptions)),
        server(socketOptions(), [this](const HttpRequest& request, WebSocketPeer& peer) {
          return decide(request, peer);
        }) {}

  WebSocketServerOptions socketOptions() {
    check(options);
    WebSocketServerOptions result;
    result.port = options.port;
    result.address = options.address;
    result.maxBytesToSend = maxBytesToSend;
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

  WebSocketServer::Decision decide(const HttpRequest& request, WebSocketPeer& peer) {
    if (options.logMessages) {
      log.change([&](GatewayServerLog& changed) { changed.targets.push_back(request.target); });
    }
    const GatewayFault& fault = options.fault;
    if (fault.moment == GatewayFault::Moment::upgrade && fault.kind != GatewayFault::Kind::none &&
        fault.kind != GatewayFault::Kind::endOfStream) {
      return playAtUpgrade(fault, peer);
    }
    if (auto response = upgradeRefusal(request, options)) {
      return std::move(*response);
    }
    return std::make_shared<GatewaySession>(options, streamSettings(request.target, options), log,
                                            peer);
  }

  const GatewayServerOptions options;
  GatewayLog log;
  WebSocketServer server;
};

GatewayServer::GatewayServer(GatewayServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

GatewayServer::~GatewayServer() = default;

std::uint16_t GatewayServer::port() const {
  return impl_->server.port();
}

std::string GatewayServer::url() const {
  const std::string& address = impl_->options.address;
  const bool isIpv6 = address.find(':') != std::string::npos;
  return "ws://" + (isIpv6 ? "[" + address + "]" : address) + ":" + std::to_string(port()) +
         "/ws-gateway/api/v1/";
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
