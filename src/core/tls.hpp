#pragma once

#include <asio/ssl.hpp>
#include <string>
#include <system_error>

#include "core/stream_socket.hpp"
#include "wsferry/core/websocket_client.hpp"

namespace wsferry {

/// A client's TLS settings: TLS 1.2 or newer, certificates verified.
/// @throws Error with Errc::invalidOption, naming a file that cannot be used.
asio::ssl::context makeTlsContext(const TlsOptions& options);

/// Makes the stream ask for and insist on `host`, a name or an IP address.
void expectHost(StreamSocket::Tls& stream, const std::string& host);

/// Why a handshake failed, as a sentence with the remedy.
std::string describeTlsFailure(StreamSocket::Tls& stream, const std::error_code& error,
                               const std::string& host);

}  // namespace wsferry
