#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wsferry/archive/archive_format.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/destination.hpp"

namespace wsferry::archive {

struct ArchiveDestinationOptions {
  /// The file or folder to make; "-" writes a tar to standard output. The tar goes to a temporary
  /// name beside it first. `strapi import` goes by the ending of a file's name, which is to be
  /// `format.extension()`; other names are taken, but not one that ends in `.enc` for what is not
  /// encrypted (Errc::invalidOption).
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
  std::vector<std::string> notes;  ///< What came twice and is stored once, files that were left
                                   ///< out, wrong announced sizes: for the user to read.
};

/// Writes an export that `strapi import` takes (protocol section 8), or none: verifyArchive() finds
/// no problem in it but files that did not come, or came with fewer bytes than their records say,
/// which TransferResult::losses tells. The same entity, link or asset that comes again is stored
/// once, and noted. Memory grows by some 20 bytes for each entity, component and link, and some 200
/// for each asset. A file with the final name is complete: it is written under a temporary name,
/// flushed and renamed by close(). rollback(), or destruction before close(), removes what was
/// written.
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
  /// @throws Error with ArchiveErrc::invalidArchive, and all problems (up to 100) in one line each
  /// after a heading, if what came makes no archive that can be imported: records that break their
  /// stage's shape, two entities of one id, entities without a schema, assets with metadata that an
  /// import refuses, with a name that no file can have, or with other bytes under one name.
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
