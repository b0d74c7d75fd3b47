#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"

namespace wsferry::strapi {

/// A file that a record of the media library names.
struct NamedFile {
  std::string name;
  std::string format;  ///< Empty for the record's own.
};

/// All of a record: its own, then those of its formats. Given the values of its attributes as JSON
/// text, empty for one that it lacks. Of what has no hash there is no file. @throws Error as
/// JsonCursor.
std::vector<NamedFile> filesNamedBy(std::string_view hash, std::string_view ext,
                                    std::string_view formats);

/// What Strapi 4 makes the extension of a file that has none.
inline constexpr std::array<std::string_view, 2> missingExtensions = {"null", "undefined"};

namespace detail {

inline void addFile(std::vector<NamedFile>& files, std::string_view hash, std::string_view ext,
                    std::string_view format) {
  std::string name = jsonStringOf(hash).value_or("");
  if (!name.empty()) {
    files.push_back({std::move(name) + jsonStringOf(ext).value_or(""), std::string(format)});
  }
}

}  // namespace detail

inline std::vector<NamedFile> filesNamedBy(std::string_view hash, std::string_view ext,
                                           std::string_view formats) {
  std::vector<NamedFile> files;
  detail::addFile(files, hash, ext, {});
  if (!isJsonObject(formats)) {
    return files;
  }
  JsonCursor cursor(formats);
  forEachMember(cursor, [&](std::string_view format) {
    std::string_view formatHash;
    std::string_view formatExt;
    forEachMember(cursor, [&](std::string_view key) {
      const bool isHash = key == "hash";
      const bool isExt = key == "ext";
      const std::string_view value = cursor.skipValue();
      formatHash = isHash ? value : formatHash;
      formatExt = isExt ? value : formatExt;
    });
    detail::addFile(files, formatHash, formatExt, format);
  });
  return files;
}

}  // namespace wsferry::strapi
