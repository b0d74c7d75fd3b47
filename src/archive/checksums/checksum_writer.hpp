#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#include "archive/checksums/file_checksum.hpp"
#include "archive/container/tree_writer.hpp"

namespace wsferry::archive {

/// Stores the checksums of an archive's files, in parts that follow soon after the files: what is
/// left of an archive whose end is missing has most of its checksums.
class ChecksumWriter {
 public:
  /// `tree` outlives it.
  explicit ChecksumWriter(TreeWriter& tree) : tree_(tree) {}

  /// The file is stored already.
  void add(const FileChecksum& file) {
    lines_ += checksumLine(file) + "\n";
    bytes_ += file.size;
    if (++files_ >= mostFiles || bytes_ >= mostBytes) {
      end();
    }
  }

  /// Stores what is not yet.
  void end() {
    if (files_ == 0) {
      return;
    }
    char name[48];
    std::snprintf(name, sizeof name, "checksums/checksums_%05u.jsonl", ++parts_);
    tree_.put(name, {lines_});
    lines_.clear();
    files_ = 0;
    bytes_ = 0;
  }

 private:
  // Of the files that one part tells of.
  static constexpr unsigned mostFiles = 64;
  static constexpr std::uint64_t mostBytes = std::uint64_t{32} << 20;

  TreeWriter& tree_;
  std::string lines_;
  unsigned files_ = 0;
  std::uint64_t bytes_ = 0;
  unsigned parts_ = 0;
};

}  // namespace wsferry::archive
