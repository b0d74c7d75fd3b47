#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wsferry {

/// Names and values of a query, in order.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

/// Everything but the unreserved characters of RFC 3986 becomes `%XX`: a space or a plus sign then
/// means the same to every server.
std::string percentEncode(std::string_view text);

/// The reverse. A percent sign without two hexadecimal digits stays, and so does a plus sign.
std::string percentDecode(std::string_view text);

/// `url`, unchanged except for its fragment, with the encoded `parameters` after those it has.
std::string appendQuery(std::string_view url, const QueryParameters& parameters);

/// The parameters of `url` as they are there, encoded.
QueryParameters queryOf(std::string_view url);

/// Whether a query parameter of that name holds a credential, as servers name them: `token`,
/// `access_token`, `jwt`, `key`, `api_key`, `password`, `signature` and the like, in any case, with
/// `_`, `-` or nothing between the words.
bool namesCredential(std::string_view parameter);

/// The credentials in the query of `url`, decoded, as each way of reading a plus sign gives them.
std::vector<std::string> credentialsInQuery(std::string_view url);

namespace detail {

inline bool isUnreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace detail

inline std::string percentEncode(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (detail::isUnreserved(c)) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return result;
}

inline std::string percentDecode(std::string_view text) {
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

inline std::string appendQuery(std::string_view url, const QueryParameters& parameters) {
  std::string result(url.substr(0, url.find('#')));
  // A URL that ends in a separator needs no further one.
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

inline QueryParameters queryOf(std::string_view url) {
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

inline bool namesCredential(std::string_view parameter) {
  static constexpr std::array<std::string_view, 26> names = {
      "token",  "accesstoken", "idtoken",       "authtoken",  "bearertoken", "refreshtoken",
      "jwt",    "key",         "apikey",        "apitoken",   "accesskey",   "authkey",
      "secret", "secretkey",   "clientsecret",  "password",   "passwd",      "pwd",
      "auth",   "bearer",      "authorization", "credential", "credentials", "signature",
      "sig",    "sessiontoken"};
  std::string plain;
  for (const char c : parameter) {
    if (c != '_' && c != '-') {
      plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return std::find(names.begin(), names.end(), plain) != names.end();
}

inline std::vector<std::string> credentialsInQuery(std::string_view url) {
  std::vector<std::string> found;
  for (auto [name, value] : queryOf(url)) {
    if (value.empty() || !namesCredential(percentDecode(name))) {
      continue;
    }
    found.push_back(percentDecode(value));
    // A server that takes a plus sign for a space repeats it as one.
    std::replace(value.begin(), value.end(), '+', ' ');
    found.push_back(percentDecode(value));
  }
  return found;
}

}  // namespace wsferry
