#include "core/text/printable.hpp"

#include <algorithm>

namespace wsferry {

std::string printable(std::string_view text, std::size_t maxSize) {
  std::string result(text.substr(0, maxSize));
  std::replace_if(
      result.begin(), result.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  return result;
}

}  // namespace wsferry
