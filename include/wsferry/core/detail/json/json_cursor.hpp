#pragma once

#include <bitset>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_byte_array.hpp"
#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/detail/json/json_string_scan.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

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
    // Mostly there is none, which a single check shows.
    if (position_ == text_.size() || text_[position_] <= ' ') {
      skipSpace();
    }
    return current();
  }

  /// The next value as a slice of the text, without surrounding white space.
  std::string_view skipValue();

  /// Enters an object or array. False if the next value is something else: nothing is consumed.
  [[nodiscard]] bool enterObject();
  [[nodiscard]] bool enterArray();

  /// In an object: the next key, undecoded content of its string, then the cursor stands at the
  /// value, which the caller must consume. False at the closing brace, which is consumed.
  [[nodiscard]] bool nextKey(std::string_view& rawKey);

  /// In an array: true if there is another value, which the caller must consume. False at the
  /// closing bracket, which is consumed.
  [[nodiscard]] bool nextElement();

  /// The next value, which must be a string, undecoded and without quotes.
  std::string_view readRawString();

  /// The next value, which must be an array of integers from 0 to 255: appends them to `out` as
  /// bytes.
  void readByteArray(std::string& out);

  /// Fails unless only white space follows.
  void expectEnd();

  std::size_t offset() const { return position_; }

  /// The text from an offset to where the cursor stands.
  std::string_view since(std::size_t begin) const { return text_.substr(begin, position_ - begin); }

 private:
  char current() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  void skipSpace() {
    while (position_ < text_.size() && isSpace(text_[position_])) {
      ++position_;
    }
  }
  static bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  [[nodiscard]] bool enter(char open);
  [[nodiscard]] bool nextItem(char close);
  std::string_view readKey();
  std::string_view readString();
  void skipEscape();
  void skipContainer();
  void skipScalar();
  void skipLiteral(std::string_view literal);
  void skipNumber();
  void skipDigits();
  void checkDepth(std::size_t depth) const;
  unsigned char readByte();
  [[noreturn]] void fail(std::string_view expected) const;

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t depth_ = 0;  // Of entered containers.
  // Whether the innermost entered container is still empty, so that no comma is due. When it is
  // left, its parent is no longer empty: one flag serves all levels.
  bool first_ = false;
};

namespace detail {

inline constexpr std::size_t maxDepth = 512;

inline bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

inline std::string describeByte(char c) {
  if (c >= ' ' && c <= '~') {
    return std::string("'") + c + "'";
  }
  constexpr char digits[] = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(c);
  return std::string("byte 0x") + digits[value >> 4] + digits[value & 15];
}

}  // namespace detail

inline void JsonCursor::fail(std::string_view expected) const {
  std::string message = "not JSON at offset " + std::to_string(position_) + ": expected ";
  message += expected;
  message += ", found ";
  message += position_ < text_.size() ? detail::describeByte(text_[position_]) : "the end";
  throw Error(Errc::protocolViolation, message);
}

inline void JsonCursor::checkDepth(std::size_t depth) const {
  if (depth > detail::maxDepth) {
    throw Error(Errc::protocolViolation,
                "JSON nests deeper than 512 at offset " + std::to_string(position_));
  }
}

inline std::string_view JsonCursor::skipValue() {
  const char c = peek();
  const std::size_t begin = position_;
  if (c == '{' || c == '[') {
    skipContainer();
  } else {
    skipScalar();
  }
  return text_.substr(begin, position_ - begin);
}

// Without recursion: a hostile text must not reach the end of the stack.
inline void JsonCursor::skipContainer() {
  std::bitset<detail::maxDepth + 1> isObject;
  std::size_t depth = 0;
  for (;;) {
    // A value is due.
    const char c = peek();
    if (c == '{' || c == '[') {
      checkDepth(depth_ + ++depth);
      isObject[depth] = c == '{';
      ++position_;
      if (peek() != (c == '{' ? '}' : ']')) {
        if (c == '{') {
          readKey();
        }
        continue;
      }
    } else {
      skipScalar();
    }
    // A value is complete, or the closing of an empty container is next.
    for (;;) {
      const bool inObject = isObject[depth];
      const char next = peek();
      if (next == ',') {
        ++position_;
        if (inObject) {
          readKey();
        }
        break;
      }
      if (next != (inObject ? '}' : ']')) {
        fail(inObject ? "',' or '}'" : "',' or ']'");
      }
      ++position_;
      if (--depth == 0) {
        return;
      }
    }
  }
}

inline void JsonCursor::skipScalar() {
  switch (current()) {
    case '"':
      readString();
      break;
    case 't':
      skipLiteral("true");
      break;
    case 'f':
      skipLiteral("false");
      break;
    case 'n':
      skipLiteral("null");
      break;
    default:
      skipNumber();
  }
}

inline void JsonCursor::skipLiteral(std::string_view literal) {
  if (text_.substr(position_, literal.size()) != literal) {
    fail("a value");
  }
  position_ += literal.size();
}

inline void JsonCursor::skipNumber() {
  const bool negative = current() == '-';
  position_ += negative ? 1 : 0;
  if (current() == '0') {
    ++position_;
  } else if (detail::isDigit(current()) || negative) {
    skipDigits();
  } else {
    fail("a value");
  }
  if (current() == '.') {
    ++position_;
    skipDigits();
  }
  if (current() == 'e' || current() == 'E') {
    ++position_;
    if (current() == '+' || current() == '-') {
      ++position_;
    }
    skipDigits();
  }
}

inline void JsonCursor::skipDigits() {
  if (!detail::isDigit(current())) {
    fail("a digit");
  }
  do {
    ++position_;
  } while (detail::isDigit(current()));
}

inline std::string_view JsonCursor::readString() {
  const std::size_t begin = ++position_;
  for (;;) {
    position_ = static_cast<std::size_t>(
        findStringSpecial(text_.data() + position_, text_.data() + text_.size()) - text_.data());
    const char c = current();
    if (c == '"') {
      return text_.substr(begin, position_++ - begin);
    }
    if (c != '\\') {
      fail("a string character or '\"'");
    }
    skipEscape();
  }
}

inline void JsonCursor::skipEscape() {
  ++position_;
  const char kind = current();
  // A terminating zero is a match for strchr, but not an escape.
  if (kind == '\0' || std::strchr("\"\\/bfnrtu", kind) == nullptr) {
    fail("an escape character");
  }
  ++position_;
  if (kind == 'u') {
    for (int i = 0; i < 4; ++i) {
      if (hexValue(current()) < 0) {
        fail("a hexadecimal digit");
      }
      ++position_;
    }
  }
}

inline std::string_view JsonCursor::readKey() {
  if (peek() != '"') {
    fail("a key");
  }
  const std::string_view key = readString();
  if (peek() != ':') {
    fail("':'");
  }
  ++position_;
  return key;
}

inline bool JsonCursor::enterObject() {
  return enter('{');
}
inline bool JsonCursor::enterArray() {
  return enter('[');
}

inline bool JsonCursor::enter(char open) {
  if (peek() != open) {
    return false;
  }
  checkDepth(++depth_);
  ++position_;
  first_ = true;
  return true;
}

inline bool JsonCursor::nextKey(std::string_view& rawKey) {
  if (!nextItem('}')) {
    return false;
  }
  rawKey = readKey();
  return true;
}

inline bool JsonCursor::nextElement() {
  if (!nextItem(']')) {
    return false;
  }
  if (peek() == ']') {
    fail("a value");
  }
  return true;
}

// Steps over the separator that is due, or leaves the container.
inline bool JsonCursor::nextItem(char close) {
  const char c = peek();
  const bool first = first_;
  first_ = false;
  if (c == close) {
    ++position_;
    --depth_;
    return false;
  }
  if (!first) {
    if (c != ',') {
      fail(close == '}' ? "',' or '}'" : "',' or ']'");
    }
    ++position_;
  }
  return true;
}

inline std::string_view JsonCursor::readRawString() {
  if (peek() != '"') {
    fail("a string");
  }
  return readString();
}

inline void JsonCursor::readByteArray(std::string& out) {
  if (!enterArray()) {
    fail("an array of bytes");
  }
  if (!nextElement()) {
    return;
  }
  out.push_back(static_cast<char>(readByte()));
  while (nextElement()) {
    out.push_back(static_cast<char>(readByte()));
    // The fast path looks back three bytes from the comma behind its first number.
    if (position_ >= 4 && current() == ',') {
      position_ = detail::readCompactBytes(text_, position_, out);
    }
  }
}

inline unsigned char JsonCursor::readByte() {
  const char c = peek();
  if (!detail::isDigit(c)) {
    fail("a number from 0 to 255");
  }
  const std::size_t begin = position_;
  unsigned value = 0;
  while (detail::isDigit(current()) && value <= 255) {
    value = value * 10 + static_cast<unsigned>(current() - '0');
    ++position_;
  }
  if (value > 255 || (c == '0' && position_ - begin > 1)) {
    position_ = begin;
    fail("a number from 0 to 255");
  }
  return static_cast<unsigned char>(value);
}

inline void JsonCursor::expectEnd() {
  skipSpace();
  if (position_ < text_.size()) {
    fail("the end");
  }
}

}  // namespace wsferry
