#pragma once

#include <asio/io_context.hpp>
#include <string>

#include "tool/doctor/findings.hpp"
#include "wsferry/core/connection_trace.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/core/websocket_options.hpp"

namespace wsferry::tool {

/// Checks name, tcp, proxy and tls. Whether a connection could be made. @throws Error with
/// Errc::invalidOption for options that no connection can be made with.
bool checkConnection(asio::io_context& context, const Url& url, const WebSocketOptions& options,
                     const std::string& adminUrl, Findings& findings);

/// What `trace`, which came to its end, says of the certificates at the time `now`.
Finding certificateFinding(const ConnectionTrace& trace, std::chrono::system_clock::time_point now);

}  // namespace wsferry::tool
