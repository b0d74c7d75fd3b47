#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archive/inspection.hpp"
#include "archive/key_set.hpp"
#include "archive/problem_list.hpp"
#include "archive/record_check.hpp"
#include "archive/spooled_entries.hpp"

namespace wsferry::archive {

/// Checks what an import checks before it starts (protocol section 8), and keeps what the second
/// pass needs of the first.
class ImportCheck final : public InspectionVisitor {
 public:
  /// All outlive it.
  ImportCheck(ProblemList& problems, SpoolBudget& budget, const std::string& folder)
      : problems_(problems), assetMetadata_(budget, folder), uploads_(budget, folder) {}

  void entry(const Entry& entry) override;
  void metadata(const strapi::Metadata&) override {}  // An import needs no date.
  void record(strapi::TransferStage stage, const std::string& uidKindOrType,
              std::string_view json) override;
  void asset(const Entry& entry, ArchiveReader& reader) override;
  void assetMetadata(const Entry& entry, ArchiveReader& reader) override;
  void finish(ArchiveSummary& summary) override;

  /// The last of each uid, in the archive's order.
  const std::vector<strapi::Schema>& schemas() const { return schemas_; }

  /// How many entries each stage has, the uploads for the assets.
  const std::map<strapi::TransferStage, std::uint64_t>& entries() const { return entries_; }

  /// Whether an upload is to be left out, because a server refuses it.
  bool lacksRecord(std::string_view filename) const {
    return withoutRecord_.contains(keyOf(filename, {}));
  }

  /// An upload's metadata as JSON text. @throws Error with Errc::invalidArchive if there are none.
  std::string metadataOf(std::string_view filename);

 private:
  void addSchema(const std::string& uid, std::string_view json);
  void checkUpload(std::size_t index, ArchiveSummary& summary);

  ProblemList& problems_;
  RecordCheck records_{nullptr};
  KeySet paths_;
  std::vector<strapi::Schema> schemas_;
  std::size_t schemaBytes_ = 0;
  std::unordered_map<std::string, std::size_t> schemaPlaces_;
  std::map<strapi::TransferStage, std::uint64_t> entries_;
  SpooledEntries assetMetadata_;
  SpooledEntries uploads_;  ///< Their names, without content.
  std::vector<std::uint64_t> uploadSizes_;
  KeySet withoutRecord_;
  ProblemList warnings_;
};

}  // namespace wsferry::archive
