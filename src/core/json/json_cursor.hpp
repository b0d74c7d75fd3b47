#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wsferry {

/// Walks over JSON text (RFC 8259, strictly) without building anything: what passes through as
/// bytes is checked and measured, not decoded. The text must be valid UTF-8 already and outlive the
/// cursor. Every function throws Error with Errc::protocolViolation, naming the offset and what was
/// found, when the text is not JSON or nests deeper than 512. Escaped lone surrogates are legal, as
/// they are in JSON.parse. After an exception the cursor is good for nothing but destruction.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  /// First significant byte of the next value, or '\0' at the end. Skips white space.
  char peek() {
    skipSpace();
    return current();
  }

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

  /// The next value, which must be an array of integers from 0 to 255: appends them to `out` as
  /// bytes.
  void readByteArray(std::string& out);

  /// Fails unless only white space follows.
  void expectEnd();

  std::size_t offset() const { return position_; }

 private:
  char current() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  void skipSpace() {
    while (position_ < text_.size() && isSpace(text_[position_])) {
      ++position_;
    }
  }
  static bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  bool enter(char open);
  bool nextItem(char close);
  std::string_view readKey();
  std::string_view readString();
  void skipEscape();
  void skipContainer();
  void skipScalar();
  void skipLiteral(std::string_view literal);
  void skipNumber();
  void skipDigits();
  void checkDepth(std::size_t depth) const;
  void readCompactBytes(std::string& out);
  unsigned char readByte();
  [[noreturn]] void fail(std::string_view expected) const;

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t depth_ = 0;  // Of entered containers.
  // Whether the innermost entered container has had nothing yet, so that no comma is due. When it
  // is left, its parent has had something: one flag serves all levels.
  bool first_ = false;
};

/// Decodes the content of a JSON string (between its quotes). A lone surrogate becomes U+FFFD.
/// @throws Error with Errc::protocolViolation for an escape that JSON does not have.
std::string decodeJsonString(std::string_view raw);

/// The same without a copy where `raw` has no escapes; otherwise the result is in `storage`.
std::string_view decodeJsonString(std::string_view raw, std::string& storage);

/// Whether `raw`, the content of a JSON string, decodes to `expected`.
bool jsonStringEquals(std::string_view raw, std::string_view expected);

/// `text` as a JSON string with quotes.
std::string encodeJsonString(std::string_view text);

}  // namespace wsferry
