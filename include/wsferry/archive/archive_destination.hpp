#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wsferry/archive/archive_format.hpp"
#include "wsferry/archive/noted_losses.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/destination.hpp"

namespace wsferry::archive {

struct ArchiveDestinationOptions {
  /// The file or folder to make; "-" writes a tar to standard output. The tar is first written
  /// under a temporary name beside it. `strapi import` goes by the file extension, which should be
  /// `format.extension()`; other names are accepted, but not one ending in `.enc` for an archive
  /// that is not encrypted (Errc::invalidOption).
  std::string path;
  ArchiveFormat format;
  std::string key;                       ///< Passphrase, for an encrypted archive.
  bool overwrite = false;                ///< Replace an existing file, or a folder that holds an
                                         ///< export or nothing. Default: Errc::fileExists.
  std::uint64_t partSize = 16ull << 20;  ///< A stage's file is closed at this size. 16 MiB.
  std::size_t assetMemory = 8u << 20;    ///< An asset larger than this goes through a
                                         ///< temporary file before the tar. 8 MiB.

  /// Compute ArchiveResult::sha256 of a file, which takes about half a second of CPU time per
  /// gigabyte. Default true.
  bool fileHash = true;

  /// rollback() leaves what has arrived at temporaryPath(), for an EarlierArchive with
  /// isUnfinished. The next destination with the same path removes it. Not for standard output.
  /// Default false.
  bool keepUnfinished = false;

  /// Called by close() when everything is on disk, right before the archive gets its name, with
  /// that name. An exception from it prevents the renaming. Default: none.
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
  std::vector<std::string> notes;  ///< For the user to read: duplicates that are stored once,
                                   ///< files left out, wrong announced sizes, and what was
                                   ///< replaced but cannot be removed.
};

/// Writes an export that `strapi import` accepts (protocol section 8), or none: verifyArchive()
/// finds no problem in it except files that did not arrive, or arrived with fewer bytes than their
/// records say, which TransferResult::losses reports. A duplicate entity, link or asset is stored
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
  /// after a heading, if the content that arrived makes no archive that can be imported: records
  /// that break their stage's shape, two entities with one id, entities without a schema, assets
  /// with metadata that an import refuses, with a name that no file can have, or with different
  /// bytes under one name.
  void close() override;
  void rollback() noexcept override;

  /// Makes close() give the archive another name in the same folder, so that it does not replace an
  /// earlier archive. `ArchiveDestinationOptions::overwrite` then applies to that name. Not for
  /// standard output. @throws Error with Errc::invalidState after close().
  void storeAs(std::string path);

  /// Before close(): what the transfer has lost, by TransferResult::losses. The archive's end then
  /// says so, for retention that counts only archives which lost nothing. `strapi import` ignores
  /// it. Default: nothing.
  void noteLosses(const NotedLosses& losses);

  /// Before close(): since when all files are as the server had them, as an ISO 8601 time in UTC;
  /// empty if some come from an earlier archive, and the server was not asked whether it still has
  /// their bytes. A later transfer that asks compares with it. Default: the earlier of the
  /// metadata's createdAt, which is by the server's clock, and of the time of beforeTransfer().
  void noteFilesAsOf(std::string time);

  const ArchiveResult& result() const;

  /// The temporary file or folder that exists until close() or rollback(), for a program that must
  /// exit at once and leave nothing behind. Empty after close() and rollback(), unless rollback()
  /// has left it; always empty for standard output.
  std::string temporaryPath() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::archive
