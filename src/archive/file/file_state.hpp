#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wsferry::archive {

/// What tells whether a file, or a folder with all it holds, has changed.
struct FileState {
  struct File {
    std::uint64_t content = 0;     ///< Path, node, size and time of the last change of content.
    std::uint64_t attributes = 0;  ///< Mode, owner and number of names.
    std::uint64_t changed = 0;     ///< Time of the last change of anything.
  };

  std::uint64_t id = 0;  ///< Which file it is.
  std::vector<File> files;
};

/// From the least to the most.
enum class FileChange {
  none,         ///< Or one of attributes, as a new name for the same file is.
  unexplained,  ///< Something that is not compared: perhaps content, and its time was set back.
  content
};

/// The time of the last change of content can be set back, that of the last change of anything not.
/// But that one changes with attributes, too: where these differ, they are taken for the cause.
FileChange changeOf(const FileState& before, const FileState& now);

/// @throws Error with Errc::fileFailed, also for what is neither a file nor a folder: reading that
/// twice does not give the same.
FileState fileStateOf(const std::string& path);

}  // namespace wsferry::archive
