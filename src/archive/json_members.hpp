#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/json_cursor.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {

/// Calls `take(key, value)` for each member of an object, the value as its JSON text. Checks the
/// whole text. @throws Error with Errc::invalidArchive if it is no object, as JsonCursor otherwise.
template <typename Take>
void forEachMember(std::string_view json, Take take) {
  JsonCursor cursor(json);
  if (!cursor.enterObject()) {
    throw Error(Errc::invalidArchive, "not an object");
  }
  std::string_view key;
  std::string storage;
  while (cursor.nextKey(key)) {
    take(decodeJsonString(key, storage), cursor.skipValue());
  }
  cursor.expectEnd();
}

inline bool isJsonString(std::string_view value) {
  return value.substr(0, 1) == "\"";
}
inline bool isJsonObject(std::string_view value) {
  return value.substr(0, 1) == "{";
}
inline bool isJsonNumber(std::string_view value) {
  return !value.empty() && (value[0] == '-' || (value[0] >= '0' && value[0] <= '9'));
}

/// The string that the JSON text `value` is, or nothing if it is no string.
inline std::optional<std::string> jsonStringOf(std::string_view value) {
  if (!isJsonString(value)) {
    return std::nullopt;
  }
  return decodeJsonString(value.substr(1, value.size() - 2));
}

}  // namespace wsferry::archive
