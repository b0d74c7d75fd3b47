#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"
#include "wsferry/http/request.hpp"

namespace wsferry::http {

/// Whether a 206 with this Content-Range has the requested bytes: all of them, or those up to the
/// resource's end.
inline bool answersRange(const ByteRange& asked, std::string_view contentRange) {
  constexpr std::string_view unit = "bytes ";
  const auto dash = contentRange.find('-');
  const auto slash = contentRange.find('/');
  if (!startsWith(contentRange, unit) || slash == std::string_view::npos || dash > slash) {
    return false;
  }
  const auto number = [contentRange](std::size_t begin, std::size_t end) {
    return wholeNumber<std::uint64_t>(contentRange.substr(begin, end - begin));
  };
  const auto first = number(unit.size(), dash);
  const auto last = number(dash + 1, slash);
  if (!first || !last || *first != asked.first || *last < *first) {
    return false;
  }
  const auto size = number(slash + 1, contentRange.size());
  if (!size) {
    return contentRange.substr(slash + 1) == "*" && (!asked.last || asked.last == last);
  }
  const bool isAtEnd = *last + 1 == *size && (!asked.last || *asked.last > *last);
  return *last < *size && (asked.last == last || isAtEnd);
}

}  // namespace wsferry::http
