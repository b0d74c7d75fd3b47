#pragma once

#include <string>
#include <string_view>

#include "testing/server/http_request.hpp"
#include "testing/server/websocket_session.hpp"
#include "wsferry/testing/gateway_server.hpp"

namespace wsferry::testing {

inline constexpr std::string_view tokenPath = "/realms/testing/protocol/openid-connect/token";

/// The whole answer of the token endpoint (protocol section 3.3); empty where the connection ends
/// without one.
std::string answerTokenRequest(const HttpRequest& request, const GatewayServerOptions& options,
                               WebSocketPeer& peer);

}  // namespace wsferry::testing
