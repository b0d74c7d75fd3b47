#include "archive/container/directory_tree_writer.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#if __has_include(<linux/fs.h>)
#include <linux/fs.h>
#endif

#include <algorithm>
#include <cerrno>

#include "core/file/file_error.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {

class DirectoryTreeWriter::OpenFile final : public TreeFile {
 public:
  OpenFile(DirectoryTreeWriter& tree, FileHandle file) : tree_(tree), file_(std::move(file)) {}

  void write(std::string_view bytes) override {
    file_.write(bytes);
    tree_.bytes_ += bytes.size();
  }

  void close() override {
    file_.sync();
    file_.close();
  }

 private:
  DirectoryTreeWriter& tree_;
  FileHandle file_;
};

// A file that has its bytes already, which must be those that are written.
class DirectoryTreeWriter::SharedFile final : public TreeFile {
 public:
  SharedFile(DirectoryTreeWriter& tree, FileHandle file) : tree_(tree), file_(std::move(file)) {}

  void write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const std::size_t size =
          file_.readAt(buffer_.data(), std::min(buffer_.size(), bytes.size()), size_);
      requireSame(size > 0 && bytes.substr(0, size) == std::string_view(buffer_.data(), size));
      bytes.remove_prefix(size);
      size_ += size;
    }
  }

  void close() override {
    requireSame(file_.readAt(buffer_.data(), 1, size_) == 0);
    tree_.bytes_ += size_;
  }

 private:
  void requireSame(bool isSame) const {
    if (!isSame) {
      throw Error(Errc::fileFailed,
                  file_.name() + " shares its bytes with a file that changed meanwhile");
    }
  }

  DirectoryTreeWriter& tree_;
  FileHandle file_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{64} << 10);
  std::uint64_t size_ = 0;
};

DirectoryTreeWriter::DirectoryTreeWriter(const std::string& target)
    : target_(target), root_(TemporaryPath::folder(target)) {}

void DirectoryTreeWriter::put(const std::string& path,
                              const std::vector<std::string_view>& pieces) {
  const auto file = open(path);
  for (const auto piece : pieces) {
    file->write(piece);
  }
  file->close();
}

std::unique_ptr<TreeFile> DirectoryTreeWriter::open(const std::string& path) {
  makeFoldersOf(path);
  FileHandle file = create(path);
  if (!file.isOpen()) {
    throwFileError("create", file.name(), errno);
  }
  return std::make_unique<OpenFile>(*this, std::move(file));
}

std::unique_ptr<TreeFile> DirectoryTreeWriter::adopt(const std::string& path,
                                                     const std::string& existing) {
  makeFoldersOf(path);
  if (!share(path, existing)) {
    return open(path);
  }
  const std::string place = root_.path() + "/" + path;
  FileHandle shared(::open(place.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC), target_ + "/" + path);
  if (!shared.isOpen()) {
    throwFileError("open", shared.name(), errno);
  }
  ++sharedFiles_;
  return std::make_unique<SharedFile>(*this, std::move(shared));
}

void DirectoryTreeWriter::makeFoldersOf(const std::string& path) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (folders_.insert(folder).second &&
        ::mkdir((root_.path() + "/" + folder).c_str(), 0777) != 0) {
      throwFileError("create the folder", target_ + "/" + folder, errno);
    }
  }
}

// Not open, with errno, if it failed.
FileHandle DirectoryTreeWriter::create(const std::string& path) const {
  const std::string place = root_.path() + "/" + path;
  // O_EXCL also notices names that only a case-insensitive file system takes for the same.
  return FileHandle(
      ::open(place.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666),
      target_ + "/" + path);
}

// Gives the new file the other's bytes: as a clone, which is a file of its own, or else as the same
// file under another name. False if neither is possible; nothing is there then.
bool DirectoryTreeWriter::share(const std::string& path, const std::string& existing) const {
  // O_NONBLOCK: the name may be that of a pipe, which nobody may open the other end of.
  const FileHandle source(::open(existing.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC),
                          existing);
  struct stat information {};
  if (!source.isOpen() || ::fstat(source.descriptor(), &information) != 0 ||
      !S_ISREG(information.st_mode)) {
    return false;
  }
  const std::string place = root_.path() + "/" + path;
  {
    FileHandle clone = create(path);
    if (!clone.isOpen()) {
      return false;
    }
#ifdef FICLONE
    if (::ioctl(clone.descriptor(), FICLONE, source.descriptor()) == 0) {
      clone.sync();
      return true;
    }
#endif
  }
  ::unlink(place.c_str());
  if (::link(existing.c_str(), place.c_str()) != 0) {
    return false;
  }
  struct stat linked {};
  if (::lstat(place.c_str(), &linked) == 0 && linked.st_dev == information.st_dev &&
      linked.st_ino == information.st_ino) {
    return true;
  }
  ::unlink(place.c_str());  // Another file has taken the name meanwhile.
  return false;
}

StoredTree DirectoryTreeWriter::commit(const std::string& target, bool overwrite,
                                       const std::function<void()>& beforeNaming) {
  for (const auto& folder : folders_) {
    syncFolderOf(root_.path() + "/" + folder + "/.");
  }
  syncFolderOf(root_.path() + "/.");
  beforeNaming();
  return {bytes_, {}, sharedFiles_, root_.moveIntoPlace(target, overwrite)};
}

void DirectoryTreeWriter::leave() {
  root_.leave();
}

}  // namespace wsferry::archive
