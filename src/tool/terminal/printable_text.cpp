#include "tool/terminal/printable_text.hpp"

#include <algorithm>
#include <cstdint>

#include "wsferry/core/detail/text/utf8_validator.hpp"

namespace wsferry::tool {

namespace {

struct CodePoint {
  std::uint32_t value;
  std::size_t length;
  bool valid;
};

CodePoint decodeFirst(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) {
    return {lead, 1, true};
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) {
    return {0xFFFD, 1, false};
  }
  std::uint32_t value = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!isUtf8Continuation(text[i])) {
      return {0xFFFD, 1, false};
    }
    value = (value << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) {
    return {0xFFFD, 1, false};
  }
  return {value, length, true};
}

bool isControl(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x2028 || c == 0x2029;
}

}  // namespace

std::string printable(std::string_view text, std::size_t maxLength) {
  std::string out;
  std::size_t length = 0;
  bool spacePending = false;
  while (!text.empty()) {
    const CodePoint c = decodeFirst(text);
    const std::string_view bytes = text.substr(0, c.length);
    text.remove_prefix(c.length);
    if (c.valid && (c.value == ' ' || isControl(c.value))) {
      spacePending = !out.empty();
      continue;
    }
    if (length + (spacePending ? 2 : 1) > maxLength) {
      return out + "...";
    }
    if (spacePending) {
      out += ' ';
      ++length;
      spacePending = false;
    }
    out += c.valid ? bytes : "?";
    ++length;
  }
  return out;
}

std::string printableLines(std::string_view text, std::size_t maxLineLength) {
  constexpr std::size_t deepestIndentation = 8;
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::string shown = printable(line, maxLineLength);
    if (!shown.empty()) {
      const std::size_t indentation = std::min(line.find_first_not_of(' '), deepestIndentation);
      out.append(out.empty() ? "" : "\n").append(indentation, ' ').append(shown);
    }
  }
  return out;
}

std::string validUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = decodeFirst(text);
    out += c.valid ? text.substr(0, c.length) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(c.length);
  }
  return out;
}

std::size_t displayWidth(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) {
    width += isUtf8Continuation(c) ? 0u : 1u;
  }
  return width;
}

std::string_view clipped(std::string_view text, std::size_t columns) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!isUtf8Continuation(text[i]) && ++seen > columns) {
      return text.substr(0, i);
    }
  }
  return text;
}

}  // namespace wsferry::tool
