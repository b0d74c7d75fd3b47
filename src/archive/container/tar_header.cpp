#include "archive/container/tar_header.hpp"

#include <cstddef>

namespace wsferry::archive {
namespace {
constexpr std::size_t headerSize = 512;
constexpr std::size_t checksumStart = 148;
constexpr std::size_t checksumSize = 8;
}  // namespace

bool startsWithTarHeader(std::string_view bytes) {
  if (bytes.size() < headerSize) {
    return false;
  }
  unsigned long expected = 0;
  bool hasDigits = false;
  for (const char character : bytes.substr(checksumStart, checksumSize)) {
    if (character >= '0' && character <= '7') {
      expected = expected * 8 + static_cast<unsigned long>(character - '0');
      hasDigits = true;
    } else if (hasDigits || character != ' ') {
      break;
    }
  }
  unsigned long sum = 0;
  for (std::size_t i = 0; i < headerSize; ++i) {
    const bool isChecksum = i >= checksumStart && i < checksumStart + checksumSize;
    sum += isChecksum ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(bytes[i]);
  }
  return hasDigits && sum == expected;
}

bool startsWithGzipHeader(std::string_view bytes) {
  return bytes.substr(0, 3) == "\x1F\x8B\x08";
}

}  // namespace wsferry::archive
