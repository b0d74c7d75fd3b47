#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/detail/profile/profile_fault.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::gateway::detail {

// Whether a profile can reach its gateway: URLs, credentials, the request for a URL.

inline bool hasControl(std::string_view value) {
  return std::any_of(value.begin(), value.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

// Headers hold no other placeholder: what {token} becomes is known when the request is made.
inline std::string problemOfHeader(const std::string& name, const std::string& value) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), isTokenCharacter)) {
    return "has a name that is not a header's: " + printable(name, 50);
  }
  return hasControl(value) ? "has a control character in " + name : "";
}

inline std::string problemOfSessionUrl(const std::string& text) {
  try {
    const Url url = Url::parse(text);
    const bool isTaken = url.scheme == "https" || (url.scheme == "http" && url.isLoopback());
    return isTaken ? "" : "must be an https URL, or an http one of this machine";
  } catch (const Error& error) {
    return "is not a URL: " + error.info().message;
  }
}

inline Fault faultOfSession(const Profile& profile) {
  const SessionRequest& request = profile.sessionRequest;
  const auto fault = [](const char* member, std::string problem) {
    return ProfileFault{std::string("sessionRequest.") + member, std::move(problem), std::nullopt};
  };
  if (request.url.empty()) {
    const bool isGiven = !request.headers.empty() || !request.body.empty() ||
                         !request.urlMember.empty() || !request.streamIdMember.empty() ||
                         request.method != "POST";
    return isGiven ? Fault(fault("url", "is missing")) : std::nullopt;
  }
  if (std::string problem = problemOfSessionUrl(request.url); !problem.empty()) {
    return fault("url", std::move(problem));
  }
  if (request.method != "POST" && request.method != "PUT" && request.method != "GET") {
    return fault("method", "must be one of POST, PUT, GET");
  }
  if (request.method == "GET" && !request.body.empty()) {
    return fault("body", "is given, but a GET has none");
  }
  const bool isObject = isWholeJsonObject(request.body);
  if (!request.body.empty() && !isObject) {
    return fault("body", "must be a JSON object");
  }
  for (const auto& [name, value] : request.headers) {
    if (std::string problem = problemOfHeader(name, value); !problem.empty()) {
      return fault("headers", std::move(problem));
    }
  }
  if (request.urlMember.empty()) {
    return fault("urlMember", "is missing: the path to the URL in the answer");
  }
  return std::nullopt;
}

inline bool isWebSocketUrl(const std::string& text) {
  try {
    const Url url = Url::parse(text);
    return url.scheme == "wss" || url.scheme == "ws";
  } catch (const Error&) {
    return false;
  }
}

// {token} stands for what is a token, or is refused, when it is filled in.
inline bool isSubprotocol(std::string entry) {
  constexpr std::string_view placeholder = "{token}";
  if (const std::size_t at = entry.find(placeholder); at != std::string::npos) {
    entry.replace(at, placeholder.size(), "t");
  }
  return !entry.empty() && std::all_of(entry.begin(), entry.end(), isTokenCharacter);
}

inline Fault faultOfAccess(const Profile& profile) {
  if (!profile.baseUrl.empty() && !isWebSocketUrl(profile.baseUrl)) {
    return ProfileFault{"baseUrl", "is not a URL that begins with wss:// or ws://", std::nullopt};
  }
  if (!profile.apiKeyHeader.empty() && profile.apiKeyHeader.find("{token}") == std::string::npos) {
    return ProfileFault{"apiKeyHeader", "has no {token}, where the key goes", std::nullopt};
  }
  if (hasControl(profile.apiKeyHeader)) {
    return ProfileFault{"apiKeyHeader", "has a control character", std::nullopt};
  }
  for (const std::string& entry : profile.subprotocols) {
    if (!isSubprotocol(entry)) {
      return ProfileFault{"subprotocols",
                          "has an entry that is not a token: " + printable(entry, 50),
                          std::nullopt};
    }
  }
  return std::nullopt;
}

// What would never be used beside a sessionRequest.
inline Fault faultOfUnused(const Profile& profile) {
  if (profile.sessionRequest.url.empty()) {
    return std::nullopt;
  }
  const std::array<std::pair<const char*, bool>, 6> members = {
      {{"baseUrl", !profile.baseUrl.empty()},
       {"apiKeyHeader", !profile.apiKeyHeader.empty()},
       {"tokenParameter", !profile.tokenParameter.empty()},
       {"clientIdParameter", !profile.clientIdParameter.empty()},
       {"clientSecretParameter", !profile.clientSecretParameter.empty()},
       {"subprotocols", !profile.subprotocols.empty()}}};
  for (const auto& [member, isGiven] : members) {
    if (isGiven) {
      return ProfileFault{
          member,
          "is given beside a sessionRequest, which brings the URL and takes the credentials",
          std::nullopt};
    }
  }
  return std::nullopt;
}

}  // namespace wsferry::gateway::detail
