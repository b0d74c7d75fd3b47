#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wsferry {

/// Walks over JSON text (RFC 8259, strictly) without building anything: what passes through as bytes
/// is checked and measured, not decoded. The text must be valid UTF-8 already and outlive the
/// cursor. Every function throws Error with Errc::protocolViolation, naming the offset and what was
/// found, when the text is not JSON or nests deeper than 512.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  /// First significant byte of the next value, or '\0' at the end. Skips white space.
  char peek();

  /// The next value as the slice of text it takes, without surrounding white space.
  std::string_view skipValue();

  /// Enters an object or array. False if the next value is something else: nothing is consumed.
  bool enterObject();
  bool enterArray();

  /// In an object: the next key, undecoded content of its string, then the cursor stands at the
  /// value, which the caller must consume. False at the closing brace, which is consumed.
  bool nextKey(std::string_view& rawKey);

  /// In an array: true if there is another value, which the caller must consume. False at the
  /// closing bracket, which is consumed.
  bool nextElement();

  /// The next value, which must be a string, undecoded and without quotes.
  std::string_view readRawString();

  /// Fails unless only white space follows.
  void expectEnd();

  std::size_t offset() const { return position_; }

 private:
  std::string_view text_;
  std::size_t position_ = 0;
  // Whether a separator is due before the next key or element of the innermost entered container.
  bool first_ = false;
};

/// Decodes the content of a JSON string (between its quotes). A lone surrogate becomes U+FFFD.
std::string decodeJsonString(std::string_view raw);

/// Whether `raw`, the content of a JSON string, decodes to `expected`.
bool jsonStringEquals(std::string_view raw, std::string_view expected);

/// `text` as a JSON string with quotes.
std::string encodeJsonString(std::string_view text);

}  // namespace wsferry
