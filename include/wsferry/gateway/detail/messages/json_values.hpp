#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::gateway {

/// Calls `read(cursor)`, which has to consume one value and to say whether it is what it should be.
/// False as well if `json` is not JSON: what was read until then is not to be used.
template <class Read>
[[nodiscard]] bool readJson(std::string_view json, Read read) {
  try {
    JsonCursor cursor(json);
    const bool isGood = read(cursor);
    cursor.expectEnd();
    return isGood;
  } catch (const Error&) {
    return false;
  }
}

/// Whether the whole text is one JSON object.
[[nodiscard]] inline bool isWholeJsonObject(std::string_view json) {
  return readJson(json, [](JsonCursor& cursor) { return isJsonObject(cursor.skipValue()); });
}

// What a value is, given as its JSON text.

/// A string's content; empty for what is no string.
inline std::string stringOf(std::string_view value) {
  return decodeJsonString(rawJsonStringOf(value));
}

/// The same, or the text of a number, `true` or `false`; empty for null, an array or an object.
inline std::string scalarTextOf(std::string_view value) {
  const bool isText = isJsonNumber(value) || value == "true" || value == "false";
  return isText ? std::string(value) : stringOf(value);
}

/// A whole number, however it is written (`1e3`, `12.0`); nothing for what is none, or too large.
[[nodiscard]] std::optional<std::int64_t> integerOf(std::string_view value);

/// The same within 32 bits; 0 for what is none.
std::int32_t smallIntegerOf(std::string_view value);

/// A number; 0 for what is none, or too large. In a source, as RapidJSON reads it.
double numberOf(std::string_view value);

namespace detail {

// Digits without a point, and the power of ten they are to be multiplied with. No floating point:
// an integer of 64 bits does not fit into it.
inline std::optional<std::int64_t> scaledInteger(std::string digits, std::int64_t exponent) {
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) {
    return 0;
  }
  const std::size_t kept = digits.find_last_not_of('0') + 1;
  exponent += static_cast<std::int64_t>(digits.size() - kept);
  digits.resize(kept);
  constexpr std::int64_t mostDigits = std::numeric_limits<std::int64_t>::digits10 + 1;
  if (exponent < 0 || exponent > mostDigits) {
    return std::nullopt;
  }
  digits.append(static_cast<std::size_t>(exponent), '0');
  return wholeNumber<std::int64_t>(digits);
}

}  // namespace detail

inline std::optional<std::int64_t> integerOf(std::string_view value) {
  if (const auto whole = wholeNumber<std::int64_t>(value)) {
    return whole;
  }
  if (!isJsonNumber(value)) {
    return std::nullopt;
  }
  const bool isNegative = value[0] == '-';
  value.remove_prefix(isNegative ? 1 : 0);
  const auto e = std::min(value.find_first_of("eE"), value.size());
  const auto point = std::min(value.find('.'), e);
  std::string digits(value.substr(0, point));
  std::int64_t exponent = 0;
  if (e < value.size()) {
    std::string_view text = value.substr(e + 1);
    text.remove_prefix(text.substr(0, 1) == "+" ? 1 : 0);
    const auto written = wholeNumber<std::int32_t>(text);
    if (!written) {
      return std::nullopt;
    }
    exponent = *written;
  }
  if (point < e) {
    digits += value.substr(point + 1, e - point - 1);
    exponent -= static_cast<std::int64_t>(e - point - 1);
  }
  // The smallest integer is not read in this form: nothing that is counted comes near it.
  const auto magnitude = detail::scaledInteger(std::move(digits), exponent);
  return magnitude && isNegative ? std::optional(-*magnitude) : magnitude;
}

inline std::int32_t smallIntegerOf(std::string_view value) {
  using Limits = std::numeric_limits<std::int32_t>;
  const std::int64_t number = integerOf(value).value_or(0);
  const bool fits = number >= Limits::min() && number <= Limits::max();
  return fits ? static_cast<std::int32_t>(number) : 0;
}

}  // namespace wsferry::gateway
