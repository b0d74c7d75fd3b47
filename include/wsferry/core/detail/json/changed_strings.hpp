#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_string.hpp"

namespace wsferry {

/// Applies `change(text, isCut)` to a text, and to the decoded JSON strings in it, including those
/// within strings of JSON. Unchanged parts come back byte for byte; a changed string is escaped
/// again. The text need not be JSON. If it is cut, `change` is told so for the part that ends with
/// it, except for an escape that is cut.
template <class Change>
std::string changedStrings(std::string_view text, bool isCut, const Change& change);

namespace detail {

// The size of the JSON escape that begins at `at`; 0 if there is none, or it is cut.
inline std::size_t escapeSize(std::string_view text, std::size_t at) {
  const std::string_view kind = text.substr(at + 1, 1);
  if (kind != "u") {
    return !kind.empty() && std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos ? 2
                                                                                                : 0;
  }
  const std::string_view digits = text.substr(at + 2, 4);
  const auto isHex = [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; };
  return digits.size() == 4 && std::all_of(digits.begin(), digits.end(), isHex) ? 6 : 0;
}

// The place of the next quote or backslash that no escape holds, or the text's end.
inline std::size_t endOfPiece(std::string_view text, std::size_t at) {
  for (at = text.find_first_of("\"\\", at); at != std::string_view::npos;) {
    const std::size_t size = text[at] == '"' ? 0 : escapeSize(text, at);
    if (size == 0) {
      return at;
    }
    at = text.find_first_of("\"\\", at + size);
  }
  return text.size();
}

// Whether an escape begins here that the text's end cuts.
inline bool isCutEscape(std::string_view rest) {
  return rest == "\\" || (rest.substr(0, 2) == "\\u" && rest.size() < 6);
}

template <class Change>
std::string changeTo(std::string_view text, bool isCut, const Change& change, int levels);

// Which pieces are strings does not matter: nothing else in JSON has a backslash, and in other text
// it cannot be known.
template <class Change>
std::string changePieces(std::string_view text, bool isCut, const Change& change, int levels) {
  std::string result;
  for (std::size_t begin = 0;;) {
    const std::size_t end = endOfPiece(text, begin);
    const bool endsCut = isCut && isCutEscape(text.substr(end));
    const std::string_view piece = text.substr(begin, end - begin);
    std::string storage;
    const std::string_view content = decodeJsonString(piece, storage);
    const bool isOther = endsCut || content.size() != piece.size();
    const std::string changed =
        isOther ? changeTo(content, isCut && (endsCut || end == text.size()), change, levels)
                : std::string();
    if (isOther && changed != content) {
      const std::string encoded = encodeJsonString(changed);
      result.append(encoded, 1, encoded.size() - 2);
      if (endsCut) {
        return result;
      }
    } else {
      result.append(piece);
    }
    if (end == text.size()) {
      return result;
    }
    result += text[end];
    begin = end + 1;
  }
}

// `levels`: how deep JSON in strings of JSON is looked into.
template <class Change>
std::string changeTo(std::string_view text, bool isCut, const Change& change, int levels) {
  if (levels == 0 || text.find('\\') == std::string_view::npos) {
    return change(text, isCut);
  }
  return change(changePieces(text, isCut, change, levels - 1), isCut);
}

}  // namespace detail

template <class Change>
std::string changedStrings(std::string_view text, bool isCut, const Change& change) {
  return detail::changeTo(text, isCut, change, 3);
}

}  // namespace wsferry
