#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace wsferry::archive {

/// The first bytes that digits in lower-case hex tell, of which there are enough.
template <std::size_t size>
std::array<unsigned char, size> bytesOfHex(std::string_view hex) {
  const auto digit = [hex](std::size_t place) {
    const char c = hex[place];
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
  };
  std::array<unsigned char, size> bytes{};
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<unsigned char>(digit(2 * i) << 4 | digit(2 * i + 1));
  }
  return bytes;
}

}  // namespace wsferry::archive
