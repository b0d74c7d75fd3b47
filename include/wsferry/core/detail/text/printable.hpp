#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace wsferry {

/// Peer's text for a message: control characters become blanks, and it is cut at `maxSize` bytes.
std::string printable(std::string_view text, std::size_t maxSize);

inline std::string printable(std::string_view text, std::size_t maxSize) {
  std::string result(text.substr(0, maxSize));
  std::replace_if(
      result.begin(), result.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  return result;
}

}  // namespace wsferry
