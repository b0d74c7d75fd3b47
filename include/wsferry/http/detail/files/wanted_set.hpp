#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace wsferry::http {

/// Requested files, and which of them an earlier transfer has brought unchanged. Keeps 32 bytes for
/// each. Without I/O.
///
/// Names and versions are kept as 64 bits each, which collide by chance once in some million
/// million million.
class WantedSet {
 public:
  /// A file of a record at `place`, of which `version` is known or not. All before close().
  void add(std::string_view name, std::optional<std::string_view> version, std::uint64_t place) {
    files_.push_back({keyOf(name), version ? keyOf(*version) : 0, place, !version, false});
  }
  void close() {
    std::sort(files_.begin(), files_.end(),
              [](const File& left, const File& right) { return left.name < right.name; });
  }

  /// An earlier record of that version has a file of that name. Returns whether a record is
  /// unchanged.
  bool match(std::string_view name, std::string_view version) {
    const std::uint64_t key = keyOf(version);
    bool isMatch = false;
    for (auto [file, end] = find(name); file != end; ++file) {
      if (!file->isUnknown && file->version == key) {
        file->isAsItWas = true;
        isMatch = true;
      }
    }
    return isMatch;
  }

  /// Before another earlier transfer: its files are those of its own records.
  void forgetMatches() {
    for (File& file : files_) {
      file.isAsItWas = false;
    }
  }

  /// The place of a file's record, if that is unchanged and the file was not taken. If several
  /// records name the file, this must hold for all of them.
  std::optional<std::uint64_t> wanted(std::string_view name) {
    const auto [begin, end] = find(name);
    const bool isWanted = begin != end && std::all_of(begin, end, [](const File& file) {
                            return file.isAsItWas && !file.isTaken;
                          });
    return isWanted ? std::optional(begin->place) : std::nullopt;
  }

  void take(std::string_view name) {
    for (auto [file, end] = find(name); file != end; ++file) {
      file->isTaken = true;
    }
  }

  bool isTaken(std::string_view name) {
    const auto [begin, end] = find(name);
    return begin != end && begin->isTaken;
  }

 private:
  struct File {
    std::uint64_t name;
    std::uint64_t version;
    std::uint64_t place;
    bool isUnknown;  ///< Of a record that says too little.
    bool isTaken;
    bool isAsItWas = false;
  };
  using Place = std::vector<File>::iterator;

  static std::uint64_t keyOf(std::string_view text) { return std::hash<std::string_view>()(text); }

  std::pair<Place, Place> find(std::string_view name) {
    const std::uint64_t key = keyOf(name);
    const Place begin =
        std::lower_bound(files_.begin(), files_.end(), key,
                         [](const File& file, std::uint64_t value) { return file.name < value; });
    Place end = begin;
    while (end != files_.end() && end->name == key) {
      ++end;
    }
    return {begin, end};
  }

  std::vector<File> files_;
};

}  // namespace wsferry::http
