#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wsferry/core/url.hpp"

namespace wsferry::http {

/// Bytes of a resource, from `first` to `last`, both included, or to its end.
struct ByteRange {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> last;
};

struct Request {
  std::string method = "GET";
  Url url;

  /// Besides those of the client's options, which come first. Errc::invalidOption for control
  /// characters and for the headers that the connection sets itself.
  std::vector<std::pair<std::string, std::string>> headers;

  /// The body of a POST or PUT; Errc::invalidOption with a GET or HEAD. Sent again where a kept
  /// connection turns out to be dead.
  std::string body;

  /// The body comes by Exchange::write() in place of `body`; its length, if that is known. It has a
  /// connection of its own, as it cannot be sent again.
  bool streamsBody = false;
  std::optional<std::uint64_t> bodySize;

  /// A server may ignore it and answer 200 with everything. Another range than this one in a 206 is
  /// Errc::protocolViolation.
  std::optional<ByteRange> range;

  /// Sends no credentials: no bearer token, no client certificate, and of all headers only general
  /// ones (Accept..., Cache-Control, Content-Type, If-..., User-Agent), as any other may be one.
  /// For the URL of another host that a server has told; a redirect to another server has the same
  /// effect. Default false.
  bool withoutCredentials = false;

  /// Whether the host may have an address that is not public: this machine's, a private or a
  /// link-local network's. For a URL that somebody else wrote. Otherwise
  /// HttpErrc::privateAddress. With a proxy only addresses that stand in the URL are looked at.
  /// Default true.
  bool allowPrivateAddress = true;
};

}  // namespace wsferry::http
