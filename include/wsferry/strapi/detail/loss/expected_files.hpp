#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsferry::strapi {

/// The files that records name, and which of them have arrived. For each it keeps 28 bytes and,
/// while there is room, its name.
class ExpectedFiles {
 public:
  /// Beyond these bounds files are not expected, or not named.
  static constexpr std::size_t mostFiles = 1u << 20;
  static constexpr std::size_t mostNameBytes = 8u << 20;

  struct File {
    std::string name;  ///< Empty beyond the bound.
    std::uint64_t recordId = 0;
  };

  /// All must be expected before the first arrives.
  void expect(std::string_view name, std::uint64_t recordId) {
    if (files_.size() == mostFiles) {
      ++unchecked_;
      return;
    }
    Entry entry{std::hash<std::string_view>()(name), recordId, noName, false};
    if (names_.size() + name.size() < mostNameBytes) {
      entry.name = static_cast<std::uint32_t>(names_.size());
      names_.append(name).push_back('\0');
    }
    files_.push_back(entry);
  }

  void arrived(std::string_view name) {
    if (byKey_.size() != files_.size()) {
      byKey_.resize(files_.size());
      std::iota(byKey_.begin(), byKey_.end(), 0u);
      std::sort(byKey_.begin(), byKey_.end(),
                [this](std::uint32_t a, std::uint32_t b) { return files_[a].key < files_[b].key; });
    }
    const std::uint64_t key = std::hash<std::string_view>()(name);
    auto place =
        std::lower_bound(byKey_.begin(), byKey_.end(), key,
                         [this](std::uint32_t a, std::uint64_t b) { return files_[a].key < b; });
    for (; place != byKey_.end() && files_[*place].key == key; ++place) {
      files_[*place].hasCome = true;
    }
  }

  /// Calls `take(file)` for each that has not arrived, in the order of the records.
  template <class Take>
  void eachMissing(Take take) const {
    for (const Entry& entry : files_) {
      if (!entry.hasCome) {
        take(fileOf(entry));
      }
    }
  }

  std::optional<File> firstMissing() const {
    const auto first = std::find_if(files_.begin(), files_.end(),
                                    [](const Entry& entry) { return !entry.hasCome; });
    return first == files_.end() ? std::nullopt : std::optional(fileOf(*first));
  }

  bool isEmpty() const { return files_.empty(); }

  /// How many were beyond the bound.
  std::uint64_t unchecked() const { return unchecked_; }

 private:
  static constexpr std::uint32_t noName = ~std::uint32_t{0};

  struct Entry {
    std::uint64_t key;
    std::uint64_t recordId;
    std::uint32_t name;  // where it begins
    bool hasCome;
  };

  File fileOf(const Entry& entry) const {
    return {entry.name == noName ? std::string() : std::string(names_.c_str() + entry.name),
            entry.recordId};
  }

  std::vector<Entry> files_;
  std::vector<std::uint32_t> byKey_;
  std::string names_;
  std::uint64_t unchecked_ = 0;
};

}  // namespace wsferry::strapi
