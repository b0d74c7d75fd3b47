#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_string_scan.hpp"
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
    // Mostly there is none, which one look tells.
    if (position_ == text_.size() || text_[position_] <= ' ') {
      skipSpace();
    }
    return current();
  }

  /// The next value as the slice of text it takes, without surrounding white space.
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

namespace detail {

inline constexpr std::size_t maxDepth = 512;

inline bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

// Above 9 for anything but a digit.
inline unsigned digitValue(char c) {
  return static_cast<unsigned char>(c) - unsigned{'0'};
}

inline constexpr int hexValue(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
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
      if (detail::hexValue(current()) < 0) {
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
      readCompactBytes(out);
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

// Takes as many `,n` as stand without white space in whole blocks; what it does not understand it
// leaves to the caller. The commas of a block are found at once and each number is judged by its
// place between two of them: no branch depends on how many digits it has, which nothing could
// predict.
inline void JsonCursor::readCompactBytes(std::string& out) {
  static constexpr unsigned tensMask[] = {0, 0, ~0u, ~0u};
  static constexpr unsigned hundredsMask[] = {0, 0, 0, ~0u};
  static constexpr unsigned smallest[] = {0, 0, 10, 100};
  std::array<char, commaBlockSize / 2> bytes;
  bool good = true;
  while (good && text_.size() - position_ > commaBlockSize) {
    const char* const block = text_.data() + position_ + 1;
    const char* start = block;
    std::size_t count = 0;
    for (std::uint64_t commas = findCommas(block); commas != 0; commas &= commas - 1) {
      const char* const comma = block + __builtin_ctzll(commas);
      const auto length = static_cast<std::size_t>(comma - start);
      if (length - 1 > 2) {
        good = false;
        break;
      }
      const unsigned ones = detail::digitValue(comma[-1]);
      const unsigned tens = detail::digitValue(comma[-2]) & tensMask[length];
      const unsigned hundreds = detail::digitValue(comma[-3]) & hundredsMask[length];
      const unsigned value = ones + 10 * tens + 100 * hundreds;
      if ((ones > 9) | (tens > 9) | (hundreds > 2) | (value > 255) | (value < smallest[length])) {
        good = false;
        break;
      }
      bytes[count++] = static_cast<char>(value);
      start = comma + 1;
    }
    out.append(bytes.data(), count);
    position_ = static_cast<std::size_t>(start - text_.data()) - 1;
    good = good && count > 0;
  }
}

inline void JsonCursor::expectEnd() {
  skipSpace();
  if (position_ < text_.size()) {
    fail("the end");
  }
}

namespace detail {

[[noreturn]] inline void failEscape() {
  throw Error(Errc::protocolViolation, "not JSON: broken escape in a string");
}

// The four hexadecimal digits at `at`.
inline std::uint32_t readCodeUnit(std::string_view raw, std::size_t at) {
  if (raw.size() < at + 4) {
    failEscape();
  }
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const int digit = hexValue(raw[i]);
    if (digit < 0) {
      failEscape();
    }
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  return value;
}

inline void appendUtf8(std::uint32_t codePoint, std::string& out) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (codePoint < 0x80) {
    put(codePoint);
  } else if (codePoint < 0x800) {
    put(0xC0 | codePoint >> 6);
    put(0x80 | (codePoint & 0x3F));
  } else if (codePoint < 0x10000) {
    put(0xE0 | codePoint >> 12);
    put(0x80 | (codePoint >> 6 & 0x3F));
    put(0x80 | (codePoint & 0x3F));
  } else {
    put(0xF0 | codePoint >> 18);
    put(0x80 | (codePoint >> 12 & 0x3F));
    put(0x80 | (codePoint >> 6 & 0x3F));
    put(0x80 | (codePoint & 0x3F));
  }
}

// Decodes the \u escape whose digits begin at `at`, with its second half if it has one. Returns the
// place behind it.
inline std::size_t decodeUnicodeEscape(std::string_view raw, std::size_t at, std::string& out) {
  constexpr std::uint32_t replacement = 0xFFFD;
  const std::uint32_t unit = readCodeUnit(raw, at);
  at += 4;
  if (unit < 0xD800 || unit > 0xDFFF) {
    appendUtf8(unit, out);
    return at;
  }
  if (unit < 0xDC00 && raw.substr(at, 2) == "\\u") {
    const std::uint32_t low = readCodeUnit(raw, at + 2);
    if (low >= 0xDC00 && low <= 0xDFFF) {
      appendUtf8(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), out);
      return at + 6;
    }
  }
  appendUtf8(replacement, out);
  return at;
}

// Decodes the escape whose backslash is at `at`. Returns the place behind it.
inline std::size_t decodeEscape(std::string_view raw, std::size_t at, std::string& out) {
  constexpr std::string_view names = "\"\\/bfnrt";
  constexpr std::string_view values = "\"\\/\b\f\n\r\t";
  if (at + 1 >= raw.size()) {
    failEscape();
  }
  if (raw[at + 1] == 'u') {
    return decodeUnicodeEscape(raw, at + 2, out);
  }
  const std::size_t index = names.find(raw[at + 1]);
  if (index == std::string_view::npos) {
    failEscape();
  }
  out.push_back(values[index]);
  return at + 2;
}

}  // namespace detail

inline std::string decodeJsonString(std::string_view raw) {
  std::string storage;
  return std::string(decodeJsonString(raw, storage));
}

inline std::string_view decodeJsonString(std::string_view raw, std::string& storage) {
  std::size_t escape = raw.find('\\');
  if (escape == std::string_view::npos) {
    return raw;
  }
  storage.clear();
  std::size_t done = 0;
  while (escape != std::string_view::npos) {
    storage.append(raw, done, escape - done);
    done = detail::decodeEscape(raw, escape, storage);
    escape = raw.find('\\', done);
  }
  storage.append(raw, done, std::string_view::npos);
  return storage;
}

inline bool jsonStringEquals(std::string_view raw, std::string_view expected) {
  // An escape is longer than what it stands for, so few strings have to be looked at closely.
  if (raw.size() <= expected.size()) {
    return raw == expected && raw.find('\\') == std::string_view::npos;
  }
  if (!expected.empty() && raw.front() != expected.front() && raw.front() != '\\') {
    return false;
  }
  std::string storage;
  return decodeJsonString(raw, storage) == expected;
}

inline std::string encodeJsonString(std::string_view text) {
  constexpr std::string_view named = "\"\\\b\f\n\r\t";
  constexpr std::string_view names = "\"\\bfnrt";
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size() + 2);
  out.push_back('"');
  const char* at = text.data();
  const char* const end = at + text.size();
  for (;;) {
    const char* const special = findStringSpecial(at, end);
    out.append(at, special);
    if (special == end) {
      break;
    }
    out.push_back('\\');
    if (const std::size_t index = named.find(*special); index != std::string_view::npos) {
      out.push_back(names[index]);
    } else {
      out.append("u00");
      out.push_back(digits[static_cast<unsigned char>(*special) >> 4]);
      out.push_back(digits[static_cast<unsigned char>(*special) & 15]);
    }
    at = special + 1;
  }
  out.push_back('"');
  return out;
}

}  // namespace wsferry
