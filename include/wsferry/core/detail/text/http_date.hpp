#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wsferry/core/detail/text/whole_number.hpp"

namespace wsferry {

/// In seconds: the year 9999 is none that a time in nanoseconds reaches.
using SystemSeconds = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;

/// A moment as HTTP writes it (IMF-fixdate, RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
/// Nothing for any other text, the older forms among them, which nobody may send any more. The
/// day's name is not compared with the date. In any locale.
[[nodiscard]] std::optional<SystemSeconds> readHttpDate(std::string_view text);

namespace detail {

// Days from 1 January 1970, in the Gregorian calendar.
constexpr std::int64_t daysSinceEpoch(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2 ? 1 : 0;  // Years that begin in March have the leap day at their end.
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t yearOfEra = year - era * 400;
  const std::int64_t dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719'468;
}

}  // namespace detail

inline std::optional<SystemSeconds> readHttpDate(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::string_view form = "Xxx, 00 Xxx 0000 00:00:00 GMT";
  if (text.size() != form.size() || text.substr(3, 2) != ", " || text[7] != ' ' ||
      text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':' ||
      text.substr(25) != " GMT") {
    return std::nullopt;
  }
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto number = [text](std::size_t place, std::size_t size) {
    return wholeNumber<unsigned>(text.substr(place, size));
  };
  const auto day = number(5, 2), year = number(12, 4);
  const auto hour = number(17, 2), minute = number(20, 2), second = number(23, 2);
  const bool isComplete = month != months.end() && day && year && hour && minute && second;
  if (!isComplete || *day == 0 || *day > 31 || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  const auto monthOfYear = month - months.begin() + 1;
  const std::int64_t days = detail::daysSinceEpoch(*year, monthOfYear, *day);
  return SystemSeconds(std::chrono::seconds(((days * 24 + *hour) * 60 + *minute) * 60 + *second));
}

}  // namespace wsferry
