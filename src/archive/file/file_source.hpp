#pragma once

#include <string>

#include "archive/chain/byte_source.hpp"
#include "core/file/file_handle.hpp"

namespace wsferry::archive {

/// Reads a file from its start.
class FileSource final : public ByteSource {
 public:
  /// @throws Error with Errc::fileFailed, as the rest.
  explicit FileSource(const std::string& path);

  std::string_view read() override;

  /// Never goes over the end: what is missing there is noticed by reading.
  std::uint64_t skip(std::uint64_t count) override;

 private:
  FileHandle file_;
  std::string buffer_;
};

}  // namespace wsferry::archive
