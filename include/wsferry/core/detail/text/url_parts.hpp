#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::detail {

[[noreturn]] inline void fail(const std::string& problem) {
  throw Error(Errc::invalidUrl,
              "The URL is not usable: " + problem +
                  " Give one like https://example.org/path or wss://example.org/path.");
}

inline bool isForbidden(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '"' || c == '<' || c == '>' ||
         c == '\\' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}';
}

inline std::uint16_t parsePort(std::string_view text) {
  const auto port = wholeNumber<std::uint16_t>(text);
  if (!port || *port == 0) {
    fail("its port is not a number from 1 to 65535.");
  }
  return *port;
}

/// A host as written in a URL: an IPv6 address in brackets.
inline std::string hostInUrl(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

inline void parseAuthority(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) {
    fail("it holds user info (something before an @); pass credentials as options instead.");
  }
  std::string_view host = authority;
  std::string_view port;
  if (!authority.empty() && authority.front() == '[') {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) {
      fail("the bracket of its IPv6 address is not closed.");
    }
    host = authority.substr(1, close - 1);
    const std::string_view rest = authority.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') {
      fail("something other than a port follows its IPv6 address.");
    }
    port = rest.empty() ? rest : rest.substr(1);
  } else if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
  if (host.empty()) {
    fail("it has no host.");
  }
  // libcurl makes another host of them, such as an address of this machine.
  const bool isName = host.find(':') == std::string_view::npos;
  if (std::any_of(host.begin(), host.end(), [isName](char c) {
        return static_cast<unsigned char>(c) >= 0x80 || (c == '%' && isName);
      })) {
    fail("its host holds an escape or a character beyond ASCII: write a name as xn--...");
  }
  url.host = asciiLowerCase(host);
  if (!port.empty()) {
    url.port = parsePort(port);
  }
}

}  // namespace wsferry::detail
