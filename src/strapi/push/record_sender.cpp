#include "strapi/push/record_sender.hpp"

#include <string>

#include "core/json/json_cursor.hpp"
#include "core/text/utf8_validator.hpp"
#include "strapi/push/stage_error.hpp"

namespace wsferry::strapi {

void RecordSender::open(PushPipeline& connection, TransferStage stage,
                        std::string_view transferID) {
  connection_ = &connection;
  stage_ = stage;
  sent_ = 0;
  batch_.emplace(stage, transferID);
}

void RecordSender::record(std::string_view json) {
  if (!batch_) {
    throw Error(Errc::invalidState, "Records need a stage of records: call beginStage() first.");
  }
  check(json);
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

// A server that cannot read one record loses the whole message, or its process.
void RecordSender::check(std::string_view json) const {
  std::string wrong;
  Utf8Validator utf8;
  if (!utf8.update(json) || !utf8.complete()) {
    wrong = "it is not UTF-8";
  } else {
    try {
      JsonCursor cursor(json);
      if (cursor.peek() != '{') {
        wrong = "it is not a JSON object";
      }
      cursor.skipValue();
      cursor.expectEnd();
    } catch (const Error& error) {
      wrong = error.what();
    }
  }
  if (!wrong.empty()) {
    throw stageError(
        stage_, Errc::invalidArchive,
        "Record " + std::to_string(sent_ + 1) + " of the stage was not sent: " + wrong + ".");
  }
}

std::uint64_t RecordSender::finish() {
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
