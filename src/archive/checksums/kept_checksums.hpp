#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archive/bounded/key_set.hpp"
#include "archive/bounded/line_splitter.hpp"
#include "archive/checksums/file_checksum.hpp"
#include "wsferry/archive/archive_reader.hpp"

namespace wsferry::archive {

/// The checksums that an archive keeps of its files: some 80 bytes of each.
class KeptChecksums {
 public:
  enum class Verdict { unknown, same, other };

  void add(const FileChecksum& file) {
    if (describeEntry(file.path).kind == EntryKind::records) {
      parts_.push_back(file.path);
    }
    sums_.insert_or_assign(keyOf(file.path, {}), Sum{file.size, digestOf(file.sha256)});
  }

  /// Of the reader's current entry. False if it has none.
  bool read(ArchiveReader& reader) {
    bool hasAny = false;
    LineSplitter lines([&reader] { return reader.read(); });
    for (std::string_view line; lines.next(line);) {
      if (const auto file = readChecksum(line)) {
        add(*file);
        hasAny = true;
      }
    }
    return hasAny;
  }

  /// Whether a file's bytes are those that were stored.
  Verdict judge(std::string_view path, std::uint64_t size, std::string_view sha256) const {
    const auto found = sums_.find(keyOf(path, {}));
    if (found == sums_.end()) {
      return Verdict::unknown;
    }
    const Sum& kept = found->second;
    return kept.size == size && kept.digest == digestOf(sha256) ? Verdict::same : Verdict::other;
  }

  bool has(std::string_view path) const { return sums_.count(keyOf(path, {})) != 0; }
  bool empty() const { return sums_.empty(); }

  /// The parts of records that the archive had when it was made.
  const std::vector<std::string>& parts() const { return parts_; }

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Sum {
    std::uint64_t size = 0;
    Digest digest{};
  };

  // Of 64 digits in lower-case hex.
  static Digest digestOf(std::string_view hex) {
    const auto digit = [hex](std::size_t place) {
      const char c = hex[place];
      return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    };
    Digest digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
      digest[i] = static_cast<unsigned char>(digit(2 * i) << 4 | digit(2 * i + 1));
    }
    return digest;
  }

  std::unordered_map<std::uint64_t, Sum> sums_;
  std::vector<std::string> parts_;
};

/// What is wrong with a file that is not what was stored.
inline std::string otherBytesText(std::string_view path) {
  return std::string(path) +
         " is damaged or was changed: its bytes are not those that checksums/ tells of. If they "
         "are right, remove checksums/ from the export";
}

/// What is wrong with a part of records that is not there any more.
inline std::string missingPartText(std::string_view path) {
  return std::string(path) +
         " is missing, though checksums/ tells of it: the archive is not all there. If that is as "
         "it is to be, remove checksums/ from the export";
}

/// What is wrong with a part of records that came later, or whose checksum is gone.
inline std::string strangePartText(std::string_view path) {
  return std::string(path) +
         " has no checksum, though other parts have one: it was added, or a part of checksums/ is "
         "gone. If it is as it is to be, remove checksums/ from the export";
}

}  // namespace wsferry::archive
