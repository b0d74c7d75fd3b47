#pragma once

#include <cstddef>
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

}  // namespace wsferry::archive
