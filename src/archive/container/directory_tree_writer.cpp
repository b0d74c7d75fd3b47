#include "archive/container/directory_tree_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "archive/file/file_error.hpp"
#include "archive/file/file_handle.hpp"

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
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (folders_.insert(folder).second &&
        ::mkdir((root_.path() + "/" + folder).c_str(), 0777) != 0) {
      throwFileError("create the folder", target_ + "/" + folder, errno);
    }
  }
  const std::string place = root_.path() + "/" + path;
  // O_EXCL also notices names that only a case-insensitive file system takes for the same.
  FileHandle file(::open(place.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666),
                  target_ + "/" + path);
  if (!file.isOpen()) {
    throwFileError("create", file.name(), errno);
  }
  return std::make_unique<OpenFile>(*this, std::move(file));
}

StoredTree DirectoryTreeWriter::commit(bool overwrite) {
  for (const auto& folder : folders_) {
    syncFolderOf(root_.path() + "/" + folder + "/.");
  }
  syncFolderOf(root_.path() + "/.");
  root_.moveIntoPlace(overwrite);
  return {bytes_, {}};
}

}  // namespace wsferry::archive
