#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/json_cursor.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::gateway {

/// Calls `take(key)` for each member of the next value, which has to consume the member's value.
/// False, with the value consumed, if it is no object.
template <class Take>
bool forEachMember(JsonCursor& cursor, Take take) {
  if (!cursor.enterObject()) {
    cursor.skipValue();
    return false;
  }
  std::string_view key;
  std::string storage;
  while (cursor.nextKey(key)) {
    take(decodeJsonString(key, storage));
  }
  return true;
}

/// The same for the elements of an array: `take()` has to consume one.
template <class Take>
bool forEachElement(JsonCursor& cursor, Take take) {
  if (!cursor.enterArray()) {
    cursor.skipValue();
    return false;
  }
  while (cursor.nextElement()) {
    take();
  }
  return true;
}

/// Calls `read(cursor)`, which has to consume one value and to say whether it is what it should be.
/// False as well if `json` is not JSON: what was read until then is not to be used.
template <class Read>
bool readJson(std::string_view json, Read read) {
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

inline bool isJsonString(std::string_view value) {
  return value.substr(0, 1) == "\"";
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
