#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wsferry/export.hpp"

namespace wsferry {

/// An address to open a WebSocket to.
struct WSFERRY_API Url {
  std::string scheme = "ws";  ///< As given: ws, wss, http or https.
  bool secure = false;        ///< wss or https.
  std::string host;           ///< In ASCII, without the brackets of an IPv6 address.
  std::uint16_t port = 0;     ///< 80 or 443 where the text has none.
  std::string target = "/";   ///< Path and query, as given.

  /// Accepts `ws`, `wss`, `http` and `https`. A fragment is dropped; user info is refused, because
  /// credentials in a URL end up in logs, and so is a host with an escape or beyond ASCII, which
  /// libraries read differently.
  /// @throws Error with Errc::invalidUrl, saying what is wrong.
  [[nodiscard]] static Url parse(std::string_view text);

  /// `host`, or `host:port` if the port is not the scheme's default, as in a Host header.
  std::string authority() const;

  /// The whole address with the query, as http or https: for requests, not for messages.
  std::string httpText() const;

  /// The whole address without the query, which may hold a credential; for messages.
  std::string display() const;

  /// Whether the host is this machine: `localhost`, a subdomain of it, 127.0.0.0/8 or ::1, also
  /// with a trailing dot.
  bool isLoopback() const;
};

}  // namespace wsferry
