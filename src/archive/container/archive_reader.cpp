#include "wsferry/archive/archive_reader.hpp"

#include <sys/stat.h>

#include "archive/container/directory_entry_reader.hpp"
#include "archive/container/open_archive.hpp"
#include "archive/container/tar_entry_reader.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {

class ArchiveReader::Impl {
 public:
  Impl(const std::string& path, const std::string& key, const std::atomic<bool>* cancelled) {
    struct stat information {};
    if (::stat(path.c_str(), &information) == 0 && S_ISDIR(information.st_mode)) {
      format.container = Container::directory;
      format.compressed = false;
      entries = std::make_unique<DirectoryEntryReader>(path, cancelled);
    } else {
      OpenedArchive opened = openArchive(path, key);
      format = opened.format;
      entries = std::make_unique<TarEntryReader>(std::move(opened), path, cancelled);
    }
  }

  ArchiveFormat format;
  std::unique_ptr<EntrySource> entries;
  std::string place;
};

ArchiveReader::ArchiveReader(const std::string& path, const std::string& key,
                             const std::atomic<bool>* cancelled)
    : impl_(std::make_unique<Impl>(path, key, cancelled)) {}

ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;

ArchiveReader::~ArchiveReader() = default;

const ArchiveFormat& ArchiveReader::format() const {
  return impl_->format;
}

const std::string& ArchiveReader::leadingFolder() const {
  return impl_->entries->leadingFolder();
}

std::optional<Entry> ArchiveReader::next() {
  auto entry = impl_->entries->next();
  if (entry) {
    impl_->place = entry->path;
  }
  return entry;
}

std::uint64_t ArchiveReader::passedOver() const {
  return impl_->entries->passedOver();
}

std::string ArchiveReader::entryBehindEnd() const {
  return impl_->entries->entryBehindEnd();
}

std::string_view ArchiveReader::read() {
  return impl_->entries->read();
}

std::string ArchiveReader::readAll(std::uint64_t limit) {
  std::string all;
  for (auto bytes = read(); !bytes.empty(); bytes = read()) {
    if (bytes.size() > limit - all.size()) {
      throw Error(ArchiveErrc::invalidArchive,
                  impl_->place + " is larger than " + std::to_string(limit) + " bytes");
    }
    all.append(bytes);
  }
  return all;
}

}  // namespace wsferry::archive
