#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "strapi/push/push_pipeline.hpp"
#include "strapi/push/record_batch.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::strapi {

/// Sends the records of one stage after the other over a push's connection, in batches. Between
/// stages records are refused. Not thread-safe.
class RecordSender final : public RecordSink {
 public:
  /// Begins a stage. The connection must live until its end.
  void open(PushPipeline& connection, TransferStage stage, std::string_view transferID);

  /// @throws Error with Errc::invalidArchive if it is not one JSON object in UTF-8; as
  /// PushPipeline::send().
  void record(std::string_view json) override;

  /// Ends the stage, if one is open: sends what is left, and waits until everything is answered.
  /// Returns how many records there were. @throws Error as PushPipeline::drain(); the stage then
  /// is not ended.
  std::uint64_t finish();

  /// Ends the stage and drops what is left. The connection may go.
  void abandon() noexcept { batch_.reset(); }

 private:
  void check(std::string_view json) const;

  PushPipeline* connection_ = nullptr;
  TransferStage stage_ = TransferStage::entities;
  std::optional<RecordBatch> batch_;  ///< While a stage is open.
  std::uint64_t sent_ = 0;
};

}  // namespace wsferry::strapi
