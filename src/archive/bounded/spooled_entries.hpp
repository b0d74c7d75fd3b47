#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/bounded/line_splitter.hpp"
#include "core/file/spool.hpp"

namespace wsferry::archive {

/// Entries that are needed later: names and contents in a spool, some 40 bytes each in memory.
class SpooledEntries {
 public:
  /// As Spool.
  SpooledEntries(SpoolBudget& budget, std::string folder) : spool_(budget, std::move(folder)) {}

  void add(std::string_view name, const ReadBytes& content);

  std::size_t count() const { return places_.size(); }
  std::string name(std::size_t index);
  std::uint64_t size(std::size_t index) const { return places_[index].size; }

  /// The content of an entry; outlived by this object, and good until something is added.
  ReadBytes content(std::size_t index);

  /// The first entry of that name.
  std::optional<std::size_t> find(std::string_view name);

 private:
  struct Place {
    std::uint64_t offset = 0;  ///< Of the name; the content follows.
    std::uint64_t size = 0;
    std::uint32_t nameSize = 0;
  };

  Spool spool_;
  std::vector<Place> places_;
  std::vector<std::pair<std::uint64_t, std::size_t>> index_;  ///< By hashes of the names.
  bool isIndexSorted_ = true;
};

}  // namespace wsferry::archive
