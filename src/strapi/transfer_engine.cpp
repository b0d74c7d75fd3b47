#include "wsferry/strapi/transfer_engine.hpp"

#include <exception>
#include <utility>

#include "strapi/filtering_sinks.hpp"

namespace wsferry::strapi {

TransferEngine::TransferEngine(Source& source, Destination& destination,
                               TransferEngineOptions options)
    : source_(source), destination_(destination), options_(std::move(options)) {}

TransferResult TransferEngine::run() {
  try {
    return transfer();
  } catch (...) {  // Whatever it was goes on to the caller, after both sides were told.
    const std::exception_ptr first = std::current_exception();
    destination_.rollback();
    source_.cancel();
    std::rethrow_exception(first);
  }
}

TransferResult TransferEngine::transfer() {
  TransferResult result;
  source_.bootstrap();
  result.metadata = source_.getMetadata();
  const std::vector<Schema> schemas = source_.getSchemas();
  destination_.bootstrap();
  destination_.beforeTransfer({result.metadata, schemas, options_.filter});
  result.stages[TransferStage::schemas] = progressOf(schemas);
  for (const TransferStage stage : stageOrder) {
    if (stage != TransferStage::schemas && options_.filter.includes(stage)) {
      result.stages[stage] = transferStage(stage);
    }
  }
  source_.close();
  destination_.close();
  return result;
}

StageProgress TransferEngine::progressOf(const std::vector<Schema>& schemas) const {
  StageProgress progress;
  progress.stage = TransferStage::schemas;
  progress.started = Clock::now();
  for (const Schema& schema : schemas) {
    progress.moved.count += 1;
    progress.moved.bytes += schema.json.size();
  }
  progress.finished = progress.started;
  if (options_.onProgress) {
    options_.onProgress(progress);
  }
  return progress;
}

StageProgress TransferEngine::transferStage(TransferStage stage) {
  ProgressMeter meter(stage, options_.onProgress, cancelled_);
  destination_.beginStage(stage);
  if (stage == TransferStage::assets) {
    FilteringAssetSink sink(destination_.assets(), meter);
    source_.readAssets(sink);
  } else {
    FilteringRecordSink sink(stage, options_.filter, destination_.records(), meter);
    source_.readRecords(stage, sink);
  }
  destination_.endStage();
  return meter.finish();
}

void TransferEngine::cancel() noexcept {
  cancelled_ = true;
  source_.cancel();
  destination_.cancel();
}

}  // namespace wsferry::strapi
