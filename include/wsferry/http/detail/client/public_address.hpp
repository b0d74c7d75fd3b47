#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "wsferry/core/url.hpp"

namespace wsferry::http {

/// Whether an IPv4 address is one of the public Internet: not this machine's, a private network's,
/// a link's, a carrier's or one that is reserved (RFC 6890).
constexpr bool isPublicAddress(const std::array<std::uint8_t, 4>& a) {
  return a[0] != 0 && a[0] != 10 && a[0] != 127 && a[0] < 224 && !(a[0] == 169 && a[1] == 254) &&
         !(a[0] == 172 && a[1] >= 16 && a[1] < 32) && !(a[0] == 192 && a[1] == 168) &&
         !(a[0] == 100 && a[1] >= 64 && a[1] < 128) && !(a[0] == 192 && a[1] == 0 && a[2] == 0) &&
         !(a[0] == 198 && (a[1] == 18 || a[1] == 19));
}

/// The same for IPv6; if it carries an IPv4 address (mapped, or translated by 64:ff9b::/96), for
/// that one.
inline bool isPublicAddress(const std::array<std::uint8_t, 16>& a) {
  constexpr std::array<std::uint8_t, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr std::array<std::uint8_t, 12> translated = {0, 0x64, 0xff, 0x9b};
  if (std::equal(mapped.begin(), mapped.end(), a.begin()) ||
      std::equal(translated.begin(), translated.end(), a.begin())) {
    return isPublicAddress(std::array<std::uint8_t, 4>{a[12], a[13], a[14], a[15]});
  }
  return (a[0] & 0xe0) == 0x20;  // 2000::/3, all that is given out
}

/// Whether the host in a URL is this machine's name, or an address that is not public: as far as
/// can be known without a name lookup.
inline bool isPrivateHost(const Url& url) {
  if (url.isLoopback()) {
    return true;
  }
  const std::string host = url.host.substr(0, url.host.find_last_not_of('.') + 1);
  in6_addr v6{};
  if (inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &v6) == 1) {
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6, bytes.size());
    return !isPublicAddress(bytes);
  }
  in_addr v4{};
  if (inet_aton(host.c_str(), &v4) != 0) {  // Also `127.1` and `0x7f000001`, as resolvers do.
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4, bytes.size());
    return !isPublicAddress(bytes);
  }
  return false;
}

}  // namespace wsferry::http
