#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace wsferry::strapi {

/// A set of row ids. A table's ids are dense, so that it needs about a bit for each: it keeps pages
/// of 4096 bits. Ids that are far from each other take a page each, which `budget` bounds.
class IdSet {
 public:
  static constexpr std::size_t pageBytes = 512;

  /// Takes any page it needs from the budget. False, without keeping the id, if none is left.
  bool insert(std::uint64_t id, std::size_t& budget) {
    Page* page = find(id / idsPerPage);
    if (page == nullptr) {
      if (budget == 0) {
        return false;
      }
      --budget;
      page = pages_.emplace(id / idsPerPage, std::make_unique<Page>()).first->second.get();
      last_ = page;
    }
    page->set(id % idsPerPage);
    return true;
  }

  bool isEmpty() const { return pages_.empty(); }

  bool contains(std::uint64_t id) const {
    const Page* page = find(id / idsPerPage);
    return page != nullptr && page->test(id % idsPerPage);
  }

 private:
  static constexpr std::uint64_t idsPerPage = pageBytes * 8;
  using Page = std::bitset<idsPerPage>;

  // Neighbours are asked for one after the other.
  Page* find(std::uint64_t number) const {
    if (last_ == nullptr || lastNumber_ != number) {
      const auto page = pages_.find(number);
      last_ = page == pages_.end() ? nullptr : page->second.get();
      lastNumber_ = number;
    }
    return last_;
  }

  std::unordered_map<std::uint64_t, std::unique_ptr<Page>> pages_;
  mutable std::uint64_t lastNumber_ = 0;
  mutable Page* last_ = nullptr;
};

}  // namespace wsferry::strapi
