#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_members.hpp"

namespace wsferry::gateway {

/// Whether it names a member: names and indexes separated by dots. Not one of JSONPath or JSON
/// Pointer, such as `$.a`, `a[0]` or `/a/0`, which would find nothing.
inline bool isMemberPath(std::string_view path) {
  const bool isForeign = std::any_of(path.begin(), path.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' ||
           std::string_view("[]{}*").find(c) != std::string_view::npos;
  });
  return !path.empty() && !isForeign && path.front() != '.' && path.back() != '.' &&
         path.front() != '/' && path.find("..") == std::string_view::npos && path != "$" &&
         path.substr(0, 2) != "$.";
}

/// The JSON text of the value at `path` in `json`, which is JSON; empty if there is none. Of a
/// repeated member the last.
std::string_view memberTextAt(std::string_view json, std::string_view path);

/// The same, and empty for null.
std::string_view valueAt(std::string_view json, std::string_view path);

namespace detail {

// The member or element that the path's first name stands for; empty if there is none.
inline std::string_view stepInto(std::string_view json, std::string_view name) {
  std::string_view found;
  JsonCursor cursor(json);
  if (cursor.peek() == '[') {
    std::size_t index = 0;
    const bool isIndex =
        std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    forEachElement(cursor, [&] {
      const std::string_view value = cursor.skipValue();
      if (isIndex && std::to_string(index) == name) {
        found = value;
      }
      ++index;
    });
  } else {
    forEachMember(cursor, [&](std::string_view key) {
      const std::string_view value = cursor.skipValue();
      if (key == name) {
        found = value;
      }
    });
  }
  return found;
}

}  // namespace detail

inline std::string_view memberTextAt(std::string_view json, std::string_view path) {
  while (!path.empty() && !json.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    json = detail::stepInto(json, path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return json;
}

inline std::string_view valueAt(std::string_view json, std::string_view path) {
  const std::string_view text = memberTextAt(json, path);
  return text == "null" ? std::string_view() : text;
}

}  // namespace wsferry::gateway
