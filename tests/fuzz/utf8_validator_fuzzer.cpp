// A text is judged alike however it is cut, by every implementation, and as a plain reading of RFC
// 3629 judges it. The first byte says how it is cut.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/require.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"

namespace {

bool isValid(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) {
      return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const unsigned first = byte(0);
    const std::size_t size = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
    if (size == 0) {
      return false;
    }
    unsigned character = size == 1 ? first : first & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
      if ((byte(i) & 0xC0) != 0x80) {
        return false;
      }
      character = character << 6 | (byte(i) & 0x3F);
    }
    const bool isOverlong = (size == 3 && character < 0x800) || (size == 4 && character < 0x10000);
    if (isOverlong || (character >= 0xD800 && character < 0xE000) || character > 0x10FFFF) {
      return false;
    }
    at += size;
  }
  return true;
}

bool isValidInPieces(std::string_view text, std::size_t size) {
  wsferry::Utf8Validator validator;
  bool valid = true;
  while (!text.empty()) {
    const bool accepted = validator.update(text.substr(0, size));
    require(valid || !accepted);  // False from then on.
    valid = accepted;
    text.remove_prefix(std::min(size, text.size()));
  }
  return valid && validator.complete();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool expected = isValid(text);
  require(isValidInPieces(text, text.size() + 1) == expected);
  require(isValidInPieces(text, data[0] % 96 + 1U) == expected);
  require(wsferry::detail::isValidUtf8Portable(text) == expected);
#ifdef WSFERRY_HAVE_AVX2_UTF8
  if (__builtin_cpu_supports("avx2")) {
    require(wsferry::detail::isValidUtf8Avx2(text) == expected);
  }
#endif
  return 0;
}
