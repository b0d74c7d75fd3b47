#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "archive/container/entry_path.hpp"
#include "archive/text/json_members.hpp"
#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"

namespace wsferry::archive {

/// What an archive keeps of one of its files besides the bytes, to tell later whether they are
/// whole: of the parts of its records, and of the files of the media library. `strapi export` keeps
/// none.
struct FileChecksum {
  std::string path;  ///< In the archive.
  std::uint64_t size = 0;
  std::string sha256;  ///< In lower-case hex.
};

namespace detail {

inline bool isSha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace detail

/// The path of a file of the media library.
inline std::string uploadPath(std::string_view name) {
  return "assets/uploads/" + std::string(name);
}

/// A line of checksums, without its end.
inline std::string checksumLine(const FileChecksum& file) {
  return "{\"path\":" + encodeJsonString(file.path) + ",\"size\":" + std::to_string(file.size) +
         ",\"sha256\":\"" + file.sha256 + "\"}";
}

/// Nothing for a line that says nothing of a file, as far as this version knows. Of a newer version
/// it may have more members.
inline std::optional<FileChecksum> readChecksum(std::string_view line) {
  FileChecksum file;
  std::optional<std::uint64_t> size;
  std::string path;
  try {
    expectUtf8(line);
    forEachMember(line, [&](std::string_view key, std::string_view value) {
      if (key == "path") {
        path = jsonStringOf(value).value_or("");
      } else if (key == "size") {
        size = wholeNumber(value);
      } else if (key == "sha256") {
        file.sha256 = jsonStringOf(value).value_or("");
      }
    });
  } catch (const Error&) {
    return std::nullopt;
  }
  const EntryKind kind = describeEntry(path).kind;
  const bool isKnown = kind == EntryKind::asset || kind == EntryKind::records;
  if (!isKnown || !size || !detail::isSha256(file.sha256)) {
    return std::nullopt;
  }
  file.path = std::move(path);
  file.size = *size;
  return file;
}

}  // namespace wsferry::archive
