#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wsferry/core/detail/net/http_response.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/core/websocket_options.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"
#include "wsferry/gateway/detail/messages/message_template.hpp"
#include "wsferry/gateway/detail/profile/profile_check.hpp"
#include "wsferry/gateway/detail/request/audio_description.hpp"
#include "wsferry/gateway/detail/request/configuration_message.hpp"
#include "wsferry/gateway/detail/request/credentials_placement.hpp"
#include "wsferry/gateway/detail/request/refuse_option.hpp"
#include "wsferry/gateway/detail/request/session_request.hpp"
#include "wsferry/gateway/detail/request/stream_query.hpp"
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

namespace detail {

// The message has been read as JSON before.
inline void requireConfiguration(const StreamOptions& options) {
  if (options.configuration.empty()) {
    return;
  }
  for (const auto& [path, value] : options.profile.configurationNeeds) {
    if (memberTextAt(options.configuration, path) != value) {
      refuse("configuration", "In the configuration " + path + " must be " + value +
                                  " for this gateway's profile: otherwise results could be lost");
    }
  }
}

inline void requireWebhooks(const StreamOptions& options, const FirstMessage& firstMessage) {
  requireWebhookCount(options.webhooks.size());
  for (const auto& [name, url] : options.webhooks) {
    if (name.empty()) {
      refuse("webhooks",
             "A webhook has no name; it is webhook, or names events such as webhook.stream");
    }
    requireWebhookUrl(url, "\"" + printable(name, 100) + "\"");
  }
  if (!options.webhooks.empty() && firstMessage.hasWebhooks) {
    refuse("webhooks",
           "Webhooks are given as options and in the configuration: a gateway takes only one of "
           "these");
  }
}

inline std::string configurationOf(const StreamOptions& options, const std::string& secret) {
  const Credentials& credentials = options.credentials;
  if (asksForUrl(options)) {
    return fillIn(options.profile.firstMessage, placeholderValues(options, {}));
  }
  if (credentials.kind != Credentials::Kind::none &&
      credentials.placement == Credentials::Placement::firstMessage &&
      !hasPlaceholder(options, "token")) {
    refuse("credentials.placement",
           "The first message has no place for the credentials: place them elsewhere");
  }
  return options.configuration.empty()
             ? fillIn(options.profile.firstMessage, placeholderValues(options, secret))
             : options.configuration;
}

inline void requireProfile(const Profile& profile) {
  if (const auto fault = faultOf(profile)) {
    refuse("profile", "The profile cannot work: " + fault->member + " " + fault->problem);
  }
}

inline void requireConnection(const StreamOptions& options) {
  if (!options.connection.bearerToken.empty() || !options.connection.subprotocols.empty()) {
    refuse("connection",
           "The connection has its own bearer token or subprotocols; for a stream they are part of "
           "its credentials");
  }
  if (options.keepAlive == KeepAliveMode::off) {
    return;
  }
  if (options.keepAliveInterval <= Duration::zero()) {
    refuse("keepAliveInterval", "The keep-alive interval is not positive; mode off sends none");
  }
  if (options.keepAlive != KeepAliveMode::ping && options.profile.keepAliveMessage.empty()) {
    refuse("keepAlive", "This gateway's profile has no keep-alive message; use pings");
  }
}

// What the program shows by itself that is a credential as well.
inline void addWrittenSecrets(const StreamOptions& options, std::vector<std::string>& secrets) {
  for (std::string& secret : credentialsInQuery(baseUrlOf(options))) {
    secrets.push_back(std::move(secret));
  }
  for (const auto& [name, value] : options.query) {
    if (namesCredential(name)) {
      secrets.push_back(value);
    }
  }
  for (const auto& [name, value] : options.connection.headers) {
    if (equalsIgnoringCase(name, "X-Client-Secret")) {
      secrets.push_back(value);
    }
  }
}

// makeStreamRequest(), with what refuses a connection that could not be opened:
// `requireUpgrade(url, connection)`.
template <class Require>
StreamRequest composeStreamRequest(const StreamOptions& options, const std::string& secret,
                                   const Require& requireUpgrade) {
  requireProfile(options.profile);
  requireConnection(options);
  requireParameters(options);
  requireFreeParameters(options);
  requireAudio(options);
  requireUrlPatches(options);
  if (!asksForUrl(options)) {
    requireNothingForSession(options);
  }
  FirstMessage firstMessage = makeFirstMessage(options.profile, configurationOf(options, secret));
  requireConfiguration(options);
  requireWebhooks(options, firstMessage);

  StreamRequest request;
  request.connection = options.connection;
  addWrittenSecrets(options, request.connection.secrets);
  QueryParameters query = parametersOf(options, !firstMessage.text.empty());
  request.firstMessage = std::move(firstMessage.text);
  if (asksForUrl(options)) {
    request.urlRequest = makeUrlRequest(options, appendQuery(baseUrlOf(options), query),
                                        placeholderValues(options, secret), secret);
    request.connection.headers.clear();
    for (const std::string& own : request.urlRequest->secrets) {
      request.connection.secrets.push_back(own);
    }
    return request;
  }
  WebSocketOptions connection = request.connection;
  placeCredentials(options.profile, options.credentials, secret, connection, query);
  request.url = Url::parse(appendQuery(baseUrlOf(options), query));

  // The connection would refuse all this as well, but only when it is made. The secret may not be
  // known yet, and is to be guarded nevertheless.
  WebSocketOptions checked = connection;
  if (options.credentials.kind != Credentials::Kind::none) {
    checked.secrets.emplace_back("a secret");
  }
  requireUpgrade(request.url, checked);
  if (!secret.empty()) {
    request.connection = std::move(connection);
  }
  request.connection.secrets = secretsOf(request.url, request.connection);
  return request;
}

}  // namespace detail

inline void useSessionAnswer(const StreamOptions& options, const std::string& body,
                             StreamRequest& request) {
  SessionAnswer answer = readSessionAnswer(options, body);
  request.url = std::move(answer.url);
  request.streamId = std::move(answer.streamId);
  for (std::string& secret : answer.secrets) {
    request.connection.secrets.push_back(std::move(secret));
  }
}

}  // namespace wsferry::gateway
