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

  /// The body of a POST or PUT; Errc::invalidOption with a GET or HEAD. Sent again if a kept
  /// connection turns out to be dead.
  std::string body;

  /// The body comes from Exchange::write() instead of `body`; its length, if known. It gets its own
  /// connection, because it cannot be sent again.
  bool streamsBody = false;
  std::optional<std::uint64_t> bodySize;

  /// A server may ignore it and answer 200 with everything. A different range in a 206 is
  /// Errc::protocolViolation.
  std::optional<ByteRange> range;

  /// Sends no credentials: no bearer token, no client certificate, and only general headers
  /// (Accept..., Cache-Control, Content-Type, If-..., User-Agent), because any other may be a
  /// credential. For the URL of another host that a server supplied; a redirect to another server
  /// has the same effect. Default false.
  bool withoutCredentials = false;

  /// Whether the host may have an address that is not public: this machine's, or one of a private
  /// or link-local network. If false, such an address gives HttpErrc::privateAddress: for a URL
  /// from an untrusted source. With a proxy only addresses in the URL itself are checked. Default
  /// true.
  bool allowPrivateAddress = true;
};

}  // namespace wsferry::http
