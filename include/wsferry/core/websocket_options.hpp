#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/connection_options.hpp"

namespace wsferry {

/// How to open and hold a WebSocket connection. A proxy is asked for a tunnel with CONNECT.
struct WebSocketOptions : ConnectionOptions {
  /// Sent as Sec-WebSocket-Protocol when not empty. The server may choose one or none; any other is
  /// Errc::invalidUpgrade. An entry that is not an HTTP token, or is given twice, is
  /// Errc::invalidOption.
  std::vector<std::string> subprotocols;
  /// Sends such entries nevertheless, but never empty ones, commas or control characters.
  bool rawSubprotocols = false;
  bool requireSubprotocol = false;  ///< Errc::invalidUpgrade unless the server chooses one.

  Duration handshakeTimeout{15'000};  ///< From the upgrade request to its answer. Default 15 s.
  Duration closeTimeout{1'000};       ///< Wait for the peer's part of a close. Default 1 s.

  /// A larger incoming message ends the connection with Errc::messageTooBig. Default 256 MiB.
  std::size_t maxMessageSize = std::size_t{256} << 20;

  /// Bytes of received messages that may wait for receive(); beyond it nothing is read from the
  /// socket. Default 16 MiB.
  std::size_t receiveQueueLimit = std::size_t{16} << 20;
};

}  // namespace wsferry
