#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wsferry::tool {

/// Text from a server or an archive, made safe to print: control characters (C0, DEL, C1, and those
/// that turn the writing direction) and invalid UTF-8 become spaces or `?`, runs of white space
/// become one space. Longer than `maxLength` characters, it is cut and ends in `...`.
std::string printable(std::string_view text, std::size_t maxLength = 2000);

/// The same line by line: line breaks stay, and so does a line's indentation by blanks. Without
/// empty lines.
std::string printableLines(std::string_view text, std::size_t maxLineLength = 2000);

/// The same text with invalid UTF-8 replaced by U+FFFD: what JSON may carry.
std::string validUtf8(std::string_view text);

/// How many columns a printable text takes, one a character.
std::size_t displayWidth(std::string_view text);

/// The first `columns` characters of a printable text.
std::string_view clipped(std::string_view text, std::size_t columns);

}  // namespace wsferry::tool
