#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/core/detail/websocket/http_response.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/gateway/detail/request/refuse_option.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// Puts the credentials, with `secret` as their secret, where they are to be shown: into the
/// connection's headers or subprotocols, or behind `query`. What must not be repeated goes into the
/// connection's secrets. An empty secret is one that is not known yet: what comes of it may be
/// checked, and is not to be sent.
/// @throws Error with Errc::invalidOption for credentials that are incomplete or do not fit.
void placeCredentials(const Credentials& credentials, const std::string& secret,
                      WebSocketOptions& connection, QueryParameters& query);

namespace detail {

using Kind = Credentials::Kind;
using Placement = Credentials::Placement;

// In a subprotocol's place of a token that is not known yet: legal there, and like no other entry.
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
  if (secret.empty() && !credentials.secretProvider) {
    refuse("credentials.secret", "The credentials lack a secret");
  }
  if (credentials.kind == Kind::basic && credentials.id.find(':') != std::string::npos) {
    refuse("credentials.id",
           "The client id holds a colon, which Basic authentication does not allow");
  }
  requireNoControlCharacter(credentials.id, "The client id", "credentials.id");
  requireNoControlCharacter(secret, "The credentials' secret", "credentials.secret");
}

inline void requireFitting(const Credentials& credentials) {
  if (credentials.kind == Kind::twoHeaders && credentials.placement != Placement::header) {
    refuse(
        "credentials.placement",
        "X-Client-Id and X-Client-Secret are headers, and cannot be placed elsewhere; or another "
        "kind of credentials is meant");
  }
  const bool hasEntries = !credentials.subprotocols.empty();
  if (credentials.placement != Placement::subprotocol && hasEntries) {
    refuse(
        "credentials.subprotocols",
        "Entries of subprotocols are given, and the credentials are placed elsewhere: place them "
        "there, or leave the entries out");
  }
  if (credentials.placement == Placement::subprotocol && !hasEntries) {
    refuse(
        "credentials.subprotocols",
        "The credentials are to be shown as subprotocols, and there are no entries. How a gateway "
        "takes them is not published: ask its operator, and give the entries with {scheme} and "
        "{token}.");
  }
}

// One pass, so that a token that looks like a placeholder stays as it is.
inline std::string fillIn(std::string_view entry, std::string_view scheme, std::string_view token) {
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

inline void addSubprotocols(const Credentials& credentials, std::string_view scheme,
                            std::string_view token, WebSocketOptions& connection) {
  bool shown = false;
  for (const std::string& entry : credentials.subprotocols) {
    connection.subprotocols.push_back(fillIn(entry, scheme, token));
    if (entry.find("{token}") != std::string::npos) {
      shown = true;
      connection.secrets.push_back(connection.subprotocols.back());
    }
  }
  if (!shown) {
    refuse("credentials.subprotocols",
           "No entry of subprotocols holds {token}: the credentials would be shown nowhere");
  }
}

inline void addHeader(const std::string& name, std::string value, WebSocketOptions& connection) {
  for (const auto& header : connection.headers) {
    if (equalsIgnoringCase(header.first, name)) {
      refuse("connection.headers",
             "The header " + name + " is given, and made from the credentials as well: give one");
    }
  }
  connection.headers.emplace_back(name, std::move(value));
}

}  // namespace detail

inline void placeCredentials(const Credentials& credentials, const std::string& secret,
                             WebSocketOptions& connection, QueryParameters& query) {
  if (credentials.kind == detail::Kind::none) {
    if (!credentials.id.empty() || !secret.empty() || credentials.secretProvider ||
        !credentials.subprotocols.empty()) {
      refuse("credentials.kind",
             "Credentials are given, and their kind is none: say which kind they are");
    }
    return;
  }
  detail::requireFitting(credentials);
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
  switch (credentials.placement) {
    case detail::Placement::header:
      detail::addHeader("Authorization", scheme + " " + token, connection);
      break;
    case detail::Placement::subprotocol:
      detail::addSubprotocols(credentials, scheme, secret.empty() ? detail::unknownToken : token,
                              connection);
      break;
    case detail::Placement::query:
      if (credentials.kind == detail::Kind::basic) {
        query.emplace_back("client_id", credentials.id);
        query.emplace_back("client_secret", secret);
      } else {
        query.emplace_back("access_token", secret);
      }
      break;
  }
}

}  // namespace wsferry::gateway
