#pragma once

#include <cstdint>
#include <string>

namespace wsferry::archive {

/// What tells whether a file, or a folder with all it holds, has changed.
struct FileState {
  std::uint64_t id = 0;  ///< Which file it is.
  std::uint64_t size = 0;
  /// Of the last change of content and of anything; of a folder, of all files in it, with their
  /// paths, sizes and nodes.
  std::uint64_t times = 0;
};

bool operator==(const FileState& left, const FileState& right);
bool operator!=(const FileState& left, const FileState& right);

/// @throws Error with Errc::fileFailed, also for what is neither a file nor a folder: reading that
/// twice does not give the same.
FileState fileStateOf(const std::string& path);

}  // namespace wsferry::archive
