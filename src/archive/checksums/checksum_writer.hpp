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
    last_ = checksumLine(file) + "\n";
    lines_ += last_;
    bytes_ += file.size;
    ++allFiles_;
    if (++files_ >= mostFiles || bytes_ >= mostBytes) {
      endPart();
    }
  }

  /// Stores what is not yet, for something else follows.
  void endPart() {
    if (files_ > 0) {
      store();
    }
  }

  /// All files have come: without the last part it shows that some is missing. Nothing follows.
  void end(const NotedLosses& losses, const std::string& confirmed) {
    if (allFiles_ == 0) {
      return;
    }
    if (files_ == 0) {
      lines_ = last_;  // For wsferry before this form, to which a part without any is damaged.
    }
    lines_ += checksumsEnd(allFiles_, losses, confirmed) + "\n";
    store();
  }

 private:
  void store() {
    char name[48];
    std::snprintf(name, sizeof name, "checksums/checksums_%05u.jsonl", ++parts_);
    const std::string begin = checksumsBegin() + "\n";
    tree_.put(name, {begin, lines_});
    lines_.clear();
    files_ = 0;
    bytes_ = 0;
  }

  // Of the files that one part tells of.
  static constexpr unsigned mostFiles = 64;
  static constexpr std::uint64_t mostBytes = std::uint64_t{32} << 20;

  TreeWriter& tree_;
  std::string lines_;
  std::string last_;  ///< Of the lines that tell of a file.
  unsigned files_ = 0;
  std::uint64_t bytes_ = 0;
  unsigned parts_ = 0;
  std::uint64_t allFiles_ = 0;
};

}  // namespace wsferry::archive
