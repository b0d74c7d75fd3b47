#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wsferry/core/detail/text/http_date.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"

namespace wsferry {

/// A moment as JavaScript's toISOString() writes it, `1994-11-06T08:49:37.123Z`, without the part
/// of a second. Nothing for any other text.
[[nodiscard]] inline std::optional<SystemSeconds> readIsoTime(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00";
  if (text.size() <= form.size() || text.back() != 'Z' || text[4] != '-' || text[7] != '-' ||
      text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      (text.size() > form.size() + 1 && text[form.size()] != '.')) {
    return std::nullopt;
  }
  const auto number = [text](std::size_t place, std::size_t size) {
    return wholeNumber<unsigned>(text.substr(place, size));
  };
  const auto year = number(0, 4), month = number(5, 2), day = number(8, 2);
  const auto hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  const bool isComplete = year && month && day && hour && minute && second;
  if (!isComplete || *month == 0 || *month > 12 || *day == 0 || *day > 31 || *hour > 23 ||
      *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  const std::int64_t days = detail::daysSinceEpoch(*year, *month, *day);
  return SystemSeconds(std::chrono::seconds(((days * 24 + *hour) * 60 + *minute) * 60 + *second));
}

}  // namespace wsferry
