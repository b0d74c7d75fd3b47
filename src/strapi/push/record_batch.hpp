#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "strapi/messages/stream_message.hpp"
#include "wsferry/core/clock.hpp"

namespace wsferry::strapi {

/// Gathers the records of a stage into messages: 512 KiB of JSON, 100 records, or those of 450 ms
/// (protocol section 6). A larger record goes alone.
class RecordBatch {
 public:
  static constexpr std::size_t maxBytes = 512 * 1024;
  static constexpr std::size_t maxRecords = 100;
  static constexpr Duration maxAge{450};

  RecordBatch(TransferStage stage, std::string_view transferID);

  bool isEmpty() const { return count_ == 0; }

  /// Whether what is there has to be sent before a record of this size is added.
  bool isDue(std::size_t nextRecord, TimePoint now) const;

  /// Adds a record, one JSON object in UTF-8.
  void add(std::string_view record, TimePoint now);

  /// Whether the batch has to be sent now.
  bool isFull() const { return message_.items().size() >= maxBytes || count_ >= maxRecords; }

  Batch take();

 private:
  TransferStage stage_;
  StreamMessage message_;
  std::size_t count_ = 0;
  TimePoint since_{};
  std::size_t firstSize_ = 0;
  std::size_t lastSize_ = 0;
};

}  // namespace wsferry::strapi
