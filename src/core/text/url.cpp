#include "wsferry/core/url.hpp"

#include <algorithm>
#include <charconv>

#include "core/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry {
namespace {

[[noreturn]] void fail(const std::string& problem) {
  throw Error(Errc::invalidUrl,
              "The URL is not usable: " + problem +
                  " Give one like https://example.org/path or wss://example.org/path.");
}

bool isForbidden(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '"' || c == '<' || c == '>' ||
         c == '\\' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}';
}

std::uint16_t parsePort(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0 || value > 65535) {
    fail("its port is not a number from 1 to 65535.");
  }
  return static_cast<std::uint16_t>(value);
}

void parseAuthority(std::string_view authority, Url& url) {
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
  url.host = asciiLowerCase(host);
  if (!port.empty()) {
    url.port = parsePort(port);
  }
}

}  // namespace

Url Url::parse(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) {
    fail("it has no scheme.");
  }
  if (std::any_of(text.begin(), text.end(), isForbidden)) {
    fail("it holds a character that has to be percent-encoded.");
  }
  const std::string scheme = asciiLowerCase(text.substr(0, colon));
  Url url;
  url.scheme = scheme;
  if (scheme == "https" || scheme == "wss") {
    url.secure = true;
  } else if (scheme != "http" && scheme != "ws") {
    fail("its scheme is " + scheme + ", not http, https, ws or wss.");
  }
  url.port = url.secure ? 443 : 80;
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const auto authorityEnd = std::min(rest.find_first_of("/?"), rest.size());
  parseAuthority(rest.substr(0, authorityEnd), url);
  const std::string_view target = rest.substr(authorityEnd);
  url.target =
      target.empty() || target.front() == '?' ? "/" + std::string(target) : std::string(target);
  return url;
}

std::string Url::authority() const {
  const bool isIpv6 = host.find(':') != std::string::npos;
  std::string text = isIpv6 ? "[" + host + "]" : host;
  if (port != (secure ? 443 : 80)) {
    text += ":" + std::to_string(port);
  }
  return text;
}

std::string Url::display() const {
  return scheme + "://" + authority() + target.substr(0, target.find('?'));
}

bool Url::isLoopback() const {
  constexpr std::string_view suffix = ".localhost";
  if (host == "localhost" || host == "::1") {
    return true;
  }
  if (host.size() > suffix.size() &&
      std::string_view(host).substr(host.size() - suffix.size()) == suffix) {
    return true;
  }
  // 127.0.0.0/8 in dotted form; a name such as 127.example.org is not an address.
  return host.compare(0, 4, "127.") == 0 &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return c == '.' || (c >= '0' && c <= '9'); }) &&
         std::count(host.begin(), host.end(), '.') == 3;
}

}  // namespace wsferry
