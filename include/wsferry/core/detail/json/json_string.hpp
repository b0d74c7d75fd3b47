#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_string_scan.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry {

/// Decodes the content of a JSON string (between its quotes). A lone surrogate becomes U+FFFD.
/// @throws Error with Errc::protocolViolation for an escape that JSON does not have.
std::string decodeJsonString(std::string_view raw);

/// The same without a copy if `raw` has no escapes; otherwise the result is in `storage`.
std::string_view decodeJsonString(std::string_view raw, std::string& storage);

/// Whether `raw`, the content of a JSON string, decodes to `expected`.
bool jsonStringEquals(std::string_view raw, std::string_view expected);

/// `text` as a JSON string with quotes.
std::string encodeJsonString(std::string_view text);

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
// position after it.
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

// Decodes the escape whose backslash is at `at`. Returns the position after it.
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
  // An escape is longer than what it stands for, so few strings need a closer look.
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
