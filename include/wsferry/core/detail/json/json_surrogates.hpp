#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wsferry {

/// Whether strings of a JSON text have an escaped half of a surrogate pair without the other: legal
/// in JSON, but not a character. The text must be valid JSON.
inline bool hasLoneSurrogate(std::string_view json) {
  const auto halfAt = [json](std::size_t escape) -> std::uint32_t {
    std::uint32_t unit = 0;
    if (escape + 6 > json.size() || json[escape] != '\\' || json[escape + 1] != 'u') {
      return 0;
    }
    for (std::size_t i = escape + 2; i < escape + 6; ++i) {
      const char digit = json[i];
      const int value = digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
      unit = unit * 16 + static_cast<std::uint32_t>(value);
    }
    return unit;
  };
  for (std::size_t at = json.find('\\'); at < json.size(); at = json.find('\\', at)) {
    const std::uint32_t unit = halfAt(at);
    if (unit < 0xD800 || unit > 0xDFFF) {
      at += 2;  // The escaped character may be a backslash.
      continue;
    }
    const std::uint32_t second = unit <= 0xDBFF ? halfAt(at + 6) : 0;
    if (second < 0xDC00 || second > 0xDFFF) {
      return true;
    }
    at += 12;
  }
  return false;
}

}  // namespace wsferry
