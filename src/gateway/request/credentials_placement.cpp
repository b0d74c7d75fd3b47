#include "gateway/request/credentials_placement.hpp"

#include <algorithm>
#include <string_view>

#include "core/text/base64.hpp"
#include "core/websocket/http_response.hpp"
#include "gateway/request/refuse_option.hpp"

namespace wsferry::gateway {
namespace {

using Kind = Credentials::Kind;
using Placement = Credentials::Placement;

// In a subprotocol's place of a token that is not known yet: legal there, and like no other entry.
constexpr std::string_view unknownToken = "token-that-is-not-known-yet";

void requireNoControlCharacter(std::string_view value, const std::string& what) {
  const bool bad = std::any_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
  if (bad) {
    refuse(what + " holds a control character. Look for a line end, as at the end of a file.");
  }
}

void requireComplete(const Credentials& credentials, const std::string& secret) {
  const bool needsId = credentials.kind == Kind::basic || credentials.kind == Kind::twoHeaders;
  if (needsId && credentials.id.empty()) {
    refuse("The credentials lack a client id");
  }
  if (secret.empty() && !credentials.secretProvider) {
    refuse("The credentials lack a secret");
  }
  if (credentials.kind == Kind::basic && credentials.id.find(':') != std::string::npos) {
    refuse("The client id holds a colon, which Basic authentication does not allow");
  }
  requireNoControlCharacter(credentials.id, "The client id");
  requireNoControlCharacter(secret, "The credentials' secret");
}

void requireFitting(const Credentials& credentials) {
  if (credentials.kind == Kind::twoHeaders && credentials.placement != Placement::header) {
    refuse(
        "X-Client-Id and X-Client-Secret are headers, and cannot be placed elsewhere; or another "
        "kind of credentials is meant");
  }
  const bool hasEntries = !credentials.subprotocols.empty();
  if (credentials.placement != Placement::subprotocol && hasEntries) {
    refuse(
        "Entries of subprotocols are given, and the credentials are placed elsewhere: place them "
        "there, or leave the entries out");
  }
  if (credentials.placement == Placement::subprotocol && !hasEntries) {
    refuse(
        "The credentials are to be shown as subprotocols, and there are no entries. How a gateway "
        "takes them is not published: ask its operator, and give the entries with {scheme} and "
        "{token}.");
  }
}

// One pass, so that a token that looks like a placeholder stays as it is.
std::string fillIn(std::string_view entry, std::string_view scheme, std::string_view token) {
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

void addSubprotocols(const Credentials& credentials, std::string_view scheme,
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
    refuse("No entry of subprotocols holds {token}: the credentials would be shown nowhere");
  }
}

void addHeader(const std::string& name, std::string value, WebSocketOptions& connection) {
  for (const auto& header : connection.headers) {
    if (equalsIgnoringCase(header.first, name)) {
      refuse("The header " + name + " is given, and made from the credentials as well: give one");
    }
  }
  connection.headers.emplace_back(name, std::move(value));
}

}  // namespace

void placeCredentials(const Credentials& credentials, const std::string& secret,
                      WebSocketOptions& connection, QueryParameters& query) {
  if (credentials.kind == Kind::none) {
    if (!credentials.id.empty() || !secret.empty() || credentials.secretProvider ||
        !credentials.subprotocols.empty()) {
      refuse("Credentials are given, and their kind is none: say which kind they are");
    }
    return;
  }
  requireFitting(credentials);
  requireComplete(credentials, secret);
  connection.secrets.push_back(secret);
  if (credentials.kind == Kind::twoHeaders) {
    addHeader("X-Client-Id", credentials.id, connection);
    addHeader("X-Client-Secret", secret, connection);
    return;
  }
  const std::string scheme = credentials.kind == Kind::bearer ? "Bearer" : "Basic";
  std::string token = secret;
  if (credentials.kind == Kind::basic) {
    token.clear();
    encodeBase64(credentials.id + ":" + secret, token);
    connection.secrets.push_back(token);
  }
  switch (credentials.placement) {
    case Placement::header:
      addHeader("Authorization", scheme + " " + token, connection);
      break;
    case Placement::subprotocol:
      addSubprotocols(credentials, scheme, secret.empty() ? unknownToken : token, connection);
      break;
    case Placement::query:
      if (credentials.kind == Kind::basic) {
        query.emplace_back("client_id", credentials.id);
        query.emplace_back("client_secret", secret);
      } else {
        query.emplace_back("access_token", secret);
      }
      break;
  }
}

}  // namespace wsferry::gateway
