#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "wsferry/core/transport.hpp"
#include "wsferry/export.hpp"

namespace wsferry {

/// What an engine does besides changing its own state; called from inside the engine's functions,
/// so an implementation must not call the engine back nor destroy it, but take note and act
/// afterwards.
class WebSocketEngineEvents {
 public:
  virtual ~WebSocketEngineEvents() = default;
  virtual void onOutput(std::string_view bytes) = 0;  ///< To be sent to the peer, in order.
  virtual void onOpen() = 0;
  virtual void onMessage(MessageType type, std::string payload) = 0;
  virtual void onPong(std::string_view payload) = 0;
  /// The closing handshake is done (code and reason are the peer's), or failed with `error`: the
  /// upgrade (Errc::invalidUpgrade), a message over the limit (Errc::messageTooBig), or the peer
  /// broke the protocol (Errc::protocolViolation). Once; afterwards the engine does nothing.
  virtual void onClosed(std::uint16_t code, std::string_view reason, std::error_code error) = 0;
};

/// The WebSocket protocol without I/O: bytes in, bytes out. websocketpp's protocol core inside; its
/// only user-visible trace is this class. Not thread-safe.
class WSFERRY_API WebSocketEngine {
 public:
  struct Request {
    std::string url;  ///< ws://host/target, for the Host header and the request line.
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<std::string> subprotocols;  ///< Go out as they are.
  };

  /// A client; start() emits the upgrade request.
  static std::unique_ptr<WebSocketEngine> client(WebSocketEngineEvents& events,
                                                 const Request& request,
                                                 std::size_t maxMessageSize);
  /// A server for one connection that accepts every valid upgrade.
  static std::unique_ptr<WebSocketEngine> server(WebSocketEngineEvents& events,
                                                 std::size_t maxMessageSize);

  virtual ~WebSocketEngine() = default;
  virtual void start() = 0;

  /// Takes what the peer sent. Where the peer breaks the protocol, hasFailed() is true afterwards:
  /// what came before is good, and may still be answered, until settle().
  virtual void take(std::string_view bytes) = 0;
  virtual bool hasFailed() const = 0;
  /// Tells the peer of its failure, if there is one, and ends with onClosed().
  virtual void settle() = 0;

  /// The two at once.
  void feed(std::string_view bytes) {
    take(bytes);
    settle();
  }

  // These do nothing unless the connection is open.
  // @throws Error with Errc::invalidOption for a text that is not UTF-8, a payload longer than 125
  // bytes, or a code that may not be sent.
  virtual void send(MessageType type, std::string_view payload) = 0;
  virtual void ping(std::string_view payload) = 0;
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  virtual std::string subprotocol() const = 0;
};

}  // namespace wsferry
