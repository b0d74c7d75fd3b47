#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/require.hpp"

namespace {

/// The key of encrypted inputs.
const std::string archiveKey = "secret";

/// A file with these bytes, the same for each input.
inline const std::string& fileWith(const std::uint8_t* data, std::size_t size) {
  static const int file = memfd_create("archive", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  require(ftruncate(file, 0) == 0);
  require(pwrite(file, data, size, 0) == static_cast<ssize_t>(size));
  return path;
}

}  // namespace
