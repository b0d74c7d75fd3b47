#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/net/http_response.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/core/websocket_options.hpp"
#include "wsferry/gateway/detail/request/refuse_option.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// Puts the credentials, with `secret` as their secret, where they belong: into the connection's
/// headers or subprotocols, or after `query`, as the profile says; whoever writes the first message
/// puts them there. What must not be repeated goes into the connection's secrets. An empty secret
/// is not known yet: the result may be checked, but must not be sent. @throws Error with
/// Errc::invalidOption for credentials that are incomplete or do not fit.
void placeCredentials(const Profile& profile, const Credentials& credentials,
                      const std::string& secret, WebSocketOptions& connection,
                      QueryParameters& query);

namespace detail {

using Kind = Credentials::Kind;
using Placement = Credentials::Placement;

// Stands in a subprotocol for a token that is not known yet: legal there, and unlike any other
// entry.
inline constexpr std::string_view unknownToken = "token-that-is-not-known-yet";

inline void requireNoControlCharacter(std::string_view value, const std::string& what,
                                      const char* option) {
  const bool bad = std::any_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
  if (bad) {
    refuse(option,
           what + " holds a control character. Look for a line end, as at the end of a file.");
  }
}

inline void requireComplete(const Credentials& credentials, const std::string& secret) {
  const bool needsId = credentials.kind == Kind::basic || credentials.kind == Kind::twoHeaders;
  if (needsId && credentials.id.empty()) {
    refuse("credentials.id", "The credentials lack a client id");
  }
  if (secret.empty() && !credentials.isProvided()) {
    refuse("credentials.secret", "The credentials lack a secret");
  }
  if (credentials.tokenProvider &&
      (credentials.kind != Kind::bearer || credentials.secretProvider)) {
    refuse("credentials.tokenProvider",
           "A tokenProvider supplies access tokens: it is for bearer credentials without a "
           "secretProvider");
  }
  if (credentials.kind == Kind::basic && credentials.id.find(':') != std::string::npos) {
    refuse("credentials.id",
           "The client id holds a colon, which Basic authentication does not allow");
  }
  requireNoControlCharacter(credentials.id, "The client id", "credentials.id");
  requireNoControlCharacter(secret, "The credentials' secret", "credentials.secret");
}

// A client id would be dropped if there is room for only one secret.
inline void requirePlaceForId(const Profile& profile, const Credentials& credentials) {
  const bool hasNone =
      credentials.placement == Placement::firstMessage ||
      (credentials.placement == Placement::query &&
       (profile.clientIdParameter.empty() || profile.clientSecretParameter.empty())) ||
      (credentials.placement == Placement::subprotocol && credentials.subprotocols.empty() &&
       !profile.subprotocols.empty());
  if (credentials.kind == Kind::basic && hasNone) {
    refuse("credentials.placement",
           "This gateway's profile has no place there for a client id and its secret: place them "
           "elsewhere, or give a key");
  }
}

inline void requireFitting(const Profile& profile, const Credentials& credentials) {
  if (credentials.kind == Kind::twoHeaders && credentials.placement != Placement::header) {
    refuse(
        "credentials.placement",
        "X-Client-Id and X-Client-Secret are headers, and cannot be placed elsewhere; or another "
        "kind of credentials is meant");
  }
  const bool hasEntries = !credentials.subprotocols.empty();
  if (credentials.placement == Placement::firstMessage && profile.firstMessage.empty()) {
    refuse("credentials.placement",
           "This gateway's profile has no first message for credentials: place them elsewhere");
  }
  if (credentials.placement == Placement::header && credentials.kind == Kind::apiKey &&
      profile.apiKeyHeader.empty()) {
    refuse("credentials.kind",
           "This gateway's profile has no header for an API key: leave the credentials out, or "
           "place them elsewhere");
  }
  requirePlaceForId(profile, credentials);
  if (credentials.placement == Placement::query && credentials.kind != Kind::basic &&
      profile.tokenParameter.empty()) {
    refuse("credentials.placement",
           "This gateway's profile has no query parameter for credentials: place them elsewhere");
  }
  if (credentials.placement != Placement::subprotocol && hasEntries) {
    refuse("credentials.subprotocols",
           "Subprotocol entries are given, but the credentials are placed elsewhere: place them "
           "there, or leave out the entries");
  }
  if (credentials.placement == Placement::subprotocol && !hasEntries &&
      profile.subprotocols.empty()) {
    refuse(
        "credentials.subprotocols",
        "The credentials are to be sent as subprotocols, but there are no entries. The form is not "
        "published: ask the gateway's operator, and give the entries with {scheme} and {token}.");
  }
}

// One pass, so that a token that looks like a placeholder stays as it is.
inline std::string fillInEntry(std::string_view entry, std::string_view scheme,
                               std::string_view token) {
  constexpr std::string_view schemeMark = "{scheme}";
  constexpr std::string_view tokenMark = "{token}";
  std::string result;
  while (!entry.empty()) {
    if (entry.substr(0, schemeMark.size()) == schemeMark) {
      result += scheme;
      entry.remove_prefix(schemeMark.size());
    } else if (entry.substr(0, tokenMark.size()) == tokenMark) {
      result += token;
      entry.remove_prefix(tokenMark.size());
    } else {
      result += entry.front();
      entry.remove_prefix(1);
    }
  }
  return result;
}

inline void addSubprotocols(const std::vector<std::string>& entries, std::string_view scheme,
                            std::string_view token, WebSocketOptions& connection) {
  bool shown = false;
  for (const std::string& entry : entries) {
    connection.subprotocols.push_back(fillInEntry(entry, scheme, token));
    if (entry.find("{token}") != std::string::npos) {
      shown = true;
      connection.secrets.push_back(connection.subprotocols.back());
    }
  }
  if (!shown) {
    refuse("credentials.subprotocols",
           "No subprotocol entry contains {token}: the credentials would not be sent");
  }
}

inline void addHeader(const std::string& name, std::string value, WebSocketOptions& connection) {
  for (const auto& header : connection.headers) {
    if (equalsIgnoringCase(header.first, name)) {
      refuse("connection.headers",
             "The header " + name + " is given, but also made from the credentials: give only one");
    }
  }
  connection.headers.emplace_back(name, std::move(value));
}

}  // namespace detail

inline void placeCredentials(const Profile& profile, const Credentials& credentials,
                             const std::string& secret, WebSocketOptions& connection,
                             QueryParameters& query) {
  if (credentials.kind == detail::Kind::none) {
    if (!credentials.id.empty() || !secret.empty() || credentials.isProvided() ||
        !credentials.subprotocols.empty()) {
      refuse("credentials.kind",
             "Credentials are given, but their kind is none: say which kind they are");
    }
    return;
  }
  detail::requireFitting(profile, credentials);
  detail::requireComplete(credentials, secret);
  connection.secrets.push_back(secret);
  if (credentials.kind == detail::Kind::twoHeaders) {
    detail::addHeader("X-Client-Id", credentials.id, connection);
    detail::addHeader("X-Client-Secret", secret, connection);
    return;
  }
  const std::string scheme = credentials.kind == detail::Kind::bearer ? "Bearer" : "Basic";
  std::string token = secret;
  if (credentials.kind == detail::Kind::basic) {
    token.clear();
    encodeBase64(credentials.id + ":" + secret, token);
    connection.secrets.push_back(token);
  }
  const bool isKey = credentials.kind == detail::Kind::apiKey;
  switch (credentials.placement) {
    case detail::Placement::header:
      detail::addHeader(
          "Authorization",
          isKey ? detail::fillInEntry(profile.apiKeyHeader, scheme, token) : scheme + " " + token,
          connection);
      break;
    case detail::Placement::subprotocol:
      detail::addSubprotocols(
          credentials.subprotocols.empty() ? profile.subprotocols : credentials.subprotocols,
          scheme, secret.empty() ? detail::unknownToken : token, connection);
      break;
    case detail::Placement::firstMessage:
      break;
    case detail::Placement::query:
      if (credentials.kind == detail::Kind::basic) {
        query.emplace_back(profile.clientIdParameter, credentials.id);
        query.emplace_back(profile.clientSecretParameter, secret);
      } else {
        query.emplace_back(profile.tokenParameter, secret);
      }
      break;
  }
}

}  // namespace wsferry::gateway
