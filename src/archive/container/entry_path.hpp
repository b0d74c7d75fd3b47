#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wsferry/archive/archive_reader.hpp"

namespace wsferry::archive {

/// `path` with `/` for `\`, and without a leading `/` or `./`.
std::string normalizedPath(std::string_view path);

/// Path, kind, stage and file name of an entry with a normalised path.
Entry describeEntry(std::string path);

/// The path of a file of the media library.
inline std::string uploadPath(std::string_view name) {
  return "assets/uploads/" + std::string(name);
}

/// Whether it is a folder, which is nothing but the way to other entries.
bool isFolder(const Entry& entry);

/// Whether a path names what systems and editors leave behind, such as `._x`, `.DS_Store`,
/// `Thumbs.db` or, but not among the files, `x~`: no part of an export.
bool isLeftover(std::string_view path);

/// The ending of a file's name, with the dot; empty for none.
inline std::string_view extensionOf(std::string_view filename) {
  const std::size_t dot = filename.find_last_of('.');
  return dot == std::string_view::npos ? std::string_view() : filename.substr(dot);
}

/// Finds the folder that everything stands in, where an export was packed with it.
class LeadingFolder {
 public:
  /// `path` without that folder. The first path that belongs to an export tells which it is.
  /// @throws Error with ArchiveErrc::invalidArchive for an export in another place.
  std::string_view strip(std::string_view path);

  /// With a slash at its end; empty for none, and until it is known.
  const std::string& name() const;

 private:
  std::optional<std::string> name_;
};

/// Whether it is one of those that an export is made of.
bool isOfExport(const Entry& entry);

/// Whether it has a place among a stage's entries, or is in the way to them.
bool isInStageFolder(const Entry& entry);

}  // namespace wsferry::archive
