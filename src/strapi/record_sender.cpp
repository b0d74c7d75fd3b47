#include "strapi/record_sender.hpp"

#include "core/utf8_validator.hpp"
#include "strapi/stage_error.hpp"

namespace wsferry::strapi {

void RecordSender::open(PushConnection& connection, TransferStage stage,
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
  Utf8Validator utf8;
  if (!utf8.update(json) || !utf8.complete()) {
    throw stageError(stage_, Errc::invalidArchive, "A record is not UTF-8, and was not sent.");
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
