#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "archive/container/entry_path.hpp"
#include "archive/text/json_members.hpp"
#include "wsferry/archive/noted_losses.hpp"
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

/// A line of checksums, without its end.
inline std::string checksumLine(const FileChecksum& file) {
  return "{\"path\":" + encodeJsonString(file.path) + ",\"size\":" + std::to_string(file.size) +
         ",\"sha256\":\"" + file.sha256 + "\"}";
}

/// What a part of checksums begins with where the last one tells that it is the last: parts of
/// earlier versions do not begin so, and their last one looks like every other.
inline std::string checksumsBegin() {
  return "{\"checksums\":2}";
}

/// What the last part ends with: of how many files all parts tell, and what was lost when the
/// archive was made; also since when all files are as the server had them, by the earlier of its
/// clock and ours: empty where some were reused without asking it.
inline std::string checksumsEnd(std::uint64_t files, const NotedLosses& losses,
                                const std::string& confirmed) {
  std::string line = "{\"checksums\":2,\"last\":true,\"files\":" + std::to_string(files);
  if (losses.count > 0) {
    line += ",\"losses\":" + std::to_string(losses.count) +
            ",\"lostFiles\":" + std::to_string(losses.files);
  }
  if (!confirmed.empty()) {
    line += ",\"confirmed\":" + encodeJsonString(confirmed);
  }
  return line + "}";
}

/// What a line of checksums says, as far as this version knows. Of a newer version it may have more
/// members.
struct ChecksumLine {
  bool isJson = false;  ///< An object, as all are.
  std::string path;     ///< Of whatever it tells; empty for a line that tells of no file.
  std::optional<FileChecksum> file;
  bool hasEnd = false;                 ///< Of a part among those of which the last one tells so.
  std::optional<std::uint64_t> isEnd;  ///< The last line of all, with the number of files.
  NotedLosses losses;                  ///< Told there.
  std::string confirmed;               ///< The same: a time. Earlier versions tell of none.
};

inline ChecksumLine readChecksumLine(std::string_view json) {
  ChecksumLine line;
  FileChecksum file;
  std::optional<std::uint64_t> size;
  std::optional<std::uint64_t> files;
  NotedLosses losses;
  bool isLast = false;
  try {
    expectUtf8(json);
    forEachMember(json, [&](std::string_view key, std::string_view value) {
      if (key == "path") {
        file.path = jsonStringOf(value).value_or("");
      } else if (key == "size") {
        size = wholeNumber(value);
      } else if (key == "sha256") {
        file.sha256 = jsonStringOf(value).value_or("");
      } else if (key == "checksums") {
        line.hasEnd = wholeNumber(value).value_or(0) >= 2;
      } else if (key == "last") {
        isLast = value == "true";
      } else if (key == "files") {
        files = wholeNumber(value);
      } else if (key == "losses") {
        losses.count = wholeNumber(value).value_or(1);
      } else if (key == "lostFiles") {
        losses.files = wholeNumber(value).value_or(0);
      } else if (key == "confirmed") {
        line.confirmed = jsonStringOf(value).value_or("");
      }
    });
  } catch (const Error&) {
    return {};
  }
  line.isJson = true;
  if (line.hasEnd && isLast) {
    line.isEnd = files;
    line.losses = {losses.count, std::min(losses.files, losses.count)};
  }
  line.path = file.path;
  const EntryKind kind = describeEntry(file.path).kind;
  const bool isKnown = kind == EntryKind::asset || kind == EntryKind::records;
  if (isKnown && size && detail::isSha256(file.sha256)) {
    file.size = *size;
    line.file = std::move(file);
  }
  return line;
}

}  // namespace wsferry::archive
