#include "wsferry/archive/archive_inspection.hpp"

#include "archive/asset_check.hpp"
#include "archive/canonical_json.hpp"
#include "archive/content_digest.hpp"
#include "archive/entry_path.hpp"
#include "archive/inspection.hpp"
#include "archive/key_set.hpp"
#include "archive/problem_list.hpp"
#include "archive/record_check.hpp"
#include "archive/reference_check.hpp"
#include "core/sha256.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

using strapi::TransferStage;

// What only verifyArchive() does.
class Verification final : public InspectionVisitor {
 public:
  explicit Verification(ProblemList& problems) : problems_(problems) {}

  void entry(const Entry& entry) override;
  void record(TransferStage stage, const std::string&, std::string_view json) override;
  void asset(const Entry& entry, ArchiveReader& reader) override;
  void assetMetadata(const Entry& entry, ArchiveReader& reader) override;
  void finish(ArchiveSummary& summary) override;

 private:
  ProblemList& problems_;
  ContentDigest digest_;
  ReferenceCheck references_;
  RecordCheck records_{&references_};
  AssetCheck assets_{digest_, problems_};
  KeySet paths_;
};

void Verification::entry(const Entry& entry) {
  if (isFolder(entry)) {
    return;
  }
  if (!paths_.insert(keyOf(entry.path, {}))) {
    problems_.add(entry.path + " occurs twice");
  }
  if (entry.kind == EntryKind::other) {
    problems_.add(entry.path + " does not belong into an export");
  }
}

void Verification::record(TransferStage stage, const std::string&, std::string_view json) {
  digest_.addRecord(stage, canonicalJson(json));
  records_.check(stage, json);
}

void Verification::asset(const Entry& entry, ArchiveReader& reader) {
  Sha256 hash;
  std::uint64_t size = 0;
  for (auto bytes = reader.read(); !bytes.empty(); bytes = reader.read()) {
    hash.update(bytes);
    size += bytes.size();
  }
  assets_.addUpload(entry.filename, size, hash.hex());
}

void Verification::assetMetadata(const Entry& entry, ArchiveReader& reader) {
  assets_.addMetadata(entry.filename, reader.readAll());
}

void Verification::finish(ArchiveSummary& summary) {
  references_.finish(problems_);
  assets_.finish(records_);
  summary.assetsByProvider = assets_.byProvider();
  summary.digest = digest_.result(summary.metadata.strapiVersion);
}

}  // namespace

ArchiveSummary inspectArchive(const std::string& path, const std::string& key) {
  ProblemList problems;
  InspectionVisitor counting;
  Inspection inspection(path, key, problems, counting);
  inspection.run();
  ArchiveSummary summary = inspection.takeSummary();
  if (summary.totals.empty() && summary.metadata.strapiVersion.empty()) {
    throw Error(Errc::invalidArchive, path + " is no Strapi export: nothing in it belongs to one");
  }
  summary.problems = problems.take();
  return summary;
}

ArchiveSummary verifyArchive(const std::string& path, const std::string& key) {
  ProblemList problems;
  Verification verification(problems);
  Inspection inspection(path, key, problems, verification);
  try {
    inspection.run();
  } catch (const Error& error) {
    if (error.code() != Errc::invalidArchive) {
      throw;
    }
    // What follows cannot be judged, nor what seems to be missing.
    problems.add(error.info().message);
  }
  ArchiveSummary summary = inspection.takeSummary();
  summary.problems = problems.take();
  return summary;
}

}  // namespace wsferry::archive
