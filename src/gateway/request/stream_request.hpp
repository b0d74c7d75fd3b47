#pragma once

#include <string>

#include "wsferry/core/url.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// What opens a stream.
struct StreamRequest {
  Url url;
  WebSocketOptions connection;
  std::string firstMessage;  ///< Empty: there is none.
};

/// The request that the options ask for, with `secret` as the credentials' secret. Where a
/// secretProvider is still to give it, `secret` is empty: the request is good for checking alone,
/// and its connection shows no credentials.
/// @throws Error with Errc::invalidOption, Errc::invalidUrl or Errc::plaintextCredentials for
/// whatever can be known to be wrong before connecting.
StreamRequest makeStreamRequest(const StreamOptions& options, const std::string& secret);

}  // namespace wsferry::gateway
