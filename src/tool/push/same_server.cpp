#include "tool/push/same_server.hpp"

#include <asio/ip/address.hpp>
#include <string>
#include <system_error>
#include <tuple>

#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

// An address in its shortest form, one of version 4 in that of version 6 without it.
std::string canonicalAddress(asio::ip::address address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  const bool isOwn =
      address == asio::ip::address_v4::loopback() || address == asio::ip::address_v6::loopback();
  return isOwn ? "localhost" : address.to_string();
}

std::string canonicalHost(std::string host) {
  host = asciiLowerCase(host);
  if (!host.empty() && host.back() == '.') {
    host.pop_back();
  }
  std::error_code error;
  const auto address = asio::ip::make_address(host, error);
  return error ? host : canonicalAddress(address);
}

// A Strapi takes its paths in any case, and a proxy may take several slashes for one.
std::string pathOf(const Url& url) {
  std::string path;
  for (const char character : url.target.substr(0, url.target.find('?'))) {
    if (character != '/' || path.empty() || path.back() != '/') {
      path += asciiLowerCase(character);
    }
  }
  while (!path.empty() && path.back() == '/') {
    path.pop_back();
  }
  return path;
}

}  // namespace

bool isSameServer(std::string_view first, std::string_view second) {
  const auto identity = [](const Url& url) {
    // With and without TLS it is one server, where neither port is named.
    const bool isUsualPort = url.port == (url.secure ? 443 : 80);
    return std::make_tuple(canonicalHost(url.host), isUsualPort ? 0 : url.port, pathOf(url));
  };
  return identity(Url::parse(first)) == identity(Url::parse(second));
}

}  // namespace wsferry::tool
