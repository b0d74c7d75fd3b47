#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wsferry/archive/archive_format.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
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

  /// ArchiveResult::sha256 of a file is made, which takes about half a second of CPU time a gigabyte.
  /// Default true.
  bool fileHash = true;

  /// rollback() leaves what has come at temporaryPath(), for an EarlierArchive that isUnfinished.
  /// The next destination with the same path removes it. Not for standard output. Default false.
  bool keepUnfinished = false;

  /// Called by close() when all is on disk, right before the archive gets its name, with that. What
  /// it throws keeps it from that. Default: none.
  std::function<void(const std::string& path)> beforeNaming;
};

/// What was stored, known after close().
struct ArchiveResult {
  std::string path;
  std::uint64_t bytes = 0;         ///< Size of the file; sum of the files of a directory.
  std::string sha256;              ///< Of the file, in hex; empty for a directory, and
                                   ///< without ArchiveDestinationOptions::fileHash.
  std::uint64_t sharedFiles = 0;   ///< Files of a directory that share the bytes of
                                   ///< AssetInfo::path.
  std::vector<std::string> notes;  ///< What came twice and is stored once, files that were left
                                   ///< out, wrong announced sizes, what was replaced and cannot be
                                   ///< removed: for the user to read.
};

/// Writes an export that `strapi import` takes (protocol section 8), or none: verifyArchive() finds
/// no problem in it but files that did not come, or came with fewer bytes than their records say,
/// which TransferResult::losses tells. The same entity, link or asset that comes again is stored
/// once, and noted. Memory grows by some 20 bytes for each entity, component and link, and some 200
/// for each asset. A file with the final name is complete: it is written under a temporary name,
/// flushed and renamed by close(). rollback(), or destruction before close(), removes what was
/// written; see ArchiveDestinationOptions::keepUnfinished.
class WSFERRY_API ArchiveDestination final : public strapi::Destination {
 public:
  /// Checks the target at once. @throws Error: fileExists, fileFailed, invalidOption,
  /// ArchiveErrc::keyRequired.
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

  /// Has close() give the archive another name, in the same folder: for what is not to replace an
  /// earlier archive. `ArchiveDestinationOptions::overwrite` counts for that name then. Not for
  /// standard output. @throws Error with Errc::invalidState after close().
  void storeAs(std::string path);

  const ArchiveResult& result() const;

  /// The temporary file or folder that exists until close() or rollback(), for a program that must
  /// end at once and leave nothing. After a rollback() that has left it, still its path; otherwise
  /// empty then, and always for standard output.
  std::string temporaryPath() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::archive
