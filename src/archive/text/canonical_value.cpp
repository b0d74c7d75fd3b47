#include "archive/text/canonical_value.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <optional>

#include "archive/text/canonical_json.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"

namespace wsferry::archive {
namespace {

constexpr std::string_view digitsOnly = "0123456789";

// Reads a text from its beginning.
class TextReader {
 public:
  explicit TextReader(std::string_view text) : rest_(text) {}

  bool take(char expected) {
    const bool fits = !rest_.empty() && rest_[0] == expected;
    rest_.remove_prefix(fits ? 1 : 0);
    return fits;
  }

  // A number of exactly `count` digits.
  std::optional<int> number(std::size_t count) {
    if (std::min(rest_.find_first_not_of(digitsOnly), rest_.size()) < count) {
      return std::nullopt;
    }
    int value = 0;
    std::from_chars(rest_.data(), rest_.data() + count, value);
    rest_.remove_prefix(count);
    return value;
  }

  // A point and digits, without zeros at the end; empty if nothing else is left.
  std::string fraction() {
    if (!take('.')) {
      return {};
    }
    std::string digits(rest_.substr(0, rest_.find_first_not_of(digitsOnly)));
    rest_.remove_prefix(digits.size());
    digits.erase(digits.find_last_not_of('0') + 1);
    return digits.empty() ? digits : "." + digits;
  }

  bool atEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

struct TimeOfDay {
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
  std::string fraction;
};

std::optional<TimeOfDay> readTime(TextReader& text) {
  const auto hours = text.number(2);
  const auto minutes = hours && text.take(':') ? text.number(2) : std::nullopt;
  if (!minutes) {
    return std::nullopt;
  }
  TimeOfDay time{*hours, *minutes, 0, {}};
  if (text.take(':')) {
    const auto seconds = text.number(2);
    if (!seconds) {
      return std::nullopt;
    }
    time.seconds = *seconds;
    time.fraction = text.fraction();
  }
  return time;
}

std::string timeText(const TimeOfDay& time) {
  char text[40];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d", time.hours, time.minutes, time.seconds);
  return text + time.fraction;
}

std::optional<std::string> canonicalTime(std::string_view text) {
  TextReader reader(text);
  const auto time = readTime(reader);
  return time && reader.atEnd() ? std::optional(timeText(*time)) : std::nullopt;
}

// In UTC, `fraction` being that of the second.
std::string instantText(std::time_t instant, const std::string& fraction) {
  std::tm parts{};
  gmtime_r(&instant, &parts);
  char date[40];
  std::snprintf(date, sizeof date, "%04d-%02d-%02dT", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday);
  return date + timeText({parts.tm_hour, parts.tm_min, parts.tm_sec, fraction}) + "Z";
}

// Seconds that local time is ahead of UTC; nothing without an offset, as nobody knows the place.
std::optional<int> readOffset(TextReader& text) {
  if (text.take('Z')) {
    return 0;
  }
  const int sign = text.take('+') ? 1 : text.take('-') ? -1 : 0;
  const auto hours = sign == 0 ? std::nullopt : text.number(2);
  text.take(':');
  const auto minutes = hours ? text.number(2) : std::nullopt;
  return minutes ? std::optional(sign * (*hours * 60 + *minutes) * 60) : std::nullopt;
}

std::optional<std::tm> readDate(TextReader& text) {
  const auto year = text.number(4);
  const auto month = year && text.take('-') ? text.number(2) : std::nullopt;
  const auto day = month && text.take('-') ? text.number(2) : std::nullopt;
  if (!day) {
    return std::nullopt;
  }
  std::tm date{};
  date.tm_year = *year - 1900;
  date.tm_mon = *month - 1;
  date.tm_mday = *day;
  return date;
}

std::optional<std::string> canonicalInstant(std::string_view text) {
  TextReader reader(text);
  auto parts = readDate(reader);
  const auto time =
      parts && (reader.take('T') || reader.take(' ')) ? readTime(reader) : std::nullopt;
  const auto offset = time ? readOffset(reader) : std::nullopt;
  if (!offset || !reader.atEnd()) {
    return std::nullopt;
  }
  parts->tm_hour = time->hours;
  parts->tm_min = time->minutes;
  parts->tm_sec = time->seconds;
  const std::tm written = *parts;
  const std::time_t local = timegm(&*parts);
  // A date that no calendar has is no equal of the one it would become.
  const bool exists = parts->tm_mday == written.tm_mday && parts->tm_mon == written.tm_mon &&
                      parts->tm_hour == written.tm_hour && parts->tm_min == written.tm_min &&
                      parts->tm_sec == written.tm_sec;
  return exists ? std::optional(instantText(local - *offset, time->fraction)) : std::nullopt;
}

std::optional<std::string> instantOfMilliseconds(std::string_view digits) {
  const auto milliseconds = wholeNumber(digits);
  if (!milliseconds || *milliseconds > 8'640'000'000'000'000) {
    return std::nullopt;  // The last is the last time that JavaScript has.
  }
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03u", static_cast<unsigned>(*milliseconds % 1000));
  return instantText(static_cast<std::time_t>(*milliseconds / 1000),
                     TextReader(fraction).fraction());
}

// A number without what does not count: zeros after the point.
std::string canonicalNumber(std::string_view json) {
  std::string number(json);
  if (number.find('.') != std::string::npos && number.find_first_of("eE") == std::string::npos) {
    number.erase(number.find_last_not_of('0') + 1);
    number.erase(number.find_last_not_of('.') + 1);
  }
  return number == "-0" ? "0" : number;
}

}  // namespace

std::string canonicalValue(std::string_view type, std::string_view json) {
  std::optional<std::string> text;
  const bool isInstant = type == "datetime" || type == "timestamp";
  if (isJsonNumber(json)) {
    if (type == "decimal" || type == "float") {
      return canonicalNumber(json);
    }
    text = isInstant ? instantOfMilliseconds(json) : std::nullopt;
  } else if (const auto value = jsonStringOf(json)) {
    text = type == "time" ? canonicalTime(*value) : isInstant ? canonicalInstant(*value) : text;
    if (!text && type == "timestamp") {
      text = instantOfMilliseconds(*value);
    }
  }
  return text ? encodeJsonString(*text) : canonicalJson(json);
}

}  // namespace wsferry::archive
