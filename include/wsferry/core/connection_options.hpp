#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/rate_limit.hpp"

namespace wsferry {

/// How a TLS connection is secured. The certificate chain and the host name are always verified.
struct TlsOptions {
  std::string caFile;                 ///< PEM file of trusted roots; the system's when empty.
  std::string clientCertificateFile;  ///< PEM chain to authenticate with; none when empty.
  std::string clientKeyFile;          ///< PEM key of that certificate: both, or none.
};

/// How to reach a server and what to show it: what every kind of connection has in common.
struct ConnectionOptions {
  /// Sent as `Authorization: Bearer ...` when not empty.
  std::string bearerToken;

  /// Further request headers. Cookies go out in one header, in order. Errc::invalidOption for
  /// control characters, for the headers that the connection sets itself, and for a second header
  /// of one name: of credentials, and of whatever an upgrade request has.
  std::vector<std::pair<std::string, std::string>> headers;

  /// Values in headers, subprotocols or the URL's query that are also credentials: they are
  /// protected like those, and no error repeats them.
  std::vector<std::string> secrets;

  /// Lets credentials (bearer token, Authorization, Cookie or Proxy-Authorization header, secrets,
  /// parameters of the URL's query that are named as such: token, api_key and the like) cross a
  /// plaintext connection to another machine. Default false: Errc::plaintextCredentials at once.
  bool allowPlaintextCredentials = false;

  TlsOptions tls;

  /// `http://[user:password@]host[:port]` of a proxy to reach the server through. Its user info is
  /// percent-decoded and goes to the proxy as Basic authentication, unencrypted.
  std::string proxy;

  /// Limits the bytes per second; may be shared with other connections. Null, the default, means no
  /// limit.
  std::shared_ptr<RateLimit> rateLimit;

  Duration connectTimeout{15'000};  ///< Name, TCP, proxy and TLS together. Default 15 s.
};

}  // namespace wsferry
