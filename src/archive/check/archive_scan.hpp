#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "archive/bounded/line_splitter.hpp"
#include "archive/check/misplaced_stages.hpp"
#include "archive/check/part_numbers.hpp"
#include "archive/findings/findings.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"

namespace wsferry::archive {

/// Takes part in an inspection: sees everything in the archive's order. This one demands nothing
/// beyond what can be counted.
class ArchiveVisitor {
 public:
  virtual ~ArchiveVisitor() = default;

  virtual void entry(const Entry& /*entry*/) {}

  /// Whether record() is to be called. Records that are only counted are read no further than to
  /// what they count as.
  virtual bool takesRecords() const { return false; }

  /// A record of JSON text in UTF-8, which need not be right otherwise. What it throws with Error
  /// becomes a problem of the place.
  virtual void record(const strapi::RecordReading& /*record*/, std::string_view /*json*/) {}

  /// All records of an entry have come, of as many bytes. Not called for one that was not read to
  /// its end, nor where records are only counted.
  virtual void recordsRead(const Entry& /*entry*/, std::uint64_t /*size*/,
                           const std::string& /*sha256*/) {}

  /// May read the entry.
  virtual void asset(const Entry& /*entry*/, ArchiveReader& /*reader*/) {}
  virtual void assetMetadata(const Entry& /*entry*/, ArchiveReader& /*reader*/) {}
  virtual void checksums(const Entry& /*entry*/, ArchiveReader& /*reader*/) {}

  /// Everything has been seen, and the rest of the summary is made.
  virtual void finish(ArchiveSummary& /*summary*/) {}
};

/// One pass over an archive that counts what is in it.
class ArchiveScan {
 public:
  /// `visitor`, `findings` and `cancelled` (may be null) outlive it. @throws Error as
  /// ArchiveReader.
  ArchiveScan(const std::string& path, const std::string& key, Findings& findings,
              ArchiveVisitor& visitor, const std::atomic<bool>* cancelled = nullptr);

  /// @throws Error as ArchiveReader, with the summary as far as it is known.
  void run();

  /// Without what was found.
  ArchiveSummary takeSummary();

 private:
  void readEntries();
  void readEntry(const Entry& entry);
  void readMetadata();
  void readRecords(const Entry& entry, ArchiveReader& reader);
  void readSchemasAhead();
  void remarkLines(const Entry& entry, const LineSplitter& lines);
  void remarkOthers();
  void judgeRest();
  void badRecord(strapi::TransferStage stage, const std::string& what);
  void readRecord(strapi::TransferStage stage, std::string_view json);
  void count(strapi::TransferStage stage, std::string_view name, std::size_t bytes);
  void readAsset(const Entry& entry);

  std::string path_;
  std::string key_;
  const std::atomic<bool>* cancelled_;
  ArchiveReader reader_;
  ArchiveSummary summary_;
  Findings& findings_;
  ArchiveVisitor& visitor_;
  strapi::RecordReader records_;
  // Records come sorted by what they count as.
  strapi::TransferStage lastStage_ = strapi::TransferStage::schemas;
  std::string lastName_;
  strapi::Tally* lastTally_ = nullptr;
  bool hasMetadata_ = false;
  bool hasReadSchemasAhead_ = false;
  std::map<strapi::TransferStage, std::uint64_t> badRecords_;
  MisplacedStages misplaced_;
  PartNumbers parts_;
  std::uint64_t others_ = 0;             ///< Files that are no part of an export.
  std::vector<std::string> otherPaths_;  ///< Of the first.
};

}  // namespace wsferry::archive
