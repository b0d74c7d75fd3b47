#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "archive/bounded/key_set.hpp"
#include "archive/bounded/line_splitter.hpp"
#include "archive/checksums/file_checksum.hpp"
#include "archive/text/hex_bytes.hpp"

namespace wsferry::archive {

/// The checksums that an archive keeps of its files: some 80 bytes of each.
class KeptChecksums {
 public:
  enum class Verdict { unknown, same, other };
  enum class End { unmarked, missing, there };

  /// What a part of checksums was found to be.
  struct Part {
    bool hasAny = false;
    std::uint64_t badLine = 0;  ///< The first that is no JSON object; 0 for none.
  };

  /// Reads a part, and calls `onFile` with each checksum.
  template <typename OnFile>
  Part read(const ReadBytes& bytes, OnFile onFile) {
    Part part;
    LineSplitter lines(bytes);
    for (std::string_view text; lines.next(text);) {
      const ChecksumLine line = readChecksumLine(text);
      if (!line.isJson && part.badLine == 0) {
        part.badLine = lines.number();
      }
      hasEnd_ = hasEnd_ || line.hasEnd;
      end_ = line.isEnd ? line.isEnd : end_;
      losses_ = line.isEnd ? line.losses : losses_;
      confirmed_ = line.confirmed.empty() ? confirmed_ : line.confirmed;
      if (!line.path.empty()) {
        files_ += told_.insert(keyOf(line.path, {})) ? 1 : 0;
      }
      if (line.file) {
        add(*line.file);
        part.hasAny = true;
        onFile(*line.file);
      }
    }
    return part;
  }

  /// Whether all of them were read, as far as they tell: those of earlier versions do not.
  End end() const {
    if (!hasEnd_) {
      return End::unmarked;
    }
    // A newer version may count what this one has no name for, or not.
    return end_ == sums_.size() || end_ == files_ ? End::there : End::missing;
  }

  /// What the transfer lost that made the archive, as far as they tell.
  const NotedLosses& losses() const { return losses_; }

  /// Since when each file is as the server had it, being fetched or confirmed then; empty where
  /// that is not known.
  const std::string& confirmed() const { return confirmed_; }

  /// Whether a file's bytes are those that were stored.
  Verdict judge(std::string_view path, std::uint64_t size, std::string_view sha256) const {
    const auto found = sums_.find(keyOf(path, {}));
    if (found == sums_.end()) {
      return Verdict::unknown;
    }
    const Sum& kept = found->second;
    return kept.size == size && kept.digest == bytesOfHex<32>(sha256) ? Verdict::same
                                                                      : Verdict::other;
  }

  bool has(std::string_view path) const { return sums_.count(keyOf(path, {})) != 0; }
  bool empty() const { return sums_.empty(); }

  /// Whether each part of records, or each file of the media library, has to have one.
  bool areOf(EntryKind kind) const {
    return hasEnd_ ? !empty() : kind == EntryKind::records ? hasParts_ : hasUploads_;
  }

 private:
  void add(const FileChecksum& file) {
    const bool isPart = describeEntry(file.path).kind == EntryKind::records;
    hasParts_ = hasParts_ || isPart;
    hasUploads_ = hasUploads_ || !isPart;
    sums_.insert_or_assign(keyOf(file.path, {}), Sum{file.size, bytesOfHex<32>(file.sha256)});
  }

  using Digest = std::array<unsigned char, 32>;
  struct Sum {
    std::uint64_t size = 0;
    Digest digest{};
  };

  std::unordered_map<std::uint64_t, Sum> sums_;
  KeySet told_;  ///< Paths, also of what only a newer version has checksums of.
  std::uint64_t files_ = 0;
  bool hasParts_ = false;
  bool hasUploads_ = false;
  bool hasEnd_ = false;
  std::optional<std::uint64_t> end_;
  NotedLosses losses_;
  std::string confirmed_;
};

/// What is wrong with a file that is not what was stored.
inline std::string otherBytesText(std::string_view path) {
  return std::string(path) +
         " is damaged or was changed: it does not match checksums/. If it is right, remove "
         "checksums/ from the export";
}

/// What is wrong with a file that is not there any more.
inline std::string missingText(std::string_view path) {
  return std::string(path) +
         " is missing, although checksums/ lists it: the archive is incomplete. If that is "
         "intended, remove checksums/ from the export";
}

/// What is wrong with a file that came later, or whose checksum is gone.
inline std::string strangeText(std::string_view path) {
  return std::string(path) +
         " has no checksum, although others have one: it was added, or a part of checksums/ is "
         "gone. If that is intended, remove checksums/ from the export";
}

}  // namespace wsferry::archive
