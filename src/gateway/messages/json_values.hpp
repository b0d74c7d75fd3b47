#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_members.hpp"
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

/// A number; 0 for what is none, or too large.
double numberOf(std::string_view value);

}  // namespace wsferry::gateway
