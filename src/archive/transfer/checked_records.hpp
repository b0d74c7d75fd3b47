#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/check/record_shape.hpp"
#include "archive/findings/findings.hpp"
#include "archive/transfer/record_part_writer.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"
#include "wsferry/strapi/sinks.hpp"

namespace wsferry::archive {

/// Stores records that a verification accepts, each once.
class CheckedRecords final : public strapi::RecordSink {
 public:
  /// Everything outlives it. For `partSize` see RecordPartWriter.
  CheckedRecords(TreeWriter& tree, ChecksumWriter& checksums, std::uint64_t partSize,
                 RecordShape& check, Findings& findings)
      : parts_(tree, checksums, partSize), check_(check), findings_(findings) {}

  void begin(strapi::TransferStage stage);

  /// What it finds is told later, as far as it can be told at all.
  /// @throws Error with ArchiveErrc::invalidArchive for what comes after thousands of bad records.
  void record(const strapi::Record& record) override;

  /// Notes what was stored once only.
  void end(std::vector<std::string>& notes);

 private:
  bool isNew(const strapi::Record& record);

  RecordPartWriter parts_;
  strapi::RecordReader reader_;
  RecordShape& check_;
  Findings& findings_;
  strapi::TransferStage stage_ = strapi::TransferStage::schemas;
  std::optional<Findings::Place> place_;
  std::uint64_t count_ = 0;
  std::uint64_t doubles_ = 0;
  std::uint64_t bad_ = 0;
};

}  // namespace wsferry::archive
