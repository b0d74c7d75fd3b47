#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/text/http_date.hpp"

namespace wsferry::http {

/// What the server's storage has of files, as it answered to HEAD. Keeps 24 bytes for each, of the
/// name a hash. Without I/O.
class ConfirmedFiles {
 public:
  /// `modified`: when it was last changed, if the server told. All before close().
  void add(std::string_view name, std::uint64_t size, std::optional<SystemSeconds> modified) {
    files_.push_back({keyOf(name), size, modified.value_or(SystemSeconds::min())});
  }
  void close() {
    std::sort(files_.begin(), files_.end(),
              [](const File& left, const File& right) { return left.name < right.name; });
  }

  /// Whether the server has a file of that name.
  bool has(std::string_view name) const { return find(name) != nullptr; }

  /// Whether it has a file of that name and size.
  bool has(std::string_view name, std::uint64_t size) const {
    const File* const file = find(name);
    return file != nullptr && file->size == size;
  }

  /// Whether it has the bytes that an earlier transfer brought: they are as many, and were changed
  /// well before that began. Both times must be known.
  bool agrees(std::string_view name, std::uint64_t size, std::optional<SystemSeconds> begun) const {
    const File* const file = find(name);
    return file != nullptr && file->size == size && file->modified != SystemSeconds::min() &&
           begun && file->modified < *begun - clockDifference;
  }

  /// What Strapi's clock and that of its files' storage may differ by: a file that was changed
  /// within this time before a transfer counts as changed since.
  static constexpr std::chrono::minutes clockDifference{15};

 private:
  struct File {
    std::size_t name;
    std::uint64_t size;
    SystemSeconds modified;
  };

  static std::size_t keyOf(std::string_view name) { return std::hash<std::string_view>()(name); }

  const File* find(std::string_view name) const {
    const std::size_t key = keyOf(name);
    const auto file =
        std::lower_bound(files_.begin(), files_.end(), key,
                         [](const File& left, std::size_t value) { return left.name < value; });
    return file != files_.end() && file->name == key ? &*file : nullptr;
  }

  std::vector<File> files_;
};

}  // namespace wsferry::http
