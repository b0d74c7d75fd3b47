#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_cursor.hpp"

namespace wsferry {

/// Calls `take(key)`, which must consume the member's value, for each member of the next value.
/// False, with the value consumed, if it is not an object.
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

/// The same for the elements of an array: `take()` must consume one.
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

/// The value of a member of an object, both as JSON text: the last one if there are several. Empty
/// if there is none, or if the text is not an object.
inline std::string_view jsonMemberOf(std::string_view json, std::string_view name) {
  std::string_view found;
  if (!json.empty()) {
    JsonCursor cursor(json);
    forEachMember(cursor, [&](std::string_view key) {
      const bool isWanted = key == name;
      const std::string_view value = cursor.skipValue();
      found = isWanted ? value : found;
    });
  }
  return found;
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

/// A string's content, undecoded; empty if it is not a string.
inline std::string_view rawJsonStringOf(std::string_view value) {
  return isJsonString(value) ? value.substr(1, value.size() - 2) : std::string_view();
}

/// A string's content; nothing if it is not a string.
inline std::optional<std::string> jsonStringOf(std::string_view value) {
  if (!isJsonString(value)) {
    return std::nullopt;
  }
  return decodeJsonString(rawJsonStringOf(value));
}

}  // namespace wsferry
