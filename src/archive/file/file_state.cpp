#include "archive/file/file_state.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "archive/bounded/key_set.hpp"
#include "archive/file/file_error.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

namespace fs = std::filesystem;

std::uint64_t timeOf(const struct stat& information) {
  return static_cast<std::uint64_t>(information.st_mtim.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(information.st_mtim.tv_nsec);
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
        state.times += keyOf(found.path().string(),
                             std::to_string(timeOf(information)) + ' ' + std::to_string(size));
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
  state.id = keyOf(std::to_string(information.st_dev), std::to_string(information.st_ino));
  if (S_ISDIR(information.st_mode)) {
    addContent(path, state);
  } else if (S_ISREG(information.st_mode)) {
    state.size = static_cast<std::uint64_t>(information.st_size);
    state.times = timeOf(information);
  } else {
    throw Error(Errc::fileFailed, "cannot read " + path +
                                      ": it is neither a file nor a folder, and an archive is read "
                                      "twice; store it in a file first");
  }
  return state;
}

}  // namespace wsferry::archive
