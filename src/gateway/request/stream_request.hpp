#pragma once

#include <optional>
#include <string>

#include "wsferry/core/url.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/gateway/stream_options.hpp"
#include "wsferry/gateway/url_provider.hpp"

namespace wsferry::gateway {

/// What opens a stream.
struct StreamRequest {
  Url url;
  WebSocketOptions connection;
  std::string firstMessage;  ///< Empty: there is none.

  /// What brings the URL, which is to be asked for first: useSessionAnswer().
  std::optional<UrlRequest> urlRequest;
  std::string streamId;  ///< That the answer to it has; may be empty.
};

/// The request that the options ask for, with `secret` as the credentials' secret. Where a
/// secretProvider is still to give it, `secret` is empty: the request is good for checking alone,
/// and its connection shows no credentials.
/// @throws Error with Errc::invalidOption, Errc::invalidUrl or Errc::plaintextCredentials for
/// whatever can be known to be wrong before connecting.
StreamRequest makeStreamRequest(const StreamOptions& options, const std::string& secret);

/// Takes the URL from the body that answered the request for it.
/// @throws Error with Errc::protocolViolation if it has none that may be connected to.
void useSessionAnswer(const StreamOptions& options, const std::string& body,
                      StreamRequest& request);

}  // namespace wsferry::gateway
