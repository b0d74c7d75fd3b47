#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archive/bounded/key_set.hpp"
#include "archive/bounded/spooled_entries.hpp"
#include "archive/check/archive_check.hpp"

namespace wsferry::archive {

/// Checks what an import checks before it starts (protocol section 8), and keeps what the second
/// pass needs of the first.
class Preflight final : public ArchiveCheck {
 public:
  /// All outlive it. With `acceptDoubles` entities and links that are there twice are remarks.
  Preflight(Findings& findings, SpoolBudget& budget, const std::string& folder, bool acceptDoubles)
      : ArchiveCheck(findings),
        acceptDoubles_(acceptDoubles),
        assetMetadata_(budget, folder),
        uploads_(budget, folder) {}

  void entry(const Entry& entry) override;
  void record(const strapi::RecordReading& record, std::string_view json) override;
  void asset(const Entry& entry, ArchiveReader& reader) override;
  void assetMetadata(const Entry& entry, ArchiveReader& reader) override;
  void finish(ArchiveSummary& summary) override;

  /// Whether an upload is there twice.
  bool isDoubled(const std::string& filename) const { return doubledUploads_.count(filename) != 0; }

  /// The last of each uid, in the archive's order.
  const std::vector<strapi::Schema>& schemas() const { return schemas_; }

  /// How many entries each stage has, the uploads for the assets.
  const std::map<strapi::TransferStage, std::uint64_t>& entries() const { return entries_; }

  /// Whether an upload is to be left out: a server refuses it, or it is no part of the export.
  bool isLeftOut(std::string_view filename) const { return leftOut_.contains(keyOf(filename, {})); }

  /// Of the first upload of that name, in hex; empty for none.
  std::string sha256OfUpload(std::string_view filename);

  /// An upload's metadata as JSON text. @throws Error with ArchiveErrc::invalidArchive if there are
  /// none.
  std::string metadataOf(std::string_view filename);

 protected:
  void doubled(strapi::TransferStage stage) override;

 private:
  void addSchema(const std::string& uid, std::string_view json);
  void addDoubledUpload(const Entry& entry, const std::string& sha256);
  void checkUpload(std::size_t index, ArchiveSummary& summary);
  void checkBytes(std::size_t index, const std::string& name);
  void leaveOut(std::size_t index, const std::string& name, ArchiveSummary& summary);

  const bool acceptDoubles_;
  std::vector<strapi::Schema> schemas_;
  std::size_t schemaBytes_ = 0;
  std::unordered_map<std::string, std::size_t> schemaPlaces_;
  std::map<strapi::TransferStage, std::uint64_t> entries_;
  SpooledEntries assetMetadata_;
  SpooledEntries uploads_;  ///< For content the SHA-256, in hex.
  std::vector<std::uint64_t> uploadSizes_;
  std::map<std::string, std::string> doubledUploads_;  ///< The SHA-256 of the second.
  std::map<std::string, strapi::Tally> doubles_;  ///< Of those, all but the first, by extension.
  KeySet leftOut_;
};

}  // namespace wsferry::archive
