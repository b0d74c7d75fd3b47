#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/strapi/detail/push/push_pipeline.hpp"
#include "wsferry/strapi/detail/push/record_batch.hpp"
#include "wsferry/strapi/detail/push/sendable_text.hpp"
#include "wsferry/strapi/detail/push/stage_error.hpp"
#include "wsferry/strapi/sinks.hpp"
#include "wsferry/strapi/transfer_error.hpp"

namespace wsferry::strapi {

/// Sends the records of one stage after another over a push's connection, in batches. Between
/// stages records are refused. Not thread-safe.
class RecordSender final : public RecordSink {
 public:
  /// Begins a stage. The connection must live until its end.
  void open(PushPipeline& connection, TransferStage stage, std::string_view transferID);

  /// @throws Error with TransferErrc::invalidRecord for plain text that is not one JSON object in
  /// UTF-8; as PushPipeline::send().
  void record(const Record& record) override;

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

inline void RecordSender::open(PushPipeline& connection, TransferStage stage,
                               std::string_view transferID) {
  connection_ = &connection;
  stage_ = stage;
  sent_ = 0;
  batch_.emplace(stage, transferID);
}

inline void RecordSender::record(const Record& record) {
  if (!batch_) {
    throw Error(Errc::invalidState, "Records need a stage of records: call beginStage() first.");
  }
  const std::string_view json = record.text();
  if (!record.isRead()) {
    check(json);
  }
  const TimePoint now = Clock::now();
  if (batch_->isDue(json.size(), now)) {
    connection_->send(batch_->take());
  }
  batch_->add(json, now);
  ++sent_;
  if (batch_->isFull()) {
    connection_->send(batch_->take());
  }
}

inline void RecordSender::check(std::string_view json) const {
  try {
    detail::sendableObject(json);
  } catch (const Error& error) {
    throw stageError(stage_, TransferErrc::invalidRecord,
                     "Record " + std::to_string(sent_ + 1) +
                         " of the stage was not sent: " + error.what() + ".");
  }
}

inline std::uint64_t RecordSender::finish() {
  if (batch_) {
    if (!batch_->isEmpty()) {
      connection_->send(batch_->take());
    }
    connection_->drain();
    batch_.reset();
  }
  return sent_;
}

}  // namespace wsferry::strapi
