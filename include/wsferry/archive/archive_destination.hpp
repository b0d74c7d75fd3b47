#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wsferry/archive/archive_format.hpp"
#include "wsferry/strapi/destination.hpp"

namespace wsferry::archive {

struct ArchiveDestinationOptions {
  /// The file or folder to make; "-" writes a tar to standard output. The tar goes to a temporary
  /// name beside it first.
  std::string path;
  ArchiveFormat format;
  std::string key;                       ///< Passphrase, for an encrypted archive.
  bool overwrite = false;                ///< Replace an existing file, or a folder that holds an
                                         ///< export or nothing. Default: Errc::fileExists.
  std::uint64_t partSize = 16ull << 20;  ///< A stage's file is closed at this size. 16 MiB.
  std::size_t assetMemory = 8u << 20;    ///< An asset larger than this goes through a
                                         ///< temporary file before the tar. 8 MiB.
};

/// What was stored, known after close().
struct ArchiveResult {
  std::string path;
  std::uint64_t bytes = 0;         ///< Size of the file; sum of the files of a directory.
  std::string sha256;              ///< Of the file, in hex; empty for a directory.
  std::vector<std::string> notes;  ///< Renamed assets, wrong announced sizes: for the user to read.
};

/// Writes an export that `strapi import` takes (protocol section 8). A file with the final name is
/// complete: it is written under a temporary name, flushed and renamed by close(). rollback(), or
/// destruction before close(), removes what was written.
class ArchiveDestination final : public strapi::Destination {
 public:
  /// Checks the target at once. @throws Error: fileExists, fileFailed, invalidOption.
  explicit ArchiveDestination(ArchiveDestinationOptions options);
  ~ArchiveDestination() override;

  void beforeTransfer(const strapi::TransferManifest& manifest) override;
  void beginStage(strapi::TransferStage stage) override;
  strapi::RecordSink& records() override;
  strapi::AssetSink& assets() override;
  void endStage() override;
  void close() override;
  void rollback() noexcept override;

  const ArchiveResult& result() const;

  /// The temporary file or folder that exists until close() or rollback(); empty afterwards and for
  /// standard output. For a program that must end at once and leave nothing.
  std::string temporaryPath() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::archive
