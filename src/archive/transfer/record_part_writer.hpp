#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "archive/checksums/checksum_writer.hpp"
#include "archive/container/tree_writer.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

/// Collects a stage's records and stores them as its numbered files.
class RecordPartWriter {
 public:
  /// Both outlive it. A file is stored before it would exceed `partSize`.
  RecordPartWriter(TreeWriter& tree, ChecksumWriter& checksums, std::uint64_t partSize);

  void begin(strapi::TransferStage stage) { stage_ = stage; }
  void record(std::string_view json);

  /// Stores what is left, and gives the memory back.
  void end();

 private:
  void append(std::string_view bytes);
  void store(const std::vector<std::string_view>& pieces);
  void storeCollected();

  TreeWriter& tree_;
  ChecksumWriter& checksums_;
  const std::uint64_t partSize_;
  strapi::TransferStage stage_ = strapi::TransferStage::schemas;
  std::map<strapi::TransferStage, unsigned> stored_;  ///< Files of each stage.

  // Blocks instead of one string, which would need twice its size whenever it grows.
  std::vector<std::string> blocks_;
  std::size_t blocksUsed_ = 0;
  std::uint64_t size_ = 0;
  std::string oneLine_;
};

}  // namespace wsferry::archive
