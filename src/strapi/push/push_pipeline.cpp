#include "wsferry/strapi/detail/push/push_pipeline.hpp"

#include <string>
#include <utility>

#include "wsferry/strapi/detail/push/batch_end.hpp"
#include "wsferry/strapi/detail/push/stage_error.hpp"

namespace wsferry::strapi {

void PushPipeline::setWindow(BatchWindow limits) {
  const auto lock = bridge()->lock();
  flow_->setWindow(limits);
}

void PushPipeline::beginBatches() {
  const auto lock = bridge()->lock();
  flow_->onStage();
}

void PushPipeline::send(Batch batch) {
  const std::size_t size = batch.message.text.size();
  if (size > largestPushMessage) {
    throw stageError(batch.stage, Errc::messageTooBig,
                     "A message of " + std::to_string(size) +
                         " bytes was not sent: a server accepts 100 MiB at most.",
                     batch.contents);
  }
  Dispatcher& connected = dispatcher();
  auto lock = bridge()->wait(
      [this, size] { return flow_->isReadyFor(size, bridge()->ledger().roundTrip()); });
  flow_->throwIfFailed();
  const std::uint64_t number = flow_->add(size, batch.stage, std::move(batch.contents));
  bridge()->ledger().onSent();
  lock.unlock();
  connected.dispatchEncoded(std::move(batch.message), BatchEnd({bridge(), flow_, number}));
}

void PushPipeline::drain() {
  requireOtherThread();
  const auto lock = bridge()->wait([this] { return flow_->isDrained(); });
  flow_->throwIfFailed();
}

}  // namespace wsferry::strapi
