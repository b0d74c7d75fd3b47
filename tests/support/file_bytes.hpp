#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace support {

/// All bytes of a file; empty for one that is not there.
inline std::string readFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void writeFile(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace support
