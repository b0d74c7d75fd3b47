#pragma once

#include <string_view>

namespace wsferry::archive {

/// Whether `bytes` start with a tar header, by its checksum.
bool startsWithTarHeader(std::string_view bytes);

/// Whether `bytes` start with a gzip header.
bool startsWithGzipHeader(std::string_view bytes);

}  // namespace wsferry::archive
