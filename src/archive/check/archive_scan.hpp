#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "archive/bounded/line_splitter.hpp"
#include "archive/check/findings.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/archive/archive_reader.hpp"

namespace wsferry::archive {

/// Takes part in an inspection: sees everything in the archive's order. This one demands nothing
/// beyond what can be counted.
class ArchiveVisitor {
 public:
  virtual ~ArchiveVisitor() = default;

  virtual void entry(const Entry& /*entry*/) {}

  /// What it throws with Error becomes a problem of the place.
  virtual void record(strapi::TransferStage /*stage*/, const std::string& /*uidKindOrType*/,
                      std::string_view /*json*/) {}

  /// May read the entry.
  virtual void asset(const Entry& /*entry*/, ArchiveReader& /*reader*/) {}
  virtual void assetMetadata(const Entry& /*entry*/, ArchiveReader& /*reader*/) {}

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
  void readRecords(const Entry& entry);
  void remarkLines(const Entry& entry, const LineSplitter& lines);
  void remarkOthers();
  void badRecord(strapi::TransferStage stage, const std::string& what);
  void readRecord(strapi::TransferStage stage, std::string_view json);
  void readAsset(const Entry& entry);

  std::string path_;
  ArchiveReader reader_;
  ArchiveSummary summary_;
  Findings& findings_;
  ArchiveVisitor& visitor_;
  bool hasMetadata_ = false;
  std::map<strapi::TransferStage, std::uint64_t> badRecords_;
  std::uint64_t others_ = 0;             ///< Files that are no part of an export.
  std::vector<std::string> otherPaths_;  ///< Of the first.
};

}  // namespace wsferry::archive
