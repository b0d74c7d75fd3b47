#pragma once

#include <cstdint>
#include <string_view>

namespace wsferry::archive {

/// One link of the chain that reads a file: file -> decryption -> gunzip -> tar.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// The next bytes, valid until the next call; empty at the end.
  virtual std::string_view read() = 0;

  /// Skips up to `count` bytes if that is cheaper than reading them. Returns how many were skipped.
  virtual std::uint64_t skip(std::uint64_t /*count*/) { return 0; }
};

}  // namespace wsferry::archive
