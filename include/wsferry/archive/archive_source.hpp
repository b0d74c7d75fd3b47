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
  std::string path;  ///< A tar in any form that ArchiveReader takes, or a folder.
  std::string key;   ///< Passphrase, for an encrypted archive.

  /// Memory for what comes earlier in the archive than it is needed; the rest goes to a temporary
  /// file without a name. Default 8 MiB.
  std::size_t memory = 8u << 20;

  /// Where that file is made. Default: the system's folder for temporary files.
  std::string temporaryFolder;

  /// Take an archive in which the same entity or link stands twice, which an import makes two of or
  /// breaks off at. They are read as often as they stand there; ArchiveDestination stores them
  /// once. Default: invalidArchive.
  bool acceptDoubles = false;

  /// The files will not be asked for (readAssets() fails with Errc::invalidState), so that what is
  /// wrong with them is no reason to refuse the rest; it stands in summary().fileProblems. Default:
  /// it is invalidArchive.
  bool withoutFiles = false;
};

/// An export as a source. bootstrap() reads the whole archive once and checks it as an import does
/// before it deletes anything (protocol section 8): it is complete and undamaged, has metadata and
/// schemas, every record is JSON of its stage's shape, every upload has metadata that an import
/// accepts. It checks what an import does not, too, for what is missing here gets lost there: every
/// upload has the bytes of its checksum, where the archive keeps one, all metadata have their
/// upload, nothing occurs twice but an upload with the same bytes, which is given once, and among
/// the entries of the stages there is nothing else, above all no link, which is not followed; what
/// systems and editors leave behind is passed over. The stages are read in a second pass over a
/// compressed archive, whatever the order of its entries. What comes earlier in the archive than it
/// is needed goes to memory or a temporary file, in a usual export nothing but the assets' metadata
/// and checksums. In memory are the schemas, at most 64 MiB together.
///
/// Stages may be left out, but none is read twice or after a later one: Errc::invalidState. A
/// second bootstrap() starts again without the first pass. Once checked, an archive must not
/// change: then it fails, like what reads the stages, which compare every byte that they give with
/// what was checked. Other names, rights and owners of its files are no change. After cancel() all
/// calls that read the archive fail, until renew().
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
  /// Files that only the checksums of the archive tell of.
  std::vector<strapi::Loss> losses(bool ofRecords) const override;
  /// @throws Error with invalidArchive if the archive has changed since it was checked. A file that
  /// has taken the name of the one that was read does not count.
  void close() override;
  void cancel() noexcept override;

  /// Takes a cancel() back, for another transfer after one that failed, which cancels its source.
  /// The archive has to be the one that was checked: a bootstrap() follows, as above.
  void renew() noexcept;

  /// What the archive holds, without digest, and without the files that are left out. Its problems
  /// are those that do not prevent an import: files without their record, where there are records
  /// of files, which a server refuses and which are left out; files that records name and that are
  /// missing; files with fewer bytes than their metadata say, which may be cut off, or made smaller
  /// by somebody; entities without a schema, or of types that are never transferred. Known after
  /// bootstrap().
  const ArchiveSummary& summary() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::archive
