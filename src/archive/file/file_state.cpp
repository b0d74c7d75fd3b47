#include "archive/file/file_state.hpp"

#include <sys/stat.h>

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

// The time of the last change of content can be set back, that of the last change of anything not.
std::string timesText(const struct stat& information) {
  return timeText(information.st_mtim) + timeText(information.st_ctim);
}

// The sum does not depend on the order in which the system lists them.
void addContent(const std::string& folder, FileState& state) {
  try {
    for (const auto& found : fs::recursive_directory_iterator(folder)) {
      struct stat information {};
      if (::lstat(found.path().c_str(), &information) != 0) {
        throwFileError("read", found.path().string(), errno);
      }
      if (S_ISREG(information.st_mode)) {
        const auto size = static_cast<std::uint64_t>(information.st_size);
        state.size += size;
        state.times += keyOf(found.path().string(), timesText(information) + std::to_string(size) +
                                                        ' ' + nodeText(information));
      }
    }
  } catch (const fs::filesystem_error& error) {
    throwFileError("read the folder", folder, error.code().value());
  }
}

}  // namespace

bool operator==(const FileState& left, const FileState& right) {
  return left.id == right.id && left.size == right.size && left.times == right.times;
}

bool operator!=(const FileState& left, const FileState& right) {
  return !(left == right);
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
    state.size = static_cast<std::uint64_t>(information.st_size);
    state.times = keyOf("times", timesText(information));
  } else {
    throw Error(Errc::fileFailed, "cannot read " + path +
                                      ": it is neither a file nor a folder, and an archive is read "
                                      "twice; store it in a file first");
  }
  return state;
}

}  // namespace wsferry::archive
