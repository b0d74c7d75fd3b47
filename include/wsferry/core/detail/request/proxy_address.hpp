#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry {

/// Where an HTTP proxy is, and how to authenticate to it.
struct ProxyAddress {
  Url url;
  std::string userInfo;  ///< `user:password`, decoded; empty for none.

  /// Parses `http://[user:password@]host[:port]`.
  /// @throws Error with Errc::invalidOption, without the text, which may hold a password.
  static ProxyAddress parse(std::string_view text);

  /// The value of Proxy-Authorization; empty for none.
  std::string authorization() const;

  /// All forms of the credentials that the proxy gets, and may repeat.
  std::vector<std::string> secrets() const;
};

namespace detail {

[[noreturn]] inline void failProxy(const std::string& problem) {
  throw Error(Errc::invalidOption, "The proxy address is not usable: " + problem +
                                       ". Give one like http://proxy.example.org:3128.")
      .ofOption("proxy");
}

inline std::string decodeUserInfo(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    const std::string_view digits = text.substr(at + 1, 2);
    if (digits.size() < 2 || hexValue(digits[0]) < 0 || hexValue(digits[1]) < 0) {
      failProxy("a percent sign in its user info is not followed by two hexadecimal digits");
    }
  }
  return percentDecode(text);
}

}  // namespace detail

inline ProxyAddress ProxyAddress::parse(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (!equalsIgnoringCase(text.substr(0, scheme.size()), scheme)) {
    detail::failProxy("it does not begin with http://");
  }
  std::string_view rest = text.substr(scheme.size());
  ProxyAddress address;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    address.userInfo = detail::decodeUserInfo(rest.substr(0, at));
    rest.remove_prefix(at + 1);
  }
  try {
    address.url = Url::parse(std::string(scheme) + std::string(rest));
  } catch (const Error&) {
    // Its message concerns the server's URL.
    detail::failProxy("its host or port is malformed");
  }
  if (address.url.target != "/") {
    detail::failProxy("something follows its host and port");
  }
  return address;
}

inline std::string ProxyAddress::authorization() const {
  std::string result;
  if (!userInfo.empty()) {
    result = "Basic ";
    // Even a user without a password has the colon (RFC 7617).
    encodeBase64(userInfo.find(':') == std::string::npos ? userInfo + ":" : userInfo, result);
  }
  return result;
}

inline std::vector<std::string> ProxyAddress::secrets() const {
  if (userInfo.empty()) {
    return {};
  }
  const std::string shown = authorization();
  return {shown, shown.substr(shown.find(' ') + 1), userInfo,
          userInfo.substr(userInfo.find(':') + 1)};
}

}  // namespace wsferry
