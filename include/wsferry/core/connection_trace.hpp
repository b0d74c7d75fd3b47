#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/connection_options.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/export.hpp"

namespace wsferry {

/// What people ask about a certificate.
struct PeerCertificate {
  std::string subject;             ///< Its common name; its whole subject if it has none.
  std::string issuer;              ///< The same for its signer.
  std::vector<std::string> names;  ///< The hosts it is for: DNS names and IP addresses.
  std::chrono::system_clock::time_point notBefore;
  std::chrono::system_clock::time_point notAfter;
};

/// How far a connection got, and what was seen on the way. With a proxy, name and address are the
/// proxy's.
struct ConnectionTrace {
  std::string proxy;                   ///< Its host:port; empty without one.
  std::vector<std::string> addresses;  ///< Of the name, or the address given instead of one.
  std::string address;                 ///< The one that was reached, as address:port.

  /// How long each step took; nothing for one that failed or was not made.
  std::optional<Duration> lookup;
  std::optional<Duration> connect;
  std::optional<Duration> tunnel;     ///< The proxy's answer to CONNECT.
  std::optional<Duration> handshake;  ///< Of TLS.

  std::string tlsVersion;  ///< Such as TLSv1.3; empty before the end of a handshake.
  /// The server's, then each signer's: as far as the chain was verified, even if it was refused.
  std::vector<PeerCertificate> certificates;
};

namespace detail {

WSFERRY_API void startTrace(asio::io_context& context, const Url& url,
                            const ConnectionOptions& options,
                            Completion<std::error_code, ErrorInfo, ConnectionTrace> completion);

}  // namespace detail

/// Opens the connection that a WebSocket to `url` would use (name, TCP, proxy, TLS), sends nothing
/// over it, and closes it. Uses no credentials but the proxy's.
///  - Runs on `context`, which one thread runs and which must outlive the call.
///  - Signature: `void(std::error_code, ErrorInfo, ConnectionTrace)`.
///  - Completes within ConnectionOptions::connectTimeout; what was seen until then is in the trace.
///  - Errors: Errc::invalidOption, nameNotResolved, connectFailed, connectTimedOut, tlsFailed,
///    proxyRefused, outOfResources.
///  - Cancellation is not supported.
template <class Token>
auto traceConnection(asio::io_context& context, const Url& url, const ConnectionOptions& options,
                     Token&& token) {
  return detail::initiate<std::error_code, ErrorInfo, ConnectionTrace>(
      context.get_executor(),
      [&context, url, options](auto completion) {
        detail::startTrace(context, url, options, std::move(completion));
      },
      std::forward<Token>(token));
}

}  // namespace wsferry
