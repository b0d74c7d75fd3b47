#include "archive/container/tar_tree_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "core/file/file_error.hpp"

namespace wsferry::archive {

// A tar has a file's size before its bytes, so they are collected first.
class TarTreeWriter::SpooledFile final : public TreeFile {
 public:
  SpooledFile(TarTreeWriter& tree, std::string path)
      : tree_(tree), path_(std::move(path)), spool_(tree.budget_, tree.spoolFolder_) {}

  void write(std::string_view bytes) override { spool_.write(bytes); }

  void close() override {
    tree_.tar_->begin(path_, spool_.size());
    spool_.read([this](std::string_view bytes) { tree_.tar_->write(bytes); });
  }

 private:
  TarTreeWriter& tree_;
  std::string path_;
  Spool spool_;
};

TarTreeWriter::TarTreeWriter(const ArchiveDestinationOptions& options) {
  budget_.limit = options.assetMemory;
  if (options.path == "-") {
    // A descriptor of its own: closing it leaves the program's standard output alone.
    standardOutput_ = FileHandle(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), "standard output");
    if (!standardOutput_.isOpen()) {
      throwFileError("write to", "standard output", errno);
    }
    std::error_code error;
    spoolFolder_ = std::filesystem::temp_directory_path(error).string();
    if (error) {
      throwFileError("use the folder for temporary files", "(TMPDIR)", error.value());
    }
  } else {
    target_.emplace(TemporaryPath::file(options.path));
    spoolFolder_ = folderOf(options.path);
  }
  ByteSink* end = &file_.emplace(target_ ? target_->handle() : standardOutput_, options.fileHash);
  if (options.format.encrypted) {
    end = &encryption_.emplace(*end, options.key);
  }
  if (options.format.compressed) {
    end = &gzip_.emplace(*end);
  }
  tar_.emplace(*end);
}

void TarTreeWriter::put(const std::string& path, const std::vector<std::string_view>& pieces) {
  std::uint64_t size = 0;
  for (const auto piece : pieces) {
    size += piece.size();
  }
  tar_->begin(path, size);
  for (const auto piece : pieces) {
    tar_->write(piece);
  }
}

std::unique_ptr<TreeFile> TarTreeWriter::open(const std::string& path) {
  return std::make_unique<SpooledFile>(*this, path);
}

StoredTree TarTreeWriter::commit(const std::string& target, bool overwrite,
                                 const std::function<void()>& beforeNaming) {
  finish();
  file_->sync();
  beforeNaming();
  std::string note;
  if (target_) {
    note = target_->moveIntoPlace(target, overwrite);
  } else {
    standardOutput_.close();
  }
  return {file_->size(), file_->sha256(), 0, std::move(note)};
}

void TarTreeWriter::leave() {
  finish();
  if (target_) {
    target_->leave();
  }
}

// Once, whether or not it fails: after a commit() that failed the end may be there.
void TarTreeWriter::finish() {
  if (!std::exchange(isFinished_, true)) {
    tar_->finish();
  }
}

}  // namespace wsferry::archive
