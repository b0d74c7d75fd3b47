#pragma once

#include <algorithm>
#include <string>

namespace wsferry::tool {

/// In single quotes, for a command that is shown to be copied.
inline std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char character : text) {
    out += character == '\'' ? std::string("'\\''") : std::string(1, character);
  }
  return out + "'";
}

/// The same, where a shell would not take the text as it is.
inline std::string shellWord(const std::string& text) {
  const bool isPlain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == '/' || c == '+';
  });
  return isPlain && !text.empty() ? text : quoted(text);
}

}  // namespace wsferry::tool
