#include "archive/container/part_names.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

namespace wsferry::archive {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t randomSize = 10;
constexpr std::string_view removedEnding = ".removed";  // Of the tool, that ends in a hurry.

// What the names of all parts of a target begin with, without its folder. Cut so that the addition
// keeps a name below the 255 bytes of a file name.
std::string partPrefix(const std::string& target) {
  const auto slash = target.find_last_of('/');
  return "." + target.substr(slash == std::string::npos ? 0 : slash + 1, 200) + ".part-";
}

bool isPartName(std::string_view name, std::string_view prefix) {
  if (name.substr(0, prefix.size()) != prefix) {
    return false;
  }
  const std::string_view rest = name.substr(prefix.size());
  return (rest.size() == randomSize ||
          rest.substr(std::min(randomSize, rest.size())) == removedEnding) &&
         rest.substr(0, randomSize).find_first_not_of(letters) == std::string_view::npos;
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

std::string partName(const std::string& target) {
  std::random_device random;
  const auto slash = target.find_last_of('/');
  std::string path = target.substr(0, slash == std::string::npos ? 0 : slash + 1);
  path += partPrefix(target);
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

void removeAbandonedParts(const std::string& target) {
  const std::string folder = folderOf(target);
  const std::string prefix = partPrefix(target);
  for (const std::string& name : namesIn(folder)) {
    if (!isPartName(name, prefix)) {
      continue;
    }
    const std::string path = folder + "/" + name;
    const FileHandle part(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC),
                          path);
    if (isAbandoned(part)) {
      removeTree(path);
    }
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
  for (const std::string& name : namesIn(path)) {
    removeTree(path + "/" + name);
  }
  return ::rmdir(path.c_str()) == 0 || errno == ENOENT;
}

}  // namespace wsferry::archive
