#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_string_scan.hpp"

namespace wsferry::detail {

// Above 9 for anything but a digit.
inline unsigned digitValue(char c) {
  return static_cast<unsigned char>(c) - unsigned{'0'};
}

// Assets of old servers come as arrays of bytes in decimal. Takes from `position` as many `,n` as
// fill whole blocks without white space, and returns the position after them; anything else is left
// to the caller. At least three characters must precede `position`. The commas of a block are found
// at once and each number is judged by its place between two of them: no branch depends on how many
// digits it has, which nothing could predict.
inline std::size_t readCompactBytes(std::string_view text, std::size_t position, std::string& out) {
  static constexpr unsigned tensMask[] = {0, 0, ~0u, ~0u};
  static constexpr unsigned hundredsMask[] = {0, 0, 0, ~0u};
  static constexpr unsigned smallest[] = {0, 0, 10, 100};
  std::array<char, commaBlockSize / 2> bytes;
  bool good = true;
  while (good && text.size() - position > commaBlockSize) {
    const char* const block = text.data() + position + 1;
    const char* start = block;
    std::size_t count = 0;
    for (std::uint64_t commas = findCommas(block); commas != 0; commas &= commas - 1) {
      const char* const comma = block + __builtin_ctzll(commas);
      const auto length = static_cast<std::size_t>(comma - start);
      if (length - 1 > 2) {
        good = false;
        break;
      }
      const unsigned ones = digitValue(comma[-1]);
      const unsigned tens = digitValue(comma[-2]) & tensMask[length];
      const unsigned hundreds = digitValue(comma[-3]) & hundredsMask[length];
      const unsigned value = ones + 10 * tens + 100 * hundreds;
      if ((ones > 9) | (tens > 9) | (hundreds > 2) | (value > 255) | (value < smallest[length])) {
        good = false;
        break;
      }
      bytes[count++] = static_cast<char>(value);
      start = comma + 1;
    }
    out.append(bytes.data(), count);
    position = static_cast<std::size_t>(start - text.data()) - 1;
    good = good && count > 0;
  }
  return position;
}

}  // namespace wsferry::detail
