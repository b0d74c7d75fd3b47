#pragma once

#include <asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wsferry/core/message_type.hpp"

namespace wsferry::testing {

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

/// What a server does on a connection that stays one of HTTP: it answers with sendRaw(). Released
/// when the connection is over.
class HttpSession {
 public:
  virtual ~HttpSession() = default;
  virtual void onOpen() = 0;

  /// Some bytes of the body, where WebSocketServerOptions::streamsBody says so.
  virtual void onBody(std::string_view /*bytes*/) {}

  /// That was all of it.
  virtual void onBodyEnd() {}

  /// The network has taken everything that was queued.
  virtual void onDrained() {}
};

}  // namespace wsferry::testing
