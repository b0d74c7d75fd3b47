#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/json/json_string.hpp"

namespace wsferry::archive {

/// An asset's metadata with all that an import demands of them (protocol section 8).
struct FilledMetadata {
  std::string text;
  std::string filled;  ///< Which members were nothing, as in `mime, size`.
};

namespace detail {

// As Strapi rounds them.
inline std::string kilobytesText(std::uint64_t bytes) {
  char text[40];
  std::snprintf(text, sizeof text, "%.15g", std::round(static_cast<double>(bytes) / 10) / 100);
  return text;
}

}  // namespace detail

/// Strapi requires `name`, `mime` and `size` of a file's record, and its database does not. What is
/// null, empty or not there is made of the file itself. @throws Error as JsonCursor.
inline FilledMetadata fillMetadata(std::string_view json, std::string_view filename,
                                   std::uint64_t bytes) {
  struct Member {
    const char* key;
    std::string value;
    bool isThere;
  };
  Member members[] = {{"name", encodeJsonString(filename), false},
                      {"mime", "\"application/octet-stream\"", false},
                      {"size", detail::kilobytesText(bytes), false}};
  FilledMetadata result;
  const auto note = [&result](const Member& member) {
    result.filled += (result.filled.empty() ? "" : ", ") + std::string(member.key);
  };
  std::size_t copied = 0;
  bool hasMembers = false;
  JsonCursor cursor(json);
  forEachMember(cursor, [&](std::string_view key) {
    const std::string_view value = cursor.skipValue();
    hasMembers = true;
    for (Member& member : members) {
      if (key != member.key) {
        continue;
      }
      member.isThere = true;
      if (value == "null" || value == "\"\"") {
        const auto place = static_cast<std::size_t>(value.data() - json.data());
        result.text.append(json.substr(copied, place - copied)).append(member.value);
        copied = place + value.size();
        note(member);
      }
    }
  });
  result.text.append(json.substr(copied));
  for (const Member& member : members) {
    const std::size_t end = result.text.rfind('}');
    if (!member.isThere && end != std::string::npos) {
      const char* const comma = hasMembers ? ",\"" : "\"";
      result.text.insert(end, comma + std::string(member.key) + "\":" + member.value);
      hasMembers = true;
      note(member);
    }
  }
  return result;
}

}  // namespace wsferry::archive
