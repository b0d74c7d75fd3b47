#pragma once

#include <asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/transport.hpp"

namespace wsferry::testing {

/// The head of a request, as received.
struct HttpRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;

  /// The value of the first header with this name, in any letter case; empty without one.
  std::string_view header(std::string_view name) const;

  bool asksForWebSocket() const;
};

/// A whole HTTP response that ends its connection.
std::string httpResponse(int status, std::string_view reason, std::string_view contentType,
                         std::string_view body);

/// The connection as its session sees it. To be called on executor(), the connection's strand; does
/// nothing once the connection is over.
class WebSocketPeer {
 public:
  virtual void send(MessageType type, std::string_view payload) = 0;

  /// Sends bytes as they are, unframed.
  virtual void sendRaw(std::string_view bytes) = 0;

  /// Sends what is queued and a close frame; nothing more is sent then.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;

  /// Sends what is queued and resets the TCP connection.
  virtual void reset() = 0;

  /// Sends what is queued and ends the TCP connection, without a close frame.
  virtual void disconnect() = 0;

  /// Sends what is queued; from then on sends nothing and reads nothing, pings included. The
  /// connection then counts as open until the client resets it.
  virtual void freeze() = 0;

  /// Bytes queued and not yet taken by the network.
  virtual std::size_t bytesToSend() const = 0;

  virtual asio::any_io_executor executor() = 0;

 protected:
  ~WebSocketPeer() = default;
};

/// What a server does on one connection. Released when the connection is over.
class WebSocketSession {
 public:
  virtual ~WebSocketSession() = default;

  /// The subprotocol to answer the upgrade with, offered or not; empty for none.
  virtual std::string subprotocol() const { return {}; }

  /// The upgrade has been answered: the server may speak first.
  virtual void onOpen() {}

  virtual void onMessage(MessageType type, std::string payload) = 0;

  /// Pings have come; they are answered already.
  virtual void onPing() {}

  /// The network has taken everything that was queued.
  virtual void onDrained() {}
};

struct WebSocketServerCounts {
  unsigned connections = 0;
  unsigned openConnections = 0;
  unsigned pings = 0;
  unsigned closesAnswered = 0;  ///< Close frames of the server that the client answered.
};

struct WebSocketServerOptions {
  std::uint16_t port = 0;  ///< 0 picks a free one.
  std::string address = "127.0.0.1";
  std::size_t maxMessageSize = 100u << 20;

  /// While more waits to be sent to a client, nothing is read from it.
  std::size_t maxBytesToSend = SIZE_MAX;

  /// As in Faults; the answer to the upgrade counts.
  std::optional<std::uint64_t> cutAfterBytes;
  std::optional<std::uint64_t> freezeAfterBytes;

  /// Told of every change, on the server's thread. May be empty.
  std::function<void(const WebSocketServerCounts&)> onCounts;
};

/// A WebSocket server on a thread of its own; destruction ends it and all connections at once.
class WebSocketServer {
 public:
  /// A session, or the whole HTTP response of a refusal.
  using Decision = std::variant<std::shared_ptr<WebSocketSession>, std::string>;

  /// Decides about a request. The peer outlives the session. Called on the server's thread, as the
  /// sessions are.
  using Decide = std::function<Decision(const HttpRequest&, WebSocketPeer&)>;

  /// @throws Error when the address is none or cannot be listened on.
  WebSocketServer(const WebSocketServerOptions& options, Decide decide);
  ~WebSocketServer();

  std::uint16_t port() const;
  WebSocketServerCounts counts() const;

  /// Blocks until no connection is open, or the limit passes; says which.
  [[nodiscard]] bool waitUntilIdle(Duration limit) const;

 private:
  class Impl;
  class Connection;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::testing
