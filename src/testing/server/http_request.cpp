#include "testing/server/http_request.hpp"

#include <algorithm>
#include <charconv>

#include "wsferry/core/detail/text/ascii.hpp"

namespace wsferry::testing {

std::optional<HttpRequest> parseHead(std::string_view head) {
  HttpRequest request;
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const auto method = line.find(' ');
  const auto target = line.rfind(' ');
  if (method == std::string_view::npos || method == target) {
    return std::nullopt;
  }
  request.method = line.substr(0, method);
  request.target = line.substr(method + 1, target - method - 1);
  head.remove_prefix(line.size() + 2);
  while (!head.empty() && head.substr(0, 2) != "\r\n") {
    const std::string_view field = head.substr(0, head.find("\r\n"));
    const auto colon = field.find(':');
    if (colon == std::string_view::npos) {
      return std::nullopt;
    }
    request.headers.emplace_back(field.substr(0, colon), trimmed(field.substr(colon + 1)));
    head.remove_prefix(field.size() + 2);
  }
  return request;
}

std::string_view HttpRequest::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view HttpRequest::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& field) {
    return equalsIgnoringCase(field.first, name);
  });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

bool HttpRequest::asksForWebSocket() const {
  return asciiLowerCase(header("Upgrade")).find("websocket") != std::string::npos;
}

std::size_t HttpRequest::contentLength() const {
  const std::string_view text = header("Content-Length");
  std::size_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

std::string httpResponse(int status, std::string_view reason, std::string_view contentType,
                         std::string_view body) {
  return std::string("HTTP/1.1 ")
      .append(std::to_string(status) + " ")
      .append(reason)
      .append("\r\nContent-Type: ")
      .append(contentType)
      .append("\r\nContent-Length: " + std::to_string(body.size()))
      .append("\r\nConnection: close\r\n\r\n")
      .append(body);
}

}  // namespace wsferry::testing
