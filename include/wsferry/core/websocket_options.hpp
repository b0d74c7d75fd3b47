#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"

namespace wsferry {

/// How a wss connection is secured. The certificate chain and the host name are always verified.
struct TlsOptions {
  std::string caFile;                 ///< PEM file of trusted roots; the system's when empty.
  std::string clientCertificateFile;  ///< PEM chain to authenticate with; none when empty.
  std::string clientKeyFile;          ///< PEM key of that certificate.
};

/// How to open and hold a WebSocket connection.
struct WebSocketOptions {
  /// Sent as `Authorization: Bearer ...` when not empty.
  std::string bearerToken;

  /// Further request headers, in order. Errc::invalidOption for control characters and for the
  /// headers that make up the upgrade itself.
  std::vector<std::pair<std::string, std::string>> headers;

  /// Sent as Sec-WebSocket-Protocol when not empty. The server may choose one or none; another one
  /// is Errc::invalidUpgrade. An entry that is no HTTP token, or given twice, is
  /// Errc::invalidOption.
  std::vector<std::string> subprotocols;
  /// Such entries are sent nevertheless; never empty ones, commas and control characters.
  bool rawSubprotocols = false;
  bool requireSubprotocol = false;  ///< Errc::invalidUpgrade unless the server chooses one.

  /// Values within headers, subprotocols or the URL's query that are credentials as well: they are
  /// guarded as those are, and no error repeats them.
  std::vector<std::string> secrets;

  /// Lets credentials (bearer token, Authorization, Cookie or Proxy-Authorization header, secrets,
  /// parameters of the URL's query that are named as such: token, api_key and the like) cross a
  /// plaintext connection to another machine. Default false: Errc::plaintextCredentials at once.
  bool allowPlaintextCredentials = false;

  TlsOptions tls;

  /// `http://[user:password@]host[:port]` of a proxy to reach the server through, with CONNECT. Its
  /// user info is percent-decoded and goes to the proxy as Basic authentication, unencrypted.
  std::string proxy;

  Duration connectTimeout{15'000};    ///< Name, TCP, proxy and TLS together. Default 15 s.
  Duration handshakeTimeout{15'000};  ///< From the upgrade request to its answer. Default 15 s.
  Duration closeTimeout{1'000};       ///< Wait for the peer's part of a close. Default 1 s.

  /// A larger incoming message ends the connection with Errc::messageTooBig. Default 256 MiB.
  std::size_t maxMessageSize = std::size_t{256} << 20;

  /// Bytes of received messages that may wait for receive(); beyond it nothing is read from the
  /// socket. Default 16 MiB.
  std::size_t receiveQueueLimit = std::size_t{16} << 20;
};

}  // namespace wsferry
