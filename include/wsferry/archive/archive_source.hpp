#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::archive {

struct ArchiveSourceOptions {
  std::string path;  ///< A tar in any form that ArchiveReader accepts, or a folder.
  std::string key;   ///< Passphrase, for an encrypted archive.

  /// Memory for entries that come earlier in the archive than needed; the rest goes to an unnamed
  /// temporary file. Default 8 MiB.
  std::size_t memory = 8u << 20;

  /// The folder for that file. Default: the system's folder for temporary files.
  std::string temporaryFolder;

  /// Accept an archive in which an entity or link occurs twice, which an import would store twice
  /// or fail on. They are read as often as they occur; ArchiveDestination stores them once.
  /// Default: invalidArchive.
  bool acceptDoubles = false;

  /// The files will not be read (readAssets() fails with Errc::invalidState), so problems with them
  /// are no reason to refuse the rest; they are listed in summary().fileProblems. Default: such
  /// problems give invalidArchive.
  bool withoutFiles = false;
};

/// An export as a source. bootstrap() reads the whole archive once and checks it as an import does
/// before it deletes anything (protocol section 8): it is complete and undamaged, has metadata and
/// schemas, every record is JSON of its stage's shape, every upload has metadata that an import
/// accepts. It also checks what an import does not, because what is missing here would be lost
/// there: every upload matches its checksum, if the archive keeps one; all metadata have their
/// upload; nothing occurs twice except an upload with the same bytes, which is returned once; and
/// the stages contain nothing else, above all no symbolic link, which is never followed. Leftovers
/// of systems and editors are skipped. The stages of a compressed archive are read in a second
/// pass, whatever the order of its entries. Entries that come earlier than needed go to memory or a
/// temporary file; in a usual export these are only the assets' metadata and checksums. The schemas
/// stay in memory, at most 64 MiB together.
///
/// Stages may be left out, but none is read twice or after a later one: Errc::invalidState. A
/// second bootstrap() starts again without the first pass. Once checked, an archive must not
/// change: a later bootstrap() then fails, and so do the calls that read the stages, which compare
/// every byte with what was checked. Changed names, permissions and owners of its files do not
/// count. After cancel() all calls that read the archive fail, until renew().
class WSFERRY_API ArchiveSource final : public strapi::Source {
 public:
  explicit ArchiveSource(ArchiveSourceOptions options);
  ~ArchiveSource() override;

  /// @throws Error: fileFailed (also for what cannot be read twice, such as a pipe), keyRequired,
  /// wrongKey, cancelled, or invalidArchive: with the place of the damage, or with all problems (up
  /// to 100) in one line each after a heading, or because the archive has changed since an earlier
  /// bootstrap().
  void bootstrap() override;
  strapi::Metadata getMetadata() override;
  std::vector<strapi::Schema> getSchemas() override;
  void readRecords(strapi::TransferStage stage, strapi::RecordSink& sink) override;
  void readAssets(strapi::AssetSink& sink) override;
  /// Files that only the archive's checksums mention.
  std::vector<strapi::Loss> losses(bool ofRecords) const override;
  /// @throws Error with invalidArchive if the archive has changed since it was checked. Replacing
  /// the file under its name does not count.
  void close() override;
  void cancel() noexcept override;

  /// Undoes cancel(), for another transfer after a failed one, which cancels its source. The
  /// archive must be the one that was checked: a bootstrap() follows, as above.
  void renew() noexcept;

  /// What the archive holds, without digest, and without the files that are left out. Its problems
  /// are those that do not prevent an import: files without a record in an archive that has records
  /// of files, which a server would refuse and which are left out; missing files that records name;
  /// files with fewer bytes than their metadata say, which may be truncated or may have been shrunk
  /// on purpose; entities without a schema, or of types that are never transferred. Known after
  /// bootstrap().
  const ArchiveSummary& summary() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::archive
