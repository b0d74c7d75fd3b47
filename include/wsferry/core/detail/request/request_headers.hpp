#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/connection_options.hpp"
#include "wsferry/core/detail/request/proxy_address.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry {

using RequestHeaders = std::vector<std::pair<std::string, std::string>>;

/// The headers that these options add to a request, which sets those named in `reserved` itself.
/// @throws Error with Errc::invalidOption for a header that cannot be sent.
RequestHeaders requestHeaders(const ConnectionOptions& options,
                              std::initializer_list<std::string_view> reserved);

/// @throws Error with Errc::plaintextCredentials if credentials of the options, or in the URL's
/// query, would cross a network unencrypted.
void requireGuardedCredentials(const Url& url, const ConnectionOptions& options);

/// Everything that these options make secret, and the credentials in the URL's query: what a peer
/// may repeat, but no report may show.
std::vector<std::string> secretsOf(const Url& url, const ConnectionOptions& options);

/// A character of an HTTP token: of a header's name, for one.
bool isTokenCharacter(char c);

/// @throws Error with Errc::invalidOption for control characters.
void requireHeaderValue(std::string_view value, const std::string& what, std::string option);

namespace detail {

inline bool isOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [name](std::string_view candidate) {
    return equalsIgnoringCase(name, candidate);
  });
}

inline constexpr std::size_t shortestOwnSecret = 8;

inline bool isCredential(std::string_view header) {
  return isOneOf(header, {"Authorization", "Cookie", "Proxy-Authorization"});
}

inline void requireHeaderName(std::string_view name,
                              std::initializer_list<std::string_view> reserved) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), isTokenCharacter)) {
    throw Error(Errc::invalidOption, "\"" + printable(name, 100) + "\" is not a header name")
        .ofOption("headers");
  }
  if (isOneOf(name, reserved)) {
    throw Error(Errc::invalidOption,
                "The header " + std::string(name) + " is set by the connection itself")
        .ofOption("headers");
  }
}

// Whether bytes to the server stay on this machine.
inline bool staysLocal(const Url& url, const ConnectionOptions& options) {
  return url.isLoopback() &&
         (options.proxy.empty() || ProxyAddress::parse(options.proxy).url.isLoopback());
}

}  // namespace detail

inline bool isTokenCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

inline void requireHeaderValue(std::string_view value, const std::string& what,
                               std::string option) {
  const bool bad = std::any_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
  });
  if (bad) {
    throw Error(Errc::invalidOption,
                what + " holds a control character. Look for a line end, as at the end of a file.")
        .ofOption(std::move(option));
  }
}

inline RequestHeaders requestHeaders(const ConnectionOptions& options,
                                     std::initializer_list<std::string_view> reserved) {
  RequestHeaders result;
  if (!options.bearerToken.empty()) {
    requireHeaderValue(options.bearerToken, "The bearer token", "bearerToken");
    result.emplace_back("Authorization", "Bearer " + options.bearerToken);
  }
  for (const auto& [name, value] : options.headers) {
    detail::requireHeaderName(name, reserved);
    requireHeaderValue(value, "The header " + name, "headers");
    if (!options.bearerToken.empty() && equalsIgnoringCase(name, "Authorization")) {
      throw Error(Errc::invalidOption,
                  "Both a bearer token and an Authorization header are given, but a request has "
                  "one such header. If a proxy on the way requires its own password, let it pass "
                  "this address through without one.")
          .ofOption("headers");
    }
    const auto same = std::find_if(result.begin(), result.end(), [&name = name](const auto& each) {
      return equalsIgnoringCase(each.first, name);
    });
    if (same == result.end() || !detail::isCredential(name)) {
      result.emplace_back(name, value);
    } else if (equalsIgnoringCase(name, "Cookie")) {
      same->second += "; " + value;  // A request has one such header (RFC 6265).
    } else {
      throw Error(Errc::invalidOption,
                  "The header " + name + " is given twice, but a request has one such header.")
          .ofOption("headers");
    }
  }
  return result;
}

inline void requireGuardedCredentials(const Url& url, const ConnectionOptions& options) {
  const bool hasSecret = !options.bearerToken.empty() ||
                         std::any_of(options.secrets.begin(), options.secrets.end(),
                                     [](const std::string& value) { return !value.empty(); }) ||
                         std::any_of(options.headers.begin(), options.headers.end(),
                                     [](const auto& h) { return detail::isCredential(h.first); }) ||
                         !credentialsInQuery(url.target).empty();
  if (hasSecret && !url.secure && !options.allowPlaintextCredentials &&
      !detail::staysLocal(url, options)) {
    throw Error(Errc::plaintextCredentials,
                "The credentials would cross the network to " + url.authority() +
                    " unencrypted, readable by anyone on the path. Use an https or wss URL.");
  }
}

inline std::vector<std::string> secretsOf(const Url& url, const ConnectionOptions& options) {
  std::vector<std::string> secrets = options.secrets;
  for (std::string& secret : credentialsInQuery(url.target)) {
    secrets.push_back(std::move(secret));
  }
  if (!options.bearerToken.empty()) {
    secrets.push_back(options.bearerToken);
  }
  // A header of one's own may be a key that a proxy wants, whatever its name is.
  for (const auto& [name, value] : options.headers) {
    // The scheme is no secret, and what follows it may be repeated alone.
    for (const std::string& secret : {value, value.substr(value.find(' ') + 1)}) {
      if (detail::isCredential(name) || secret.size() >= detail::shortestOwnSecret) {
        secrets.push_back(secret);
      }
    }
  }
  return secrets;
}

}  // namespace wsferry
