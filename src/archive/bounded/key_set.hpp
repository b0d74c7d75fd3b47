#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wsferry::archive {

/// A set of names that keeps 64 bits of each: two names are taken for the same with a probability
/// that does not matter for reporting mistakes.
class KeySet {
 public:
  /// False if it was there.
  bool insert(std::uint64_t key) {
    if ((size_ + 1) * 4 > slots_.size() * 3) {
      grow();
    }
    std::uint64_t& slot = slots_[find(key)];
    if (slot != 0) {
      return false;
    }
    slot = nonZero(key);
    ++size_;
    return true;
  }

  bool contains(std::uint64_t key) const { return !slots_.empty() && slots_[find(key)] != 0; }

 private:
  // Zero marks a free slot.
  static std::uint64_t nonZero(std::uint64_t key) { return key == 0 ? 1 : key; }

  std::size_t find(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t place = nonZero(key) & mask;
    while (slots_[place] != 0 && slots_[place] != nonZero(key)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  void grow() {
    std::vector<std::uint64_t> old(slots_.empty() ? 64 : slots_.size() * 2);
    old.swap(slots_);
    for (const auto key : old) {
      if (key != 0) {
        slots_[find(key)] = key;
      }
    }
  }

  std::vector<std::uint64_t> slots_;  ///< A power of two of them.
  std::size_t size_ = 0;
};

/// The key of a name that has two parts.
inline std::uint64_t keyOf(std::string_view first, std::string_view second) {
  // FNV-1a over both parts and a separator, then mixed so that the low bits can serve as a place.
  std::uint64_t hash = 14695981039346656037u;
  const auto add = [&hash](std::string_view part) {
    for (const char character : part) {
      hash = (hash ^ static_cast<unsigned char>(character)) * 1099511628211u;
    }
  };
  add(first);
  add(std::string_view("\0", 1));
  add(second);
  return hash ^ (hash >> 32);
}

}  // namespace wsferry::archive
