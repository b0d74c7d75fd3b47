#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "archive/bounded/key_set.hpp"
#include "archive/check/archive_scan.hpp"
#include "archive/check/record_shape.hpp"
#include "archive/checksums/kept_checksums.hpp"
#include "archive/findings/findings.hpp"
#include "wsferry/strapi/loss.hpp"

namespace wsferry::archive {

/// What a verification and the check before an import have in common.
class ArchiveCheck : public ArchiveVisitor {
 public:
  void entry(const Entry& entry) override;
  bool takesRecords() const override { return true; }
  void record(const strapi::RecordReading& record, std::string_view json) override;
  void recordsRead(const Entry& entry, std::uint64_t size, const std::string& sha256) override {
    parts_.push_back({entry.path, size, sha256});
  }
  void checksums(const Entry& entry, ArchiveReader& reader) override;
  void finish(ArchiveSummary& summary) override;

  /// Of a part of records as it was read, in hex; empty for none. After finish().
  std::string_view sha256OfPart(std::string_view path) const;

  /// Files that are missing, as checksums tell; with `ofRecords` also those that finish() has told
  /// of as missing to a record. After finish().
  std::vector<strapi::Loss> losses(bool ofRecords) const;

 protected:
  /// `findings` outlives it.
  explicit ArchiveCheck(Findings& findings) : findings_(findings), records_(findings) {}

  /// An entity or link that is there already.
  virtual void doubled(strapi::TransferStage stage);

  /// An asset's metadata, less the byte order mark that an editor may have put before them.
  std::string readAssetMetadata(const Entry& entry, ArchiveReader& reader);

  /// Whether an entry of that path came before the current one.
  bool isSecond() const { return isSecond_; }

  Findings& findings_;
  RecordShape records_;
  KeptChecksums checksums_;

 private:
  void reportMissing(const std::string& path);

  KeySet paths_;
  std::vector<std::string> expected_;  ///< What has a checksum, and had not come before that.
  std::vector<FileChecksum> parts_;    ///< Of records, as they were read.
  std::vector<strapi::Loss> losses_;
  std::vector<strapi::Loss> lossesOfRecords_;
  bool isSecond_ = false;
};

}  // namespace wsferry::archive
