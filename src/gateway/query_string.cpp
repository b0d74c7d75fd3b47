#include "gateway/query_string.hpp"

#include <algorithm>
#include <charconv>

namespace wsferry::gateway {
namespace {

bool isUnreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string percentEncode(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (isUnreserved(c)) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return result;
}

std::string percentDecode(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && text.size() - i > 2 &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      result += static_cast<char>(byte);
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string appendQuery(std::string_view url, const QueryParameters& parameters) {
  std::string result(url.substr(0, url.find('#')));
  // Nothing is due behind a URL that ends in a separator of its own.
  bool separated =
      result.find('?') != std::string::npos && (result.back() == '?' || result.back() == '&');
  char separator = result.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    if (!separated) {
      result += separator;
    }
    result += percentEncode(name) + "=" + percentEncode(value);
    separator = '&';
    separated = false;
  }
  return result;
}

QueryParameters queryOf(std::string_view url) {
  QueryParameters parameters;
  url = url.substr(0, url.find('#'));
  const auto question = url.find('?');
  std::string_view rest = question == std::string_view::npos ? "" : url.substr(question + 1);
  while (!rest.empty()) {
    const std::string_view parameter = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(parameter.size() + 1, rest.size()));
    const auto equals = std::min(parameter.find('='), parameter.size());
    if (!parameter.empty()) {
      parameters.emplace_back(parameter.substr(0, equals),
                              parameter.substr(std::min(equals + 1, parameter.size())));
    }
  }
  return parameters;
}

}  // namespace wsferry::gateway
