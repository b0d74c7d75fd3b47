#pragma once

#include <string>

#include "core/text/query_string.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// Puts the credentials, with `secret` as their secret, where they are to be shown: into the
/// connection's headers or subprotocols, or behind `query`. What must not be repeated goes into the
/// connection's secrets. An empty secret is one that is not known yet: what comes of it may be
/// checked, and is not to be sent.
/// @throws Error with Errc::invalidOption for credentials that are incomplete or do not fit.
void placeCredentials(const Credentials& credentials, const std::string& secret,
                      WebSocketOptions& connection, QueryParameters& query);

}  // namespace wsferry::gateway
