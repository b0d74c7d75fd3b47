#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/bounded/text_hash.hpp"

namespace wsferry::archive {

/// Names, of each of which 64 bits are kept, and a value with each: two names are taken for the
/// same with a probability that does not matter for reporting mistakes.
template <class Value>
class KeyTable {
 public:
  /// The key's value, and whether the key is new: then the value is a new one.
  std::pair<Value&, bool> insert(std::uint64_t key) {
    if ((size_ + 1) * 4 > slots_.size() * 3) {
      grow();
    }
    Slot& slot = slots_[find(key)];
    const bool isNew = slot.key == 0;
    slot.key = nonZero(key);
    size_ += isNew ? 1 : 0;
    return {slot, isNew};
  }

  bool contains(std::uint64_t key) const { return !slots_.empty() && slots_[find(key)].key != 0; }

  /// Fetches what a later call with this key will look at.
  void prefetch(std::uint64_t key) const {
    if (!slots_.empty()) {
      __builtin_prefetch(&slots_[nonZero(key) & (slots_.size() - 1)]);
    }
  }

 private:
  // A value without members takes no room.
  struct Slot : Value {
    std::uint64_t key = 0;  ///< Zero marks a free slot.
  };

  static std::uint64_t nonZero(std::uint64_t key) { return key == 0 ? 1 : key; }

  std::size_t find(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t place = nonZero(key) & mask;
    while (slots_[place].key != 0 && slots_[place].key != nonZero(key)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.key != 0) {
        slots_[find(slot.key)] = slot;
      }
    }
  }

  std::vector<Slot> slots_;  ///< A power of two of them.
  std::size_t size_ = 0;
};

/// The same without values.
class KeySet {
 public:
  /// False if it was there.
  bool insert(std::uint64_t key) { return table_.insert(key).second; }

  bool contains(std::uint64_t key) const { return table_.contains(key); }
  void prefetch(std::uint64_t key) const { table_.prefetch(key); }

 private:
  struct Nothing {};
  KeyTable<Nothing> table_;
};

/// The key of a name that has two parts.
inline std::uint64_t keyOf(std::string_view first, std::string_view second) {
  return hashOf(second, hashOf(first));
}

}  // namespace wsferry::archive
