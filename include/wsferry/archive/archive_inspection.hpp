#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "wsferry/archive/archive_format.hpp"
#include "wsferry/archive/noted_losses.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/file_place.hpp"
#include "wsferry/strapi/tally.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

/// What an archive holds.
struct ArchiveSummary {
  ArchiveFormat format;
  std::uint64_t fileBytes =
      0;  ///< Of the file, or of the files of a directory; 0 if unknown, as for a pipe.
  strapi::Metadata metadata;

  std::vector<std::string> schemaUids;  ///< Sorted.

  /// Records or assets with their bytes; those of records without line ends. A stage that the
  /// archive lacks is missing here.
  std::map<strapi::TransferStage, strapi::Tally> totals;
  std::uint64_t largestRecord = 0;  ///< Its bytes.
  std::map<std::string, strapi::Tally> entitiesByType;
  std::map<std::string, strapi::Tally> linksByKind;
  std::map<std::string, strapi::Tally> configurationByType;
  std::map<std::string, strapi::Tally> assetsByExtension;  ///< With the dot; empty for none.

  /// By the `provider` of their metadata, such as local or aws-s3; empty for none, as in those of
  /// resized images. Not made by inspectArchive(), which does not read these metadata.
  std::map<std::string, strapi::Tally> assetsByProvider;

  /// False where damage, or an end that came too early, kept the rest from being read: nothing was
  /// compared with checksums then, and there is no digest. Only of verifyArchive().
  bool isReadToEnd = true;

  /// Files that match the checksum that an archive of wsferry keeps for each. Only verifyArchive()
  /// compares them.
  std::uint64_t filesWithChecksum = 0;

  /// The parts that hold schemas, entities, links and configuration, and how many of them match
  /// their checksum.
  std::uint64_t partsOfRecords = 0;
  std::uint64_t partsWithChecksum = 0;

  /// The places of files that records name but the archive does not have, other than a server's own
  /// disk: each place once. Not filled by inspectArchive().
  std::vector<strapi::FilePlace> filesElsewhere;

  /// What the transfer that made the archive lost, by the archive's end. Also in words among
  /// `problems` or `remarks`.
  NotedLosses losses;

  /// What an import refuses, or leaves out (protocol section 8), for a person to read. At most 100,
  /// then a line with the number of the rest, and one with the number of those about files.
  std::vector<std::string> problems;

  /// Those of `problems` that concern files and their metadata: they do not affect a transfer
  /// without files.
  std::vector<std::string> fileProblems;

  /// Unusual but harmless, in the same form: links that lead nowhere, as found in databases; files
  /// beside the export; traces of an editor or a packer.
  std::vector<std::string> remarks;

  /// The names of files that are missing or have fewer bytes than their records say, each by the
  /// one of `problems` or `remarks` that says so.
  std::map<std::string, std::string> lackingFiles;

  /// The names of these files, the first strapi::mostLostFiles of them, and how many there are. Not
  /// filled by inspectArchive().
  std::vector<std::string> filesLacked;
  std::uint64_t filesLackedCount = 0;

  /// Of the content, in hex; only verifyArchive() makes it. Two archives without problems have the
  /// same content exactly if their digests are equal, whatever their container, compression, key,
  /// part sizes, order of records and entries, order of members in objects, white space, escapes in
  /// strings, and `createdAt`.
  ///
  /// It is the SHA-256 of these lines, each with a line end: `wsferry archive digest 1`;
  /// `strapi VERSION`; then for schemas, entities, assets, links and configuration
  /// `STAGE COUNT SUM`. SUM is the sum modulo 2^256 of one SHA-256 per item, as a big-endian number
  /// in hex. For a record it is that of its canonical JSON: no white space, members sorted by key,
  /// numbers as they are written, strings with only the necessary escapes. For an asset it is that
  /// of the lines: name as a JSON string, canonical JSON of its metadata without the signatures of
  /// URLs (docs/archive.md), SHA-256 of its bytes in hex; each with a line end.
  std::string digest;
};

/// Counts and sizes, in one cheap pass: assets are not read if the container allows skipping them.
/// A record that cannot be counted, missing schemas and missing metadata are problems. `cancelled`
/// is as in VerificationOptions. @throws Error as ArchiveReader does, and cancelled.
[[nodiscard]] WSFERRY_API ArchiveSummary
inspectArchive(const std::string& path, const std::string& key = {},
               const std::atomic<bool>* cancelled = nullptr);

struct VerificationOptions {
  /// Treats files that are missing, or have fewer bytes than their records say, as remarks. For
  /// archives made with TransferEngineOptions::allowMissingFiles. Default: problems.
  bool allowMissingFiles = false;

  /// Once true, reading fails with Errc::cancelled. May be set by any thread; must outlive the
  /// call. Default: none.
  const std::atomic<bool>* cancelled = nullptr;
};

/// The same, and checks everything: all bytes are readable; each record is JSON of its stage's
/// shape; assets and their metadata belong together and keep the rules of an import; files that
/// records name exist, unless there is no file at all; there is no type that must never be
/// transferred; every entity has a schema; links lead to existing entities and components (a remark
/// if not); nothing occurs twice (a remark for an asset with the same bytes). Findings are in
/// `problems` and `remarks`. A stage with more than 5000 bad lines is not read to its end. Memory
/// grows by some 20 bytes for each entity, component and link, and some 300 for each asset. @throws
/// Error as ArchiveReader's constructor does, fileFailed, and cancelled.
[[nodiscard]] WSFERRY_API ArchiveSummary verifyArchive(const std::string& path,
                                                       const std::string& key = {},
                                                       const VerificationOptions& options = {});

}  // namespace wsferry::archive
