#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace wsferry::archive {

/// 64 bits of a text, and of what was hashed before it, if that is the seed. The low bits can serve
/// as a place in a table. The same within one process only.
inline std::uint64_t hashOf(std::string_view text, std::uint64_t seed = 0) {
  constexpr std::uint64_t oneFactor = 0x9E3779B97F4A7C15u;
  constexpr std::uint64_t otherFactor = 0xC2B2AE3D27D4EB4Fu;
  const auto wordAt = [](const char* at, std::size_t size) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, size);
    return word;
  };
  const char* at = text.data();
  std::size_t left = text.size();
  // Two lanes, whose multiplications do not wait for each other.
  std::uint64_t one = seed ^ (left * oneFactor);
  std::uint64_t other = seed + otherFactor;
  const auto take = [&](std::uint64_t first, std::uint64_t second) {
    one = (one ^ first) * oneFactor;
    one ^= one >> 32;
    other = (other ^ second) * otherFactor;
    other ^= other >> 29;
  };
  for (; left > 16; at += 16, left -= 16) {
    take(wordAt(at, 8), wordAt(at + 8, 8));
  }
  // The rest, of which the words may overlap: the size is in the hash already.
  if (left >= 8) {
    take(wordAt(at, 8), wordAt(at + left - 8, 8));
  } else if (left >= 4) {
    take(wordAt(at, 4), wordAt(at + left - 4, 4));
  } else if (left > 0) {
    take(static_cast<unsigned char>(at[0]),
         static_cast<std::uint64_t>(static_cast<unsigned char>(at[left / 2])) << 8 |
             static_cast<unsigned char>(at[left - 1]));
  }
  std::uint64_t hash = (one ^ (other << 31 | other >> 33)) * oneFactor;
  hash ^= hash >> 32;
  hash *= otherFactor;
  return hash ^ hash >> 29;
}

}  // namespace wsferry::archive
