#include "wsferry/core/url.hpp"

#include <algorithm>
#include <charconv>

#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/url_parts.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry {

Url Url::parse(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) {
    detail::fail("it has no scheme.");
  }
  if (std::any_of(text.begin(), text.end(), detail::isForbidden)) {
    detail::fail("it contains a character that must be percent-encoded.");
  }
  const std::string scheme = asciiLowerCase(text.substr(0, colon));
  Url url;
  url.scheme = scheme;
  if (scheme == "https" || scheme == "wss") {
    url.secure = true;
  } else if (scheme != "http" && scheme != "ws") {
    detail::fail("its scheme is " + scheme + ", not http, https, ws or wss.");
  }
  url.port = url.secure ? 443 : 80;
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const auto authorityEnd = std::min(rest.find_first_of("/?"), rest.size());
  detail::parseAuthority(rest.substr(0, authorityEnd), url);
  const std::string_view target = rest.substr(authorityEnd);
  url.target =
      target.empty() || target.front() == '?' ? "/" + std::string(target) : std::string(target);
  return url;
}

std::string Url::authority() const {
  std::string text = detail::hostInUrl(host);
  if (port != (secure ? 443 : 80)) {
    text += ":" + std::to_string(port);
  }
  return text;
}

std::string Url::httpText() const {
  return (secure ? "https://" : "http://") + authority() + target;
}

std::string Url::display() const {
  return scheme + "://" + authority() + target.substr(0, target.find('?'));
}

bool Url::isLoopback() const {
  const std::string_view name = std::string_view(host).substr(0, host.find_last_not_of('.') + 1);
  if (name == "localhost" || name == "::1" || endsWith(name, ".localhost")) {
    return true;
  }
  // 127.0.0.0/8 in dotted form; a name such as 127.example.org is not an address.
  return startsWith(name, "127.") &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c == '.' || (c >= '0' && c <= '9'); }) &&
         std::count(name.begin(), name.end(), '.') == 3;
}

}  // namespace wsferry
