#pragma once

#include <map>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_members.hpp"

namespace wsferry::testing {

/// Members of a JSON object by their decoded keys, the values as JSON text; none of another value.
/// @throws Error when the text is no JSON.
inline std::map<std::string, std::string> jsonMembers(std::string_view text) {
  std::map<std::string, std::string> found;
  JsonCursor cursor(text);
  forEachMember(cursor,
                [&](std::string_view key) { found[std::string(key)] = cursor.skipValue(); });
  cursor.expectEnd();
  return found;
}

/// The member of this name if it is a string, decoded; else empty.
inline std::string jsonStringMember(const std::map<std::string, std::string>& members,
                                    const std::string& name) {
  const auto member = members.find(name);
  return member == members.end() ? "" : jsonStringOf(member->second).value_or("");
}

}  // namespace wsferry::testing
