#include "archive/file/part_names.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "core/file/file_error.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t randomSize = 10;
constexpr std::string_view mark = ".part-";
constexpr std::string_view removedEnding = ".removed";  // Of the tool, that ends in a hurry.

constexpr std::size_t longestOnDisk = 255;  // Of most file systems.
constexpr std::size_t longestInParts = 200;

std::string nameOf(const std::string& path) {
  const std::string target = path.substr(0, path.find_last_not_of('/') + 1);
  return target.substr(target.rfind('/') + 1);
}

// Not within a character: some file systems take no half ones.
std::string cutName(const std::string& name, std::size_t size) {
  while (size > 0 && size < name.size() && isUtf8Continuation(name[size])) {
    --size;
  }
  return name.substr(0, size);
}

// The name of the target that has parts of this name; empty if nothing has.
std::string_view targetOf(std::string_view part) {
  if (part.substr(0, 1) != ".") {
    return {};
  }
  part.remove_prefix(1);
  const std::size_t end = part.rfind(mark);
  if (end == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = part.substr(end + mark.size());
  const bool isPart = (rest.size() == randomSize ||
                       rest.substr(std::min(randomSize, rest.size())) == removedEnding) &&
                      rest.substr(0, randomSize).find_first_not_of(letters) == rest.npos;
  return isPart ? part.substr(0, end) : std::string_view();
}

struct FolderCloser {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// The names in a folder; empty if it cannot be read. It is closed again.
std::vector<std::string> namesIn(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, FolderCloser> folder(::opendir(path.c_str()));
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") {
      names.emplace_back(name);
    }
  }
  return names;
}

bool hasOwnName(int descriptor, const std::string& path) {
  struct stat open {};
  struct stat named {};
  return ::fstat(descriptor, &open) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

// Whether it is a file or folder of this user that nobody has claimed. Claims it.
bool isAbandoned(const FileHandle& part) {
  struct stat information {};
  return part.isOpen() && ::fstat(part.descriptor(), &information) == 0 &&
         (S_ISREG(information.st_mode) || S_ISDIR(information.st_mode)) &&
         information.st_uid == ::geteuid() && ::flock(part.descriptor(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

std::string followLink(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(std::filesystem::symlink_status(path, error))) {
    return path;
  }
  const auto target = std::filesystem::canonical(path, error);
  if (error) {
    throwFileError("follow the symbolic link", path, error.value());
  }
  return target.string();
}

std::string nameInParts(const std::string& target) {
  return cutName(nameOf(target), longestInParts);
}

std::string companionPath(const std::string& target, std::string_view ending) {
  constexpr std::size_t hashSize = 16;
  const std::string name = nameOf(target);
  std::string own = "." + name + std::string(ending);
  if (own.size() > longestOnDisk) {
    Sha256 hash;
    hash.update(name);
    own = "." + cutName(name, longestOnDisk - ending.size() - hashSize - 2) + "-" +
          hash.hex().substr(0, hashSize) + std::string(ending);
  }
  return target.substr(0, target.rfind('/', target.find_last_not_of('/')) + 1) + own;
}

void requireNameFits(const std::string& target) {
  const std::string name = nameOf(target);
  const long told = ::pathconf(folderOf(target).c_str(), _PC_NAME_MAX);
  const std::size_t most = told > 0 ? static_cast<std::size_t>(told) : longestOnDisk;
  const std::size_t additions = 1 + mark.size() + randomSize + removedEnding.size();
  const bool partsFit = std::min(name.size(), longestInParts) + additions <= most;
  if (name.size() > most || !partsFit) {
    throw Error(Errc::invalidOption,
                "the name " + name + " has " + std::to_string(name.size()) +
                    " bytes, and in its folder one may have " +
                    std::to_string(partsFit ? most : most - std::min(most, additions)) +
                    ": give it a shorter one")
        .ofOption("path");
  }
}

std::string partName(const std::string& target) {
  std::random_device random;
  const auto slash = target.find_last_of('/');
  std::string path = target.substr(0, slash == std::string::npos ? 0 : slash + 1);
  path += "." + nameInParts(target) + std::string(mark);
  for (std::size_t i = 0; i < randomSize; ++i) {
    path.push_back(letters[random() % letters.size()]);
  }
  return path;
}

FileHandle claimPart(int descriptor, const std::string& path) {
  // A descriptor of its own: the claim outlasts the closing of the file, up to its final name.
  FileHandle claim(::fcntl(descriptor, F_DUPFD_CLOEXEC, 3), path);
  if (!claim.isOpen()) {
    return claim;
  }
  const bool isTaken = ::flock(claim.descriptor(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  if (isTaken || !hasOwnName(claim.descriptor(), path)) {
    errno = EEXIST;
    return {};
  }
  return claim;
}

std::vector<AbandonedPart> claimAbandonedParts(
    const std::string& folder, const std::function<bool(std::string_view target)>& isTarget) {
  std::vector<AbandonedPart> parts;
  for (const std::string& name : namesIn(folder)) {
    const std::string_view target = targetOf(name);
    if (target.empty() || !isTarget(target)) {
      continue;
    }
    const std::string path = folder + "/" + name;
    FileHandle part(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), path);
    if (isAbandoned(part)) {
      parts.push_back({path, std::move(part)});
    }
  }
  return parts;
}

void removeAbandonedParts(const std::string& target) {
  const std::string wanted = nameInParts(target);
  const auto parts = claimAbandonedParts(
      folderOf(target), [&wanted](std::string_view name) { return name == wanted; });
  for (const AbandonedPart& part : parts) {
    removeTree(part.path);
  }
}

bool removeTree(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) {
    return true;
  }
  struct stat information {};
  const int error = errno;
  if (::lstat(path.c_str(), &information) != 0 || !S_ISDIR(information.st_mode)) {
    errno = error;
    return false;
  }
  int cause = 0;  // Why something in it stays, which says more than that it is not empty.
  for (const std::string& name : namesIn(path)) {
    if (!removeTree(path + "/" + name)) {
      cause = cause == 0 ? errno : cause;
    }
  }
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) {
    return true;
  }
  errno = cause == 0 ? errno : cause;
  return false;
}

}  // namespace wsferry::archive
