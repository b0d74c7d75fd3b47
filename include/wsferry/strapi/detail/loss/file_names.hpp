#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/ascii.hpp"

namespace wsferry::strapi {

/// A file that a record of the media library names.
struct NamedFile {
  std::string name;
  std::string format;  ///< Empty for the record's own.
};

/// All files of a record: its own, then those of its formats. Takes the values of its attributes as
/// JSON text, empty for missing ones. Without a hash there is no file. @throws Error as JsonCursor.
std::vector<NamedFile> filesNamedBy(std::string_view hash, std::string_view ext,
                                    std::string_view formats);

/// The extension that Strapi 4 gives to a file without one.
inline constexpr std::array<std::string_view, 2> missingExtensions = {"null", "undefined"};

/// The name of a file by its record; a server sends a file without an extension under another name.
/// Takes the metadata that came with the file. @throws Error as JsonCursor.
std::string nameInRecord(std::string_view filename, std::string_view metadata);

namespace detail {

inline void addFile(std::vector<NamedFile>& files, std::string_view hash, std::string_view ext,
                    std::string_view format) {
  std::string name = jsonStringOf(hash).value_or("");
  if (!name.empty()) {
    files.push_back({std::move(name) + jsonStringOf(ext).value_or(""), std::string(format)});
  }
}

}  // namespace detail

inline std::string nameInRecord(std::string_view filename, std::string_view metadata) {
  const auto nothing =
      std::find_if(missingExtensions.begin(), missingExtensions.end(),
                   [filename](std::string_view end) { return endsWith(filename, end); });
  if (nothing == missingExtensions.end() || !isJsonObject(metadata)) {
    return std::string(filename);
  }
  std::string hash;
  std::string ext;
  JsonCursor cursor(metadata);
  forEachMember(cursor, [&](std::string_view key) {
    std::string* const member = key == "hash" ? &hash : key == "ext" ? &ext : nullptr;
    const std::string_view value = cursor.skipValue();
    if (member != nullptr) {
      *member = jsonStringOf(value).value_or("");
    }
  });
  const std::string_view rest = filename.substr(0, filename.size() - nothing->size());
  return std::string(!hash.empty() && hash + ext == rest ? rest : filename);
}

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
