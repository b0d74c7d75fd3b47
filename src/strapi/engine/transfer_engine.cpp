#include "wsferry/strapi/transfer_engine.hpp"

#include <exception>
#include <utility>

#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/engine/cancellation.hpp"
#include "wsferry/strapi/detail/engine/filtering_sinks.hpp"
#include "wsferry/strapi/detail/engine/progress_meter.hpp"
#include "wsferry/strapi/detail/loss/arrived_content.hpp"
#include "wsferry/strapi/detail/schema/known_content.hpp"
#include "wsferry/strapi/transfer_error.hpp"

namespace wsferry::strapi {
namespace {

std::string versionMessage(const TransferPlan& plan, VersionStrategy strategy) {
  return "The source is Strapi " + plan.source.strapiVersion + ", the destination Strapi " +
         plan.destination->strapiVersion + ": the version strategy '" +
         std::string(toString(strategy)) +
         "' does not accept that. Bring both to the same version, or choose a wider strategy.";
}

std::string schemaMessage(const TransferPlan& plan, SchemaStrategy strategy) {
  return "The schemas of source and destination differ (schema strategy '" +
         std::string(toString(strategy)) +
         "'). Make them equal, or accept that what the destination does not know is dropped.\n" +
         describe(plan.schemaDifferences);
}

std::vector<Schema> typesOfBoth(const TransferPlan& plan) {
  std::vector<Schema> types = plan.sourceSchemas;
  if (plan.destinationSchemas) {
    types.insert(types.end(), plan.destinationSchemas->begin(), plan.destinationSchemas->end());
  }
  return types;
}

}  // namespace

class TransferEngine::Impl {
 public:
  Impl(Source& source, Destination& destination, TransferEngineOptions options)
      : source_(source), destination_(destination), options_(std::move(options)) {}

  TransferPlan plan();
  TransferResult run();
  void cancel() noexcept;

 private:
  TransferResult transfer();
  void readAheadOf(TransferStage stage);
  void checkPlan(const TransferPlan& plan) const;
  StageProgress progressOf(const std::vector<Schema>& schemas) const;
  StageProgress transferStage(TransferStage stage, KnownContent* known, ArrivedContent& arrived);
  void moveStage(TransferStage stage, KnownContent* known, ArrivedContent& arrived,
                 ProgressMeter& meter);
  void readAssets(FilteringAssetSink& sink, ArrivedContent& arrived);

  Source& source_;
  Destination& destination_;
  TransferEngineOptions options_;
  std::optional<TransferPlan> plan_;
  bool isReadAhead_ = false;
  Cancellation cancellation_;
};

TransferPlan TransferEngine::Impl::plan() {
  TransferPlan plan;
  source_.bootstrap();
  plan.source = source_.getMetadata();
  plan.sourceSchemas = source_.getSchemas();
  destination_.bootstrap();
  plan.destination = destination_.getMetadata();
  plan.destinationSchemas = destination_.getSchemas();
  options_.filter = options_.filter.resolved(typesOfBoth(plan));
  plan.filter = options_.filter;
  if (plan.destination) {
    plan.versionsMatch = strapi::versionsMatch(
        plan.source.strapiVersion, plan.destination->strapiVersion, options_.versionStrategy);
  }
  if (plan.destinationSchemas) {
    plan.schemaDifferences =
        compareSchemas(plan.sourceSchemas, *plan.destinationSchemas, options_.schemas);
    plan.severedRelations = severedRelations(plan.filter, *plan.destinationSchemas);
  }
  plan_ = plan;
  return plan;
}

TransferResult TransferEngine::Impl::run() {
  try {
    return transfer();
  } catch (...) {  // Whatever it was goes on to the caller, after both sides were told.
    const std::exception_ptr first = std::current_exception();
    destination_.rollback();
    source_.cancel();
    std::rethrow_exception(first);
  }
}

TransferResult TransferEngine::Impl::transfer() {
  if (!plan_) {
    plan();
  }
  const TransferPlan plan = *std::exchange(plan_, std::nullopt);
  checkPlan(plan);
  std::optional<KnownContent> known;
  if (plan.destinationSchemas) {
    known.emplace(*plan.destinationSchemas);
  }
  KnownContent* const destination = known ? &*known : nullptr;
  KnownContent source(plan.sourceSchemas);
  ArrivedContent arrived(options_, {source, plan.sourceSchemas, destination, source_.mayOmit()});
  cancellation_.check();
  destination_.beforeTransfer({plan.source, plan.sourceSchemas, options_.filter});
  TransferResult result;
  result.metadata = plan.source;
  result.stages[TransferStage::schemas] = progressOf(plan.sourceSchemas);
  for (const TransferStage stage : stageOrder) {
    if (stage != TransferStage::schemas && options_.filter.includes(stage)) {
      if (stage != TransferStage::entities) {
        readAheadOf(stage);
      }
      result.stages[stage] = transferStage(stage, destination, arrived);
      if (stage == TransferStage::assets) {
        arrived.filesCounted(result.stages[stage]);
      }
    }
  }
  source_.close();
  if (options_.filter.includes(TransferStage::assets)) {
    arrived.sourceLacks(source_.losses(!arrived.tellsMissing()));
  }
  arrived.tell(result);
  if (options_.beforeClose) {
    options_.beforeClose(result);
  }
  destination_.close();
  if (!plan.severedRelations.empty()) {
    result.remarks.push_back(
        "links between the selected types and the others were cut, and not restored: " +
        describe(plan.severedRelations));
  }
  for (Loss& loss : destination_.losses()) {
    addLoss(result.losses, std::move(loss));
  }
  return result;
}

// What comes behind the entities is small beside them, most of the time, or waits for files.
void TransferEngine::Impl::readAheadOf(TransferStage stage) {
  std::vector<TransferStage> ahead;
  for (const TransferStage later : {TransferStage::links, TransferStage::configuration}) {
    if (later > stage && options_.filter.includes(later)) {
      ahead.push_back(later);
    }
  }
  if (!ahead.empty() && !std::exchange(isReadAhead_, true)) {
    source_.readAhead(ahead);
  }
}

void TransferEngine::Impl::checkPlan(const TransferPlan& plan) const {
  if (!plan.versionsMatch) {
    throw Error(TransferErrc::versionMismatch, versionMessage(plan, options_.versionStrategy));
  }
  if (!plan.schemaDifferences.empty() && !options_.acceptSchemaDifferences) {
    throw Error(TransferErrc::schemaMismatch, schemaMessage(plan, options_.schemas.strategy));
  }
}

StageProgress TransferEngine::Impl::progressOf(const std::vector<Schema>& schemas) const {
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

StageProgress TransferEngine::Impl::transferStage(TransferStage stage, KnownContent* known,
                                                  ArrivedContent& arrived) {
  try {
    ProgressMeter meter(stage, options_.onProgress, cancellation_);
    moveStage(stage, known, arrived, meter);
    return meter.finish();
  } catch (const Error& error) {
    throw error.at(toString(stage));
  }
}

void TransferEngine::Impl::moveStage(TransferStage stage, KnownContent* known,
                                     ArrivedContent& arrived, ProgressMeter& meter) {
  destination_.beginStage(stage);
  if (stage == TransferStage::assets) {
    FilteringAssetSink sink(options_, arrived, destination_.assets(), meter, cancellation_);
    readAssets(sink, arrived);
  } else {
    FilteringRecordSink sink(stage, options_, known, arrived, destination_.records(), meter,
                             cancellation_);
    source_.readRecords(stage, sink);
  }
  destination_.endStage();
}

void TransferEngine::Impl::readAssets(FilteringAssetSink& sink, ArrivedContent& arrived) {
  try {
    source_.readAssets(sink);
    arrived.filesEnded();
  } catch (const Error& error) {
    if (error.info().cause != ErrorCause::brokenStep || sink.hasFailed() ||
        !error.info().subject.empty()) {
      throw;
    }
    // A server that fails at a file does not say which, and has read ahead of what it sent.
    const std::string open = sink.openAsset();
    if (const auto file = arrived.firstMissingFile(); file && open.empty()) {
      throw error
          .withMessage(error.info().message + " It was probably at " + describe(*file) +
                       ", the first recorded file that did not arrive, or at one soon after it.")
          .at({}, SubjectKind::asset, file->name);
    }
    throw error.at({}, SubjectKind::asset, open);
  }
}

void TransferEngine::Impl::cancel() noexcept {
  cancellation_.request();
  source_.cancel();
  destination_.cancel();
}

TransferEngine::TransferEngine(Source& source, Destination& destination,
                               TransferEngineOptions options)
    : impl_(std::make_unique<Impl>(source, destination, std::move(options))) {}

TransferEngine::~TransferEngine() = default;

TransferPlan TransferEngine::plan() {
  return impl_->plan();
}
TransferResult TransferEngine::run() {
  return impl_->run();
}
void TransferEngine::cancel() noexcept {
  impl_->cancel();
}

}  // namespace wsferry::strapi
