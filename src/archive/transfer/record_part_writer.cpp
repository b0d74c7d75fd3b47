#include "archive/transfer/record_part_writer.hpp"

#include <algorithm>
#include <cstdio>

#include "wsferry/core/detail/text/sha256.hpp"

namespace wsferry::archive {
namespace {
constexpr std::size_t blockSize = 1u << 20;
}

RecordPartWriter::RecordPartWriter(TreeWriter& tree, ChecksumWriter& checksums,
                                   std::uint64_t partSize)
    : tree_(tree), checksums_(checksums), partSize_(partSize) {}

void RecordPartWriter::record(std::string_view json) {
  // Between the tokens JSON allows line breaks, but a line is what tells records apart here.
  if (json.find_first_of("\r\n") != std::string_view::npos) {
    oneLine_.assign(json);
    std::replace(oneLine_.begin(), oneLine_.end(), '\n', ' ');
    std::replace(oneLine_.begin(), oneLine_.end(), '\r', ' ');
    json = oneLine_;
  }
  if (size_ > 0 && size_ + 1 + json.size() > partSize_) {
    storeCollected();
  }
  if (json.size() >= partSize_) {
    store({json});
    return;
  }
  if (size_ > 0) {
    append("\n");
  }
  append(json);
}

void RecordPartWriter::end() {
  if (size_ > 0) {
    storeCollected();
  }
  std::vector<std::string>().swap(blocks_);
  std::string().swap(oneLine_);
}

void RecordPartWriter::append(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (blocksUsed_ == 0 || blocks_[blocksUsed_ - 1].size() == blockSize) {
      if (blocksUsed_ == blocks_.size()) {
        blocks_.emplace_back().reserve(blockSize);
      }
      ++blocksUsed_;
    }
    std::string& block = blocks_[blocksUsed_ - 1];
    const auto piece = bytes.substr(0, blockSize - block.size());
    block.append(piece);
    bytes.remove_prefix(piece.size());
  }
}

void RecordPartWriter::store(const std::vector<std::string_view>& pieces) {
  const std::string stage(strapi::toString(stage_));
  char number[16];
  std::snprintf(number, sizeof number, "%05u", ++stored_[stage_]);
  FileChecksum file{stage + "/" + stage + "_" + number + ".jsonl", 0, {}};
  tree_.put(file.path, pieces);
  Sha256 hash;
  for (const std::string_view piece : pieces) {
    hash.update(piece);
    file.size += piece.size();
  }
  file.sha256 = hash.hex();
  checksums_.add(file);
}

void RecordPartWriter::storeCollected() {
  store({blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(blocksUsed_)});
  for (auto& block : blocks_) {
    block.clear();
  }
  blocksUsed_ = 0;
  size_ = 0;
}

}  // namespace wsferry::archive
