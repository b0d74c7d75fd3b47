#include "http/files/file_list.hpp"

#include <array>
#include <cstring>
#include <iterator>

namespace wsferry::http {

FileList::FileList() : budget_{std::size_t{4} << 20, 0, {}}, records_(budget_, temporaryFolder()) {}

void FileList::add(std::string_view record) {
  std::array<char, sizeof(std::uint64_t)> size{};
  const std::uint64_t length = record.size();
  std::memcpy(size.data(), &length, size.size());
  records_.write({size.data(), size.size()});
  records_.write(record);
}

std::string FileList::bytesAt(std::uint64_t place, std::uint64_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    bytes += records_.readAt(place + bytes.size(), size - bytes.size());
  }
  return bytes;
}

std::string FileList::recordAt(std::uint64_t place) {
  std::uint64_t length = 0;
  std::memcpy(&length, bytesAt(place, sizeof length).data(), sizeof length);
  return bytesAt(place + sizeof length, length);
}

void FileList::forEachRecord(
    const std::function<void(std::uint64_t place, const strapi::EntityView& record)>& take) {
  for (std::uint64_t place = 0; place < records_.size();) {
    const std::string record = recordAt(place);
    take(place, reader_.look(strapi::TransferStage::entities, record).entity);
    place += sizeof(std::uint64_t) + record.size();
  }
}

std::vector<MediaFile> FileList::filesAt(std::uint64_t place) {
  const std::string record = recordAt(place);
  return mediaFilesOf(reader_.look(strapi::TransferStage::entities, record).entity);
}

std::optional<MediaFile> FileList::next() {
  for (;;) {
    while (files_.empty() && readUpTo_ < records_.size()) {
      const std::string record = recordAt(readUpTo_);
      readUpTo_ += sizeof(std::uint64_t) + record.size();
      auto files = mediaFilesOf(reader_.look(strapi::TransferStage::entities, record).entity);
      files_.assign(std::make_move_iterator(files.begin()), std::make_move_iterator(files.end()));
    }
    if (files_.empty()) {
      return std::nullopt;
    }
    MediaFile file = std::move(files_.front());
    files_.pop_front();
    if (!isLeftOut_ || !isLeftOut_(file.name)) {
      return file;
    }
  }
}

}  // namespace wsferry::http
