#pragma once

#include <cstdint>
#include <string_view>

#include "wsferry/export.hpp"

namespace wsferry {

/// Checks a text that arrives in pieces for being UTF-8 (RFC 3629: no surrogates, no overlong
/// forms, nothing above U+10FFFF). A piece may end inside a character.
class WSFERRY_API Utf8Validator {
 public:
  /// False as soon as a byte cannot continue the text, no matter how the text is cut into pieces;
  /// false from then on.
  [[nodiscard]] bool update(std::string_view piece);

  /// Whether the text so far ends with a whole character.
  [[nodiscard]] bool complete() const { return state_ == 0; }

  void reset() { state_ = 0; }

 private:
  // What the bytes since the last whole character allow next; 0 at a character's start.
  std::uint8_t state_ = 0;
};

inline bool isUtf8(std::string_view text) {
  Utf8Validator validator;
  return validator.update(text) && validator.complete();
}

/// Whether a byte of UTF-8 continues a character, so that a text must not be cut before it.
constexpr bool isUtf8Continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

namespace detail {

/// The ways to validate whole characters; `text` must not end inside one to be valid.
bool isValidUtf8Portable(std::string_view text);
#if defined(__x86_64__) && defined(__GNUC__)
#define WSFERRY_HAVE_AVX2_UTF8
/// Call it only if the processor has AVX2.
bool isValidUtf8Avx2(std::string_view text);
#endif

}  // namespace detail
}  // namespace wsferry
