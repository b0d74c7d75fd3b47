#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/json_cursor.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::gateway {

/// Calls `take(key, value)` for each member, the key undecoded and the value as its JSON text.
/// False if `json` is no JSON object: what was taken until then is not to be used.
template <class Take>
bool forEachMember(std::string_view json, Take take) {
  try {
    JsonCursor cursor(json);
    if (!cursor.enterObject()) {
      return false;
    }
    std::string_view key;
    while (cursor.nextKey(key)) {
      take(key, cursor.skipValue());
    }
    cursor.expectEnd();
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// The same for the elements of an array.
template <class Take>
bool forEachElement(std::string_view json, Take take) {
  try {
    JsonCursor cursor(json);
    if (!cursor.enterArray()) {
      return false;
    }
    while (cursor.nextElement()) {
      take(cursor.skipValue());
    }
    cursor.expectEnd();
    return true;
  } catch (const Error&) {
    return false;
  }
}

// What a value is, given as its JSON text.

inline bool isJsonString(std::string_view value) {
  return value.substr(0, 1) == "\"";
}
inline bool isJsonObject(std::string_view value) {
  return value.substr(0, 1) == "{";
}
inline bool isJsonNumber(std::string_view value) {
  return !value.empty() && (value[0] == '-' || (value[0] >= '0' && value[0] <= '9'));
}

/// A string's content, undecoded; empty for what is no string.
inline std::string_view rawStringOf(std::string_view value) {
  return isJsonString(value) ? value.substr(1, value.size() - 2) : std::string_view();
}

/// A string's content; empty for what is no string.
inline std::string stringOf(std::string_view value) {
  return decodeJsonString(rawStringOf(value));
}

/// A whole number, however it is written (`1e3`, `12.0`); nothing for what is none, or too large.
std::optional<std::int64_t> integerOf(std::string_view value);

/// The same within 32 bits; 0 for what is none.
std::int32_t smallIntegerOf(std::string_view value);

/// A number; 0 for what is none, or too large.
double numberOf(std::string_view value);

}  // namespace wsferry::gateway
