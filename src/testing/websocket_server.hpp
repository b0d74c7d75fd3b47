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
};

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

  virtual asio::any_io_executor executor() = 0;

 protected:
  ~WebSocketPeer() = default;
};

/// What a server does on one connection. Released when the connection is over.
class WebSocketSession {
 public:
  virtual ~WebSocketSession() = default;
  virtual void onMessage(MessageType type, std::string payload) = 0;
};

struct WebSocketServerOptions {
  std::uint16_t port = 0;  ///< 0 picks a free one.
  std::string address = "127.0.0.1";
  std::size_t maxMessageSize = 100u << 20;

  /// As in Faults; the answer to the upgrade counts.
  std::optional<std::uint64_t> cutAfterBytes;
  std::optional<std::uint64_t> freezeAfterBytes;
};

/// A WebSocket server on a thread of its own; destruction ends it and all connections at once.
class WebSocketServer {
 public:
  /// A session, or the whole HTTP response of a refusal.
  using Decision = std::variant<std::shared_ptr<WebSocketSession>, std::string>;

  /// Decides about a request. The peer outlives the session. Called on the server's thread, as the
  /// sessions are.
  using Decide = std::function<Decision(const HttpRequest&, WebSocketPeer&)>;

  struct Counts {
    unsigned connections = 0;
    unsigned openConnections = 0;
    unsigned pings = 0;
  };

  /// @throws Error when the address is none or cannot be listened on.
  WebSocketServer(const WebSocketServerOptions& options, Decide decide);
  ~WebSocketServer();

  std::uint16_t port() const;
  Counts counts() const;

  /// Blocks until no connection is open, or the limit passes; says which.
  bool waitUntilIdle(Duration limit) const;

 private:
  class Impl;
  class Connection;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::testing
