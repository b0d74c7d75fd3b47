#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/net/http_response.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"
#include "wsferry/gateway/detail/messages/message_template.hpp"
#include "wsferry/gateway/detail/request/configuration_message.hpp"
#include "wsferry/gateway/detail/request/credentials_placement.hpp"
#include "wsferry/gateway/detail/request/refuse_option.hpp"
#include "wsferry/gateway/stream_options.hpp"
#include "wsferry/gateway/url_provider.hpp"

namespace wsferry::gateway {

/// Whether a request by HTTP brings the URL of this stream.
[[nodiscard]] bool asksForUrl(const StreamOptions& options);

/// Where the profile has a sessionRequest and the stream is given a URL of one, refuses what that
/// request would have been told. @throws Error with Errc::invalidOption.
void requireNothingForSession(const StreamOptions& options);

/// The request, to `url`; an empty secret is one that is not known yet.
/// @throws Error with Errc::invalidOption, invalidUrl, plaintextCredentials.
[[nodiscard]] UrlRequest makeUrlRequest(const StreamOptions& options, const std::string& url,
                                        const PlaceholderValues& values, const std::string& secret);

/// What the answer to it brings.
struct SessionAnswer {
  Url url;
  std::string streamId;              ///< Empty: it has none.
  std::vector<std::string> secrets;  ///< Of the URL.
};

/// @throws Error with Errc::protocolViolation for an answer without such a URL.
[[nodiscard]] SessionAnswer readSessionAnswer(const StreamOptions& options,
                                              const std::string& body);

namespace detail {

inline constexpr std::string_view tokenMark = "{token}";

inline bool isHttpUrl(const std::string& url) {
  const std::string scheme = Url::parse(url).scheme;
  return scheme == "http" || scheme == "https";
}

// Whether the request has a place for a secret.
inline bool takesToken(const StreamOptions& options) {
  const SessionRequest& request = options.profile.sessionRequest;
  const bool inHeaders = std::any_of(
      request.headers.begin(), request.headers.end(),
      [](const auto& header) { return header.second.find(tokenMark) != std::string::npos; });
  return inHeaders ||
         (options.configuration.empty() && request.body.find(tokenMark) != std::string::npos);
}

inline void requireSessionCredentials(const StreamOptions& options, const std::string& secret) {
  const Credentials& credentials = options.credentials;
  if (credentials.kind == Credentials::Kind::none) {
    WebSocketOptions connection;
    QueryParameters query;
    placeCredentials(options.profile, credentials, secret, connection, query);  // Only looks.
    return;
  }
  requireComplete(credentials, secret);
  if (credentials.kind != Credentials::Kind::apiKey &&
      credentials.kind != Credentials::Kind::bearer) {
    refuse("credentials.kind",
           "This gateway's profile has no place for a client id and its secret: give a key");
  }
  if (credentials.placement != Credentials::Placement::header ||
      !credentials.subprotocols.empty()) {
    refuse("credentials.placement",
           "This gateway's profile sends credentials in a separate request: do not place them");
  }
  if (!takesToken(options)) {
    refuse("credentials.kind",
           "This gateway's profile has no place for credentials: leave them out");
  }
}

inline void addSessionHeaders(const StreamOptions& options, const std::string& secret,
                              UrlRequest& request) {
  request.headers = options.connection.headers;
  const auto has = [&](std::string_view name) {
    return std::any_of(request.headers.begin(), request.headers.end(),
                       [&](const auto& header) { return equalsIgnoringCase(header.first, name); });
  };
  const bool isKnown = options.credentials.kind != Credentials::Kind::none;
  for (const auto& [name, value] : options.profile.sessionRequest.headers) {
    if (has(name)) {
      refuse("connection.headers",
             "The header " + name + " is given, but also made by the profile: give only one");
    }
    if (isKnown || value.find(tokenMark) == std::string::npos) {
      request.headers.emplace_back(name, fillInEntry(value, {}, secret));
    }
  }
  if (!request.body.empty() && !has("Content-Type")) {
    request.headers.emplace_back("Content-Type", "application/json");
  }
}

// What is named as one in the query, and what looks like a token there and in the path.
inline std::vector<std::string> secretsInUrl(const Url& url) {
  constexpr std::size_t shortestToken = 16;
  std::vector<std::string> secrets = credentialsInQuery(url.target);
  for (const auto& parameter : queryOf(url.target)) {
    if (parameter.second.size() >= shortestToken) {
      secrets.push_back(parameter.second);
      secrets.push_back(percentDecode(parameter.second));
    }
  }
  std::string_view path = std::string_view(url.target).substr(0, url.target.find('?'));
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    if (part.size() >= shortestToken) {
      secrets.emplace_back(part);
    }
    path.remove_prefix(std::min(part.size() + 1, path.size()));
  }
  return secrets;
}

[[noreturn]] inline void failAnswer(const std::string& why) {
  throw Error(Errc::protocolViolation,
              "The answer that should hold the stream's URL " + why + ". No stream was created");
}

// What is wrong with an address is said without it: it holds a token.
inline Url sessionUrl(const std::string& text) {
  Url url;
  try {
    url = Url::parse(text);
  } catch (const Error&) {
    failAnswer("has no URL there");
  }
  const bool isWebSocket = url.scheme == "wss" || (url.scheme == "ws" && url.isLoopback());
  if (!isWebSocket) {
    failAnswer("has a URL that is neither wss nor of this machine");
  }
  return url;
}

}  // namespace detail

inline bool asksForUrl(const StreamOptions& options) {
  return !options.profile.sessionRequest.url.empty() &&
         (options.baseUrl.empty() || detail::isHttpUrl(options.baseUrl));
}

inline void requireNothingForSession(const StreamOptions& options) {
  if (options.profile.sessionRequest.url.empty()) {
    return;
  }
  if (!options.configuration.empty()) {
    refuse("configuration",
           "The configuration is for the request that brought this URL: leave it out, or give the "
           "request's https URL");
  }
  if (options.credentials.kind != Credentials::Kind::none) {
    refuse("credentials.kind",
           "The credentials are for the request that brought this URL: leave them out, or give the "
           "request's https URL");
  }
}

inline UrlRequest makeUrlRequest(const StreamOptions& options, const std::string& url,
                                 const PlaceholderValues& values, const std::string& secret) {
  detail::requireSessionCredentials(options, secret);
  UrlRequest request;
  request.method = options.profile.sessionRequest.method;
  request.url = url;
  // Checked as the first message of another gateway; the body has no type to add.
  Profile untyped = options.profile;
  untyped.configurationType.clear();
  request.body = makeFirstMessage(untyped, options.configuration.empty()
                                               ? fillIn(options.profile.sessionRequest.body, values)
                                               : options.configuration)
                     .text;
  if (request.method == "GET" && !request.body.empty()) {
    refuse("configuration", "This gateway's profile makes a GET, which has no body: leave it out");
  }
  detail::addSessionHeaders(options, secret, request);
  const Url parsed = Url::parse(url);
  if (!detail::isHttpUrl(url)) {
    throw Error(Errc::invalidUrl, parsed.display() + ": the request needs an https URL");
  }
  ConnectionOptions shown = options.connection;
  shown.headers = request.headers;
  request.secrets = secretsOf(parsed, shown);
  if (options.credentials.kind != Credentials::Kind::none) {
    shown.secrets.push_back(secret.empty() ? "a secret" : secret);
  }
  requireGuardedCredentials(parsed, shown);
  if (!secret.empty()) {
    request.secrets.push_back(secret);
  }
  return request;
}

inline SessionAnswer readSessionAnswer(const StreamOptions& options, const std::string& body) {
  const SessionRequest& request = options.profile.sessionRequest;
  Utf8Validator validator;
  const bool isObject = validator.update(body) && validator.complete() && isWholeJsonObject(body);
  if (!isObject) {
    detail::failAnswer("is not a JSON object");
  }
  const std::string_view url = valueAt(body, request.urlMember);
  if (!isJsonString(url)) {
    detail::failAnswer("has no " + request.urlMember);
  }
  SessionAnswer answer;
  answer.url = detail::sessionUrl(stringOf(url));
  answer.secrets = detail::secretsInUrl(answer.url);
  if (!request.streamIdMember.empty()) {
    answer.streamId = scalarTextOf(valueAt(body, request.streamIdMember));
  }
  return answer;
}

}  // namespace wsferry::gateway
