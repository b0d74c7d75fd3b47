#include "strapi/engine/filtering_sinks.hpp"

#include <utility>

#include "core/json/json_cursor.hpp"
#include "core/text/printable.hpp"
#include "core/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::strapi {
namespace {

// The extension as `path.extname` of the official tool gives it.
std::string_view extensionOf(std::string_view filename) {
  const auto dot = filename.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? "No extension" : filename.substr(dot);
}

const std::vector<RecordTransform>& transformsOf(const TransferEngineOptions& options,
                                                 TransferStage stage,
                                                 const std::vector<RecordTransform>& none) {
  const auto found = options.recordTransforms.find(stage);
  return found == options.recordTransforms.end() ? none : found->second;
}

// What a person finds the record by.
std::string subjectOf(TransferStage stage, std::string_view record) {
  RecordInspector inspector;
  const RecordTypes types = inspector.inspect(stage, record);
  std::string subject(types.type);
  if (!types.otherType.empty()) {
    return subject.append(" -> ").append(types.otherType);
  }
  JsonCursor cursor(record);
  cursor.enterObject();
  std::string_view key;
  while (cursor.nextKey(key)) {
    const std::string_view value = cursor.skipValue();
    if (jsonStringEquals(key, "id")) {
      subject.append(" ").append(printable(value, 40));
    }
  }
  return subject;
}

[[noreturn]] void throwWithSubject(const Error& error, std::string subject) {
  ErrorInfo info = error.info();
  if (info.subject.empty()) {
    info.subject = std::move(subject);
  }
  throw Error(error.code(), std::move(info));
}

[[noreturn]] void throwInvalidMap(TransferStage stage, std::string message) {
  ErrorInfo info;
  info.stage = toString(stage);
  info.message = "a transform of the stage gave " + std::move(message);
  throw Error(Errc::invalidOption, std::move(info));
}

void checkMappedMetadata(const AssetInfo& info) {
  try {
    RecordInspector().inspect(TransferStage::assets, info.metadata);
  } catch (const Error&) {
    throwInvalidMap(TransferStage::assets,
                    "metadata of " + info.filename + " that is no JSON object");
  }
}

// Calls `action`, which is about one record or asset. Not every failure is: a connection is lost
// whatever it just carried.
template <typename Action, typename Subject>
void withSubject(Action action, Subject subject) {
  try {
    action();
  } catch (const Error& error) {
    if (error.code() == ErrorCondition::data) {
      throwWithSubject(error, subject());
    }
    throw;
  }
}

}  // namespace

FilteringRecordSink::FilteringRecordSink(TransferStage stage, const TransferEngineOptions& options,
                                         KnownContent* destination, ArrivedContent& arrived,
                                         RecordSink& next, ProgressMeter& meter,
                                         Cancellation& cancellation)
    : stage_(stage),
      options_(options),
      transforms_(transformsOf(options, stage, noTransforms_)),
      destination_(destination),
      arrived_(arrived),
      next_(next),
      meter_(meter),
      cancellation_(cancellation) {
  if (destination_ != nullptr) {
    relations_.emplace(arrived_.source(), *destination_);
  }
}

void FilteringRecordSink::totals(const StageTotals& totals) {
  meter_.totals(totals);
  next_.totals(totals);
}

void FilteringRecordSink::record(std::string_view json) {
  const std::size_t size = json.size();  // A transform may change it.
  RecordTypes types = inspector_.inspect(stage_, json);
  Decision decision = decide(types);
  if (decision == Decision::pass && stage_ == TransferStage::entities) {
    arrived_.entityCame(types.type);
  }
  if (decision == Decision::pass && !transforms_.empty()) {
    decision = transform(json, types);
  }
  if (decision != Decision::pass) {
    meter_.dropped(decision, size);
    return;
  }
  if (!isKnown(types)) {
    meter_.unknown(size);
    return;
  }
  // Into an archive links go as they are; a server attaches them to whatever it has.
  if (stage_ == TransferStage::links && !arrived_.bothEndsCame(types) && destination_ != nullptr) {
    meter_.orphaned(size);
    return;
  }
  if (stage_ == TransferStage::entities) {
    arrived_.entityPassed(types, inspector_);
  }
  if (destination_ != nullptr && stage_ == TransferStage::entities) {
    const auto kept = destination_->withKnownAttributes(json, inspector_, types.type, shortened_);
    if (kept.data() != json.data()) {
      meter_.shortened();
      json = kept;
    }
  }
  withSubject([&] { next_.record(json); }, [&] { return subjectOf(stage_, json); });
  meter_.moved(types.aggregate, 1, json.size());
  if (options_.throttle.count() > 0) {
    cancellation_.pause(options_.throttle);
  }
}

bool FilteringRecordSink::isKnown(const RecordTypes& types) {
  return destination_ == nullptr || (destination_->knows(stage_, types) &&
                                     (stage_ != TransferStage::links || relations_->fit(types)));
}

FilteringRecordSink::Decision FilteringRecordSink::decide(const RecordTypes& types) const {
  return options_.filter.decide(stage_, types.type, types.otherType);
}

FilteringRecordSink::Decision FilteringRecordSink::transform(std::string_view& json,
                                                             RecordTypes& types) {
  for (const RecordTransform& transform : transforms_) {
    try {
      if (transform.filter && !transform.filter(json)) {
        return Decision::excluded;
      }
      if (!transform.map) {
        continue;
      }
      types = take(transform.map(json), json);
    } catch (const Error& error) {
      throwWithSubject(error, subjectOf(stage_, json));
    }
    // After each one: the next could make what must not pass look as if it may.
    if (const Decision decision = decide(types); decision != Decision::pass) {
      return decision;
    }
  }
  return Decision::pass;
}

RecordTypes FilteringRecordSink::take(std::string mapped, std::string_view& json) {
  Utf8Validator validator;
  if (!validator.update(mapped) || !validator.complete()) {
    throwInvalidMap(stage_, "text that is not UTF-8");
  }
  RecordTypes types;
  try {
    types = inspector_.inspect(stage_, mapped);
  } catch (const Error& error) {
    throwInvalidMap(stage_, "no record: " + error.info().message);
  }
  mapped_ = std::move(mapped);
  json = oneLine(mapped_, oneLine_);
  return inspector_.inspect(stage_, json);
}

void FilteringAssetSink::totals(const StageTotals& totals) {
  meter_.totals(totals);
  next_.totals(totals);
}

bool FilteringAssetSink::transform(AssetInfo& info) const {
  for (const AssetTransform& transform : options_.assetTransforms) {
    if (transform.filter && !transform.filter(info)) {
      return false;
    }
    if (transform.map) {
      info = transform.map(info);
      checkMappedMetadata(info);
    }
  }
  return true;
}

void FilteringAssetSink::begin(std::string_view assetID, const AssetInfo& info) {
  AssetInfo mapped = info;
  const Fate fate = !arrived_.fileCame(info) ? Fate::orphaned
                    : transform(mapped)      ? Fate::pass
                                             : Fate::excluded;
  OpenAsset asset;
  asset.filename = mapped.filename;
  asset.extension = extensionOf(mapped.filename);
  asset.size = info.size;
  asset.fate = fate;
  if (fate == Fate::pass) {
    asset.ofRecord = readAnnouncedSize(mapped.metadata);
  }
  open_.insert_or_assign(std::string(assetID), std::move(asset));
  if (fate == Fate::pass) {
    pass([&] { next_.begin(assetID, mapped); }, mapped.filename);
  }
}

template <typename Action>
void FilteringAssetSink::pass(Action action, const std::string& filename) {
  hasFailed_ = true;  // Unless it comes back.
  withSubject(action, [&] { return filename; });
  hasFailed_ = false;
}

void FilteringAssetSink::write(std::string_view assetID, std::string_view bytes) {
  OpenAsset& asset = find(assetID)->second;
  if (asset.fate != Fate::pass) {
    cancellation_.check();
    return;
  }
  asset.written += bytes.size();
  pass([&] { next_.write(assetID, bytes); }, asset.filename);
  meter_.moved(asset.extension, 0, bytes.size());
}

void FilteringAssetSink::end(std::string_view assetID) {
  const auto found = find(assetID);
  const OpenAsset asset = std::move(found->second);
  open_.erase(found);
  if (asset.fate == Fate::orphaned) {
    meter_.orphaned(asset.size);
    return;
  }
  if (asset.fate == Fate::excluded) {
    meter_.dropped(TransferFilter::Decision::excluded, asset.size);
    return;
  }
  pass([&] { next_.end(assetID); }, asset.filename);
  if (const auto problem = sizeProblem(asset.ofRecord, asset.written);
      problem && problem->isShort) {
    arrived_.fileIsShort(asset.filename, problem->text);
  }
  meter_.moved(asset.extension, 1, 0);
  if (options_.throttle.count() > 0) {
    cancellation_.pause(options_.throttle);
  }
}

FilteringAssetSink::OpenAssets::iterator FilteringAssetSink::find(std::string_view assetID) {
  const auto found = open_.find(assetID);
  if (found == open_.end()) {
    throw Error(Errc::protocolViolation,
                "The source continues the asset " + std::string(assetID) + ", which is not open.");
  }
  return found;
}

}  // namespace wsferry::strapi
