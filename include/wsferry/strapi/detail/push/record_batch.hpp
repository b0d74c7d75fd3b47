#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/strapi/detail/messages/batch_text.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"

namespace wsferry::strapi {

/// Gathers the records of a stage into messages: 512 KiB of JSON, 100 records, or those of 450 ms
/// (protocol section 6). A larger record goes alone.
class RecordBatch {
 public:
  static constexpr std::size_t maxBytes = std::size_t{512} << 10;
  static constexpr std::size_t maxRecords = 100;
  static constexpr Duration maxAge{450};

  RecordBatch(TransferStage stage, std::string_view transferID);

  bool isEmpty() const { return count_ == 0; }

  /// Whether the batch must be sent before a record of this size is added.
  bool isDue(std::size_t nextRecord, TimePoint now) const;

  /// Adds a record, one JSON object in UTF-8.
  void add(std::string_view record, TimePoint now);

  /// Whether the batch must be sent now.
  bool isFull() const { return text_.items().size() >= maxBytes || count_ >= maxRecords; }

  Batch take();

 private:
  std::string shown(std::string_view record);

  TransferStage stage_;
  RecordReader reader_;
  BatchText text_;
  std::size_t count_ = 0;
  TimePoint since_{};
  std::size_t firstSize_ = 0;
  std::size_t lastSize_ = 0;
};

inline RecordBatch::RecordBatch(TransferStage stage, std::string_view transferID)
    : stage_(stage), text_(transferID, stage) {}

inline bool RecordBatch::isDue(std::size_t nextRecord, TimePoint now) const {
  return !isEmpty() && (text_.items().size() + 1 + nextRecord > maxBytes || now - since_ >= maxAge);
}

inline void RecordBatch::add(std::string_view record, TimePoint now) {
  if (isEmpty()) {
    since_ = now;
    firstSize_ = record.size();
  }
  text_.beginItem().append(record);
  lastSize_ = record.size();
  ++count_;
}

inline std::string RecordBatch::shown(std::string_view record) {
  const RecordReading& reading = reader_.look(stage_, record);
  return reading.isObject ? printable(nameOf(reading), 400) : printable(record, 100);
}

inline Batch RecordBatch::take() {
  Batch batch;
  batch.stage = stage_;
  const std::string_view items = text_.items();
  const std::string first = shown(items.substr(0, firstSize_));
  batch.contents = count_ == 1
                       ? first
                       : std::to_string(count_) + " " + std::string(toString(stage_)) + " from " +
                             first + " to " + shown(items.substr(items.size() - lastSize_));
  batch.message = text_.take();
  count_ = 0;
  return batch;
}

}  // namespace wsferry::strapi
