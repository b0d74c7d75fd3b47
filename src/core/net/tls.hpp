#pragma once

#include <asio/execution_context.hpp>
#include <asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <system_error>

#include "core/net/tls_stream.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/export.hpp"

namespace wsferry {

/// A client's TLS settings: TLS 1.2 or newer, certificates verified. Loading the trusted roots is
/// slow and takes memory, so all users of the same options on one execution context get the same
/// settings as long as one of them holds them. A named file that was changed makes settings of its
/// own; the system's roots are looked at anew once nobody holds the old ones. Safe from any thread.
/// @throws Error with Errc::invalidOption, naming a file that cannot be used.
WSFERRY_API std::shared_ptr<asio::ssl::context> sharedTlsContext(asio::execution_context& owner,
                                                                 const TlsOptions& options);

/// Makes the stream ask for and insist on `host`, a name or an IP address.
void expectHost(TlsStream& stream, const std::string& host);

/// What is wrong with a certificate for `host`, with the remedy, by OpenSSL's result of verifying
/// it; to follow a colon.
WSFERRY_API std::string describeCertificateProblem(long result, const std::string& host);

/// Why the handshake with `peer` failed, with the remedy. `host` is the name that it had to prove.
ErrorInfo describeTlsFailure(TlsStream& stream, const std::error_code& error,
                             const std::string& host, const std::string& peer);

}  // namespace wsferry
