#include "wsferry/archive/archive_inspection.hpp"

#include "archive/check/archive_check.hpp"
#include "archive/check/archive_scan.hpp"
#include "archive/check/asset_pairing.hpp"
#include "archive/check/content_digest.hpp"
#include "archive/check/whole_end.hpp"
#include "archive/findings/findings.hpp"
#include "archive/findings/noted_losses_text.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

// What only verifyArchive() does.
class Verification final : public ArchiveCheck {
 public:
  Verification(Findings& findings, bool allowMissingFiles)
      : ArchiveCheck(findings), allowMissingFiles_(allowMissingFiles) {}

  void record(const strapi::RecordReading& record, std::string_view json) override;
  void asset(const Entry& entry, ArchiveReader& reader) override;
  void assetMetadata(const Entry& entry, ArchiveReader& reader) override;
  void finish(ArchiveSummary& summary) override;

 private:
  void judgeLosses();

  const bool allowMissingFiles_;
  ContentDigest digest_;
  AssetPairing assets_{digest_, findings_};
};

void Verification::record(const strapi::RecordReading& record, std::string_view json) {
  ArchiveCheck::record(record, json);
  digest_.addRecord(record.stage, json);
}

void Verification::asset(const Entry& entry, ArchiveReader& reader) {
  Sha256 hash;
  std::uint64_t size = 0;
  for (auto bytes = reader.read(); !bytes.empty(); bytes = reader.read()) {
    hash.update(bytes);
    size += bytes.size();
  }
  records_.addUpload(entry.filename);
  assets_.addUpload(entry.filename, size, hash.hex());
}

void Verification::assetMetadata(const Entry& entry, ArchiveReader& reader) {
  if (!isSecond()) {
    assets_.addMetadata(entry.filename, readAssetMetadata(entry, reader));
  }
}

void Verification::finish(ArchiveSummary& summary) {
  ArchiveCheck::finish(summary);
  assets_.finish(records_, checksums_);
  judgeLosses();
  summary.losses = checksums_.losses();
  summary.filesWithChecksum = assets_.withRightChecksum();
  summary.assetsByProvider = assets_.byProvider();
  summary.digest = digest_.result(summary.metadata.strapiVersion);
}

// What is not there need not be missed by what is.
void Verification::judgeLosses() {
  const NotedLosses& losses = checksums_.losses();
  if (losses.count > 0 && losses.areFiles() && allowMissingFiles_) {
    findings_.remark(notedLossesText(losses));
  } else if (losses.count > 0) {
    findings_.refuse(notedLossesText(losses));
  }
}

}  // namespace

ArchiveSummary inspectArchive(const std::string& path, const std::string& key,
                              const std::atomic<bool>* cancelled) {
  Findings findings;
  ArchiveVisitor counting;
  ArchiveScan inspection(path, key, findings, counting, cancelled);
  inspection.run();
  ArchiveSummary summary = inspection.takeSummary();
  if (summary.totals.empty() && summary.metadata.strapiVersion.empty()) {
    throw Error(ArchiveErrc::invalidArchive,
                path + " is not a Strapi export: nothing in it belongs to one");
  }
  if (const auto end = readWholeEnd(path, key); end && end->losses.count > 0) {
    summary.losses = end->losses;
    findings.remark(notedLossesText(end->losses));
  }
  findings.moveTo(summary);
  return summary;
}

ArchiveSummary verifyArchive(const std::string& path, const std::string& key,
                             const VerificationOptions& options) {
  Findings findings;
  if (options.allowMissingFiles) {
    findings.allowMissingFiles();
  }
  Verification verification(findings, options.allowMissingFiles);
  ArchiveScan inspection(path, key, findings, verification, options.cancelled);
  bool isReadToEnd = true;
  try {
    inspection.run();
  } catch (const Error& error) {
    if (error.code() != ArchiveErrc::invalidArchive) {
      throw;
    }
    // What follows cannot be judged, nor what seems to be missing.
    isReadToEnd = false;
    findings.refuse(error.info().message);
  }
  ArchiveSummary summary = inspection.takeSummary();
  summary.isReadToEnd = isReadToEnd;
  findings.moveTo(summary);
  return summary;
}

}  // namespace wsferry::archive
