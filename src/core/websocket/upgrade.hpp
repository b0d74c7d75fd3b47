#pragma once

#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/websocket/websocket_engine.hpp"
#include "wsferry/core/detail/net/http_response.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/export.hpp"

namespace wsferry {

/// The upgrade request for these options.
/// @throws Error with Errc::invalidOption for a header that cannot be sent, and with
/// Errc::plaintextCredentials for credentials that would cross a network unencrypted.
WSFERRY_API WebSocketEngine::Request makeUpgradeRequest(const Url& url,
                                                        const WebSocketOptions& options);

/// The head of a 101 answer without what announces a body: a 101 has none, though some servers and
/// proxies say so, and the engine would take the first messages for it.
[[nodiscard]] std::string headWithoutBody(std::string_view head);

/// What in a 101 answer does not fit the request, beyond what the engine checks; empty if nothing.
[[nodiscard]] std::string findUpgradeProblem(const HttpResponse& answer, const Url& url,
                                             const WebSocketOptions& options);

/// The address that a redirect from `url` leads to, whole, as it can be typed; without its query,
/// which may hold a secret.
WSFERRY_API std::string redirectTarget(const Url& url, std::string_view location);

/// The failure for an answer that is not 101.
std::pair<Errc, ErrorInfo> describeRefusal(const HttpResponse& answer, const Url& url,
                                           const WebSocketOptions& options);

}  // namespace wsferry
