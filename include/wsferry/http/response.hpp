#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/url.hpp"
#include "wsferry/export.hpp"

namespace wsferry::http {

/// What a server answers before the body. An interim answer (100, 103) and a redirect that is
/// followed are skipped.
struct ResponseHead {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< As received, in order.
  Url url;                    ///< The URL that answered: the last one of a chain of redirects.
  bool isPublicPeer = false;  ///< Whether the server's address is known to be a public one.

  /// Whether the end of the body is marked, by its length, by chunks or by HTTP/2, so that a
  /// truncated one gives Errc::connectionLost. Otherwise it ends with the connection, however that
  /// ended.
  bool hasMarkedEnd = false;

  /// The first header of that name, whatever its case; empty if there is none.
  WSFERRY_API std::string_view header(std::string_view name) const;

  /// Content-Length; nothing if it is missing or not a number.
  WSFERRY_API std::optional<std::uint64_t> contentLength() const;
};

struct Response {
  ResponseHead head;
  std::string body;
};

}  // namespace wsferry::http
