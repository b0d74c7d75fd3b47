#include "archive/file/file_state.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "archive/bounded/key_set.hpp"
#include "core/file/file_error.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

namespace fs = std::filesystem;

std::string timeText(const struct timespec& time) {
  return std::to_string(time.tv_sec) + '.' + std::to_string(time.tv_nsec) + ' ';
}

std::string nodeText(const struct stat& information) {
  return std::to_string(information.st_dev) + ' ' + std::to_string(information.st_ino);
}

FileState::File stateOf(const std::string& path, const struct stat& information) {
  FileState::File file;
  file.content = keyOf(path, timeText(information.st_mtim) + std::to_string(information.st_size) +
                                 ' ' + nodeText(information));
  file.attributes =
      keyOf(std::to_string(information.st_nlink) + ' ' + std::to_string(information.st_mode),
            std::to_string(information.st_uid) + ' ' + std::to_string(information.st_gid));
  file.changed = keyOf("changed", timeText(information.st_ctim));
  return file;
}

// In an order that does not depend on that in which the system lists them.
void addContent(const std::string& folder, FileState& state) {
  try {
    for (const auto& found : fs::recursive_directory_iterator(folder)) {
      struct stat information {};
      if (::lstat(found.path().c_str(), &information) != 0) {
        throwFileError("read", found.path().string(), errno);
      }
      if (S_ISREG(information.st_mode)) {
        state.files.push_back(stateOf(found.path().string(), information));
      }
    }
  } catch (const fs::filesystem_error& error) {
    throwFileError("read the folder", folder, error.code().value());
  }
  std::sort(state.files.begin(), state.files.end(),
            [](const auto& left, const auto& right) { return left.content < right.content; });
}

}  // namespace

FileChange changeOf(const FileState& before, const FileState& now) {
  if (before.id != now.id || before.files.size() != now.files.size()) {
    return FileChange::content;
  }
  FileChange change = FileChange::none;
  for (std::size_t i = 0; i < now.files.size(); ++i) {
    const FileState::File& was = before.files[i];
    const FileState::File& is = now.files[i];
    if (was.content != is.content) {
      return FileChange::content;
    }
    if (was.changed != is.changed && was.attributes == is.attributes) {
      change = FileChange::unexplained;
    }
  }
  return change;
}

FileState fileStateOf(const std::string& path) {
  struct stat information {};
  if (::stat(path.c_str(), &information) != 0) {
    throwFileError("open", path, errno);
  }
  FileState state;
  state.id = keyOf("node", nodeText(information));
  if (S_ISDIR(information.st_mode)) {
    addContent(path, state);
  } else if (S_ISREG(information.st_mode)) {
    state.files.push_back(stateOf({}, information));
  } else {
    throw Error(Errc::fileFailed, "cannot read " + path +
                                      ": it is neither a file nor a folder, but an archive is read "
                                      "twice; store it in a file first");
  }
  return state;
}

}  // namespace wsferry::archive
