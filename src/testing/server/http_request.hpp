#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wsferry::testing {

/// The head of a request, as received, and the body of one that has a Content-Length.
struct HttpRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// The target without its query.
  std::string_view path() const;

  /// The value of the first header with this name, in any letter case; empty without one.
  std::string_view header(std::string_view name) const;

  bool asksForWebSocket() const;

  /// The size of the body: 0 without one.
  std::size_t contentLength() const;
};

/// Reads a head without its empty line; nothing for what is none.
[[nodiscard]] std::optional<HttpRequest> parseHead(std::string_view head);

/// A whole HTTP response that ends its connection.
std::string httpResponse(int status, std::string_view reason, std::string_view contentType,
                         std::string_view body);

}  // namespace wsferry::testing
