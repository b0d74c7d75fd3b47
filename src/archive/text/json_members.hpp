#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {

/// @throws Error with ArchiveErrc::invalidArchive for what is not UTF-8.
inline void expectUtf8(std::string_view text) {
  if (!isUtf8(text)) {
    throw Error(ArchiveErrc::invalidArchive, "not UTF-8");
  }
}

/// Calls `take(key, value)` for each member of an object, the value as its JSON text. Checks the
/// whole text. @throws Error with ArchiveErrc::invalidArchive if it is no object, as JsonCursor
/// otherwise.
template <typename Take>
void forEachMember(std::string_view json, Take take) {
  JsonCursor cursor(json);
  if (cursor.peek() != '{') {
    throw Error(ArchiveErrc::invalidArchive, "not an object");
  }
  wsferry::forEachMember(cursor, [&](std::string_view key) { take(key, cursor.skipValue()); });
  cursor.expectEnd();
}

/// The members of an object, with their values as JSON text; of one that occurs twice the last. As
/// forEachMember().
using JsonMembers = std::map<std::string, std::string_view, std::less<>>;

inline JsonMembers jsonMembersOf(std::string_view json) {
  JsonMembers members;
  forEachMember(json, [&](std::string_view key, std::string_view value) {
    members.insert_or_assign(std::string(key), value);
  });
  return members;
}

}  // namespace wsferry::archive
