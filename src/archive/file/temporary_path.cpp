#include "archive/file/temporary_path.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "archive/file/part_names.hpp"
#include "core/file/file_error.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

// Calls `make` with new names until one was free.
template <typename Make>
std::string makeSibling(const std::string& target, Make make) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string path = partName(target);
    if (make(path)) {
      return path;
    }
    if (errno != EEXIST) {
      break;
    }
  }
  const int error = errno;
  std::error_code unknown;
  if ((error == ENOENT || error == ENOTDIR) &&
      !std::filesystem::is_directory(folderOf(target), unknown)) {
    throw Error(Errc::fileFailed, "cannot create " + target + ": the folder " + folderOf(target) +
                                      " does not exist; create it first");
  }
  throwFileError("create", target, error);
}

// False with errno if it failed: EEXIST if the target is there.
bool renameWithoutReplacing(const std::string& from, const std::string& to) {
#ifdef RENAME_NOREPLACE
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
    return true;
  }
  if (errno != EINVAL && errno != ENOSYS) {
    return false;
  }
#endif
  // Not every file system knows the flag. A hard link does not replace anything either.
  if (::link(from.c_str(), to.c_str()) == 0) {
    return ::unlink(from.c_str()) == 0;
  }
  if (errno == EEXIST) {
    return false;
  }
  // For a folder, and where there are no hard links.
  struct stat information {};
  if (::lstat(to.c_str(), &information) == 0) {
    errno = EEXIST;
    return false;
  }
  return ::rename(from.c_str(), to.c_str()) == 0;
}

// Swaps a folder and the one that it replaces, so that there is one of that name at any time. False
// with errno if it failed.
bool exchangePaths(const std::string& path, const std::string& other) {
#ifdef RENAME_EXCHANGE
  return ::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0;
#else
  errno = ENOSYS;
  return false;
#endif
}

}  // namespace

TemporaryPath TemporaryPath::file(const std::string& target) {
  requireNameFits(target);
  removeAbandonedParts(target);
  TemporaryPath result;
  result.path_ = makeSibling(target, [&](const std::string& path) {
    result.handle_ =
        FileHandle(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), target);
    return result.handle_.isOpen() && result.claim(result.handle_.descriptor(), path);
  });
  return result;
}

TemporaryPath TemporaryPath::folder(const std::string& target) {
  requireNameFits(target);
  removeAbandonedParts(target);
  TemporaryPath result;
  result.path_ = makeSibling(target, [&](const std::string& path) {
    if (::mkdir(path.c_str(), 0777) != 0) {
      return false;
    }
    const FileHandle folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), path);
    return result.claim(folder.descriptor(), path);
  });
  return result;
}

// False with errno; then the new part is gone.
bool TemporaryPath::claim(int descriptor, const std::string& path) {
  claim_ = descriptor < 0 ? FileHandle() : claimPart(descriptor, path);
  if (claim_.isOpen()) {
    return true;
  }
  const int error = errno;
  removeTree(path);
  errno = error;
  return false;
}

TemporaryPath::TemporaryPath(TemporaryPath&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      handle_(std::move(other.handle_)),
      claim_(std::move(other.claim_)) {}

TemporaryPath::~TemporaryPath() {
  if (!path_.empty()) {
    // A folder takes a handle to be removed, and there may be no other. Nobody is left to tell of a
    // failure, and the next export to this target tries again.
    claim_ = FileHandle();
    removeTree(path_);
  }
}

std::string TemporaryPath::moveIntoPlace(const std::string& name, bool overwrite) {
  if (handle_.isOpen()) {
    handle_.close();
  }
  std::string old;
  if (!renameWithoutReplacing(path_, name)) {
    if (errno != EEXIST) {
      throwFileError("create", name, errno);
    }
    if (!overwrite) {
      throwFileExists(name);
    }
    std::error_code ignored;
    if (std::filesystem::is_directory(path_, ignored)) {
      old = replaceFolder(name);
    } else if (::rename(path_.c_str(), name.c_str()) != 0) {
      throwFileError("replace", name, errno);
    }
  }
  path_.clear();
  syncFolderOf(name);
  if (old.empty() || removeTree(old)) {
    return {};
  }
  const int error = errno;  // The new one is in place, and whole.
  return "the folder that " + name + " replaced cannot be removed, and the rest of it is " + old +
         ": " + std::generic_category().message(error);
}

void TemporaryPath::leave() {
  path_.clear();
  handle_ = FileHandle();
  claim_ = FileHandle();
}

// The path of the one that was replaced.
std::string TemporaryPath::replaceFolder(const std::string& name) {
  requireExportFolder(name);
  std::string old = path_;
  if (!exchangePaths(path_, name)) {
    // With a name that nobody takes for an abandoned part: it is the only export for a moment.
    old = makeSibling(name, [&](std::string& path) {
      path += "-old";
      return renameWithoutReplacing(name, path);
    });
    if (!renameWithoutReplacing(path_, name)) {
      const int error = errno;
      renameWithoutReplacing(old, name);
      throwFileError("replace", name, error);
    }
  }
  return old;
}

void requireExportFolder(const std::string& path) {
  static const std::set<std::string> known = {"metadata.json", "schemas", "entities", "links",
                                              "configuration", "assets",  "checksums"};
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    throw Error(Errc::fileFailed, "cannot replace " + path + ": it is not a folder");
  }
  bool isEmpty = true;
  bool isExport = std::filesystem::is_regular_file(path + "/metadata.json", error);
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    isEmpty = false;
    isExport = isExport && known.count(entry->path().filename().string()) != 0;
  }
  if (error) {
    throwFileError("read the folder", path, error.value());
  }
  if (!isEmpty && !isExport) {
    ErrorInfo info;
    info.cause = ErrorCause::foreignFiles;
    info.message = path +
                   " is a folder that holds more than an export, and is not replaced; give another "
                   "name, such as that of a file in it";
    throw Error(Errc::fileExists, std::move(info));
  }
}

void requireOutsideExport(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path target = fs::weakly_canonical(folderOf(path), error);
  if (error) {
    return;  // Making the file tells why.
  }
  for (fs::path folder = target;; folder = folder.parent_path()) {
    std::error_code ignored;
    if (fs::is_regular_file(folder / "metadata.json", ignored) &&
        (fs::is_directory(folder / "schemas", ignored) ||
         fs::is_directory(folder / "entities", ignored))) {
      throw Error(Errc::invalidOption, path + " is inside " + folder.string() +
                                           ", which is an export, and would damage it; choose "
                                           "another place")
          .ofOption("path");
    }
    if (folder == folder.parent_path()) {
      return;
    }
  }
}

void throwFileExists(const std::string& path) {
  throw Error(Errc::fileExists, path + " exists already, and is not replaced");
}

}  // namespace wsferry::archive
