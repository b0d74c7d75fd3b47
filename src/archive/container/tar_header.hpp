#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wsferry::archive {

/// A tar is made of blocks of this size.
constexpr std::size_t tarBlock = 512;

/// Whether `bytes` start with a tar header, by its checksum.
bool startsWithTarHeader(std::string_view bytes);

/// Whether `bytes` start with a gzip header.
bool startsWithGzipHeader(std::string_view bytes);

/// What blocks of a tar's end, and what pads an entry, are.
inline bool isZeros(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

/// A number of a tar header, such as an entry's size.
inline std::uint64_t octalOf(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '7') {
      break;
    }
    value = value * 8 + static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

}  // namespace wsferry::archive
