#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "archive/chain/byte_sink.hpp"
#include "core/file/file_handle.hpp"
#include "wsferry/core/detail/text/sha256.hpp"

namespace wsferry::archive {

/// The end of the chain: writes to an open file in large pieces, and hashes what passes if asked
/// to.
class FileSink final : public ByteSink {
 public:
  /// `file` stays the caller's, and open.
  FileSink(FileHandle& file, bool hashes);

  void write(std::string_view bytes) override;
  void finish() override;

  /// Waits until all is on the disk. After finish().
  void sync() { file_.sync(); }

  /// Known after finish(); the hash empty if none was asked for.
  std::uint64_t size() const { return size_; }
  const std::string& sha256() const { return sha256_; }

 private:
  void flush();

  FileHandle& file_;
  std::string buffer_;
  std::optional<Sha256> hash_;
  std::uint64_t size_ = 0;
  std::string sha256_;
};

}  // namespace wsferry::archive
