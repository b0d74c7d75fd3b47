#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/engine/cancellation.hpp"
#include "wsferry/strapi/detail/engine/known_content.hpp"
#include "wsferry/strapi/detail/engine/progress_meter.hpp"
#include "wsferry/strapi/detail/loss/arrived_content.hpp"
#include "wsferry/strapi/detail/loss/asset_size.hpp"
#include "wsferry/strapi/detail/messages/record_inspector.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::strapi {

/// Lets pass what filter, transforms and the destination's types let pass, with a pause after each.
class FilteringRecordSink final : public RecordSink {
 public:
  /// `destination` is null where nothing is known of its types. Everything outlives the sink.
  FilteringRecordSink(TransferStage stage, const TransferEngineOptions& options,
                      KnownContent* destination, ArrivedContent& arrived, RecordSink& next,
                      ProgressMeter& meter, Cancellation& cancellation);

  void totals(const StageTotals& totals) override;

  /// @throws Error with Errc::invalidOption for what a transform gives in a record's place, if it
  /// is none.
  void record(std::string_view json) override;

  void omitted(const Omission& omission) override { arrived_.omitted(omission); }

 private:
  using Decision = TransferFilter::Decision;

  Decision decide(const RecordTypes& types) const;
  Decision transform(std::string_view& json, RecordTypes& types);
  RecordTypes take(std::string mapped, std::string_view& json);
  bool isKnown(const RecordTypes& types);

  const TransferStage stage_;
  const TransferEngineOptions& options_;
  const std::vector<RecordTransform> noTransforms_;
  const std::vector<RecordTransform>& transforms_;
  KnownContent* destination_;
  ArrivedContent& arrived_;
  std::optional<KnownRelations> relations_;
  RecordSink& next_;
  ProgressMeter& meter_;
  Cancellation& cancellation_;
  RecordInspector inspector_;
  std::string mapped_;
  std::string oneLine_;
  std::string shortened_;
};

/// The same for assets. What is written to an asset that was dropped goes nowhere.
class FilteringAssetSink final : public AssetSink {
 public:
  FilteringAssetSink(const TransferEngineOptions& options, ArrivedContent& arrived, AssetSink& next,
                     ProgressMeter& meter, Cancellation& cancellation)
      : options_(options),
        arrived_(arrived),
        next_(next),
        meter_(meter),
        cancellation_(cancellation) {}

  void totals(const StageTotals& totals) override;
  void begin(std::string_view assetID, const AssetInfo& info) override;
  void write(std::string_view assetID, std::string_view bytes) override;
  void end(std::string_view assetID) override;

  /// Whether it was the next sink that failed.
  bool hasFailed() const { return hasFailed_; }

  /// The name of an asset that has begun and not ended; empty if there is none.
  std::string openAsset() const { return open_.empty() ? "" : open_.begin()->second.filename; }

  void omitted(const Omission& omission) override { arrived_.omitted(omission); }

 private:
  enum class Fate { pass, excluded, orphaned };
  struct OpenAsset {
    std::string filename;
    std::string extension;
    std::uint64_t size = 0;  ///< As announced by the stage.
    Fate fate = Fate::pass;
    AnnouncedSize ofRecord;
    std::uint64_t written = 0;
  };
  using OpenAssets = std::map<std::string, OpenAsset, std::less<>>;

  bool transform(AssetInfo& info) const;
  OpenAssets::iterator find(std::string_view assetID);
  template <typename Action>
  void pass(Action action, const std::string& filename);

  const TransferEngineOptions& options_;
  ArrivedContent& arrived_;
  AssetSink& next_;
  ProgressMeter& meter_;
  Cancellation& cancellation_;
  OpenAssets open_;
  bool hasFailed_ = false;
};

namespace detail {

// The extension as `path.extname` of the official tool gives it.
inline std::string_view extensionOf(std::string_view filename) {
  const auto dot = filename.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? "No extension" : filename.substr(dot);
}

inline const std::vector<RecordTransform>& transformsOf(const TransferEngineOptions& options,
                                                        TransferStage stage,
                                                        const std::vector<RecordTransform>& none) {
  const auto found = options.recordTransforms.find(stage);
  return found == options.recordTransforms.end() ? none : found->second;
}

// What a person finds the record by.
inline std::string subjectOf(TransferStage stage, std::string_view record) {
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

[[noreturn]] inline void throwInvalidMap(TransferStage stage, std::string message) {
  throw Error(Errc::invalidOption, "a transform of the stage gave " + std::move(message))
      .ofOption(stage == TransferStage::assets ? "assetTransforms" : "recordTransforms")
      .at(toString(stage));
}

inline void checkMappedMetadata(const AssetInfo& info) {
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
void withSubject(SubjectKind kind, Action action, Subject subject) {
  try {
    action();
  } catch (const Error& error) {
    if (error.code() == ErrorCondition::data) {
      throw error.at({}, kind, subject());
    }
    throw;
  }
}

}  // namespace detail

inline FilteringRecordSink::FilteringRecordSink(TransferStage stage,
                                                const TransferEngineOptions& options,
                                                KnownContent* destination, ArrivedContent& arrived,
                                                RecordSink& next, ProgressMeter& meter,
                                                Cancellation& cancellation)
    : stage_(stage),
      options_(options),
      transforms_(detail::transformsOf(options, stage, noTransforms_)),
      destination_(destination),
      arrived_(arrived),
      next_(next),
      meter_(meter),
      cancellation_(cancellation) {
  if (destination_ != nullptr) {
    relations_.emplace(arrived_.source(), *destination_);
  }
}

inline void FilteringRecordSink::totals(const StageTotals& totals) {
  meter_.totals(totals);
  next_.totals(totals);
}

inline void FilteringRecordSink::record(std::string_view json) {
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
  if (stage_ == TransferStage::links && destination_ != nullptr && relations_->isOfNone()) {
    arrived_.linkOfNoRelationCame(types);
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
  detail::withSubject(
      SubjectKind::record, [&] { next_.record(json); },
      [&] { return detail::subjectOf(stage_, json); });
  meter_.moved(types.aggregate, 1, json.size());
  if (options_.throttle.count() > 0) {
    cancellation_.pause(options_.throttle);
  }
}

inline bool FilteringRecordSink::isKnown(const RecordTypes& types) {
  return destination_ == nullptr || (destination_->knows(stage_, types) &&
                                     (stage_ != TransferStage::links || relations_->fit(types)));
}

inline FilteringRecordSink::Decision FilteringRecordSink::decide(const RecordTypes& types) const {
  return options_.filter.decide(stage_, types.type, types.otherType);
}

inline FilteringRecordSink::Decision FilteringRecordSink::transform(std::string_view& json,
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
      throw error.at({}, SubjectKind::record, detail::subjectOf(stage_, json));
    }
    // After each one: the next could make what must not pass look as if it may.
    if (const Decision decision = decide(types); decision != Decision::pass) {
      return decision;
    }
  }
  return Decision::pass;
}

inline RecordTypes FilteringRecordSink::take(std::string mapped, std::string_view& json) {
  Utf8Validator validator;
  if (!validator.update(mapped) || !validator.complete()) {
    detail::throwInvalidMap(stage_, "text that is not UTF-8");
  }
  RecordTypes types;
  try {
    types = inspector_.inspect(stage_, mapped);
  } catch (const Error& error) {
    detail::throwInvalidMap(stage_, "no record: " + error.info().message);
  }
  mapped_ = std::move(mapped);
  json = oneLine(mapped_, oneLine_);
  return inspector_.inspect(stage_, json);
}

inline void FilteringAssetSink::totals(const StageTotals& totals) {
  meter_.totals(totals);
  next_.totals(totals);
}

inline bool FilteringAssetSink::transform(AssetInfo& info) const {
  for (const AssetTransform& transform : options_.assetTransforms) {
    if (transform.filter && !transform.filter(info)) {
      return false;
    }
    if (transform.map) {
      info = transform.map(info);
      detail::checkMappedMetadata(info);
    }
  }
  return true;
}

inline void FilteringAssetSink::begin(std::string_view assetID, const AssetInfo& info) {
  AssetInfo mapped = info;
  const Fate fate = !arrived_.fileCame(info) ? Fate::orphaned
                    : transform(mapped)      ? Fate::pass
                                             : Fate::excluded;
  OpenAsset asset;
  asset.filename = mapped.filename;
  asset.extension = detail::extensionOf(mapped.filename);
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
  detail::withSubject(SubjectKind::asset, action, [&] { return filename; });
  hasFailed_ = false;
}

inline void FilteringAssetSink::write(std::string_view assetID, std::string_view bytes) {
  OpenAsset& asset = find(assetID)->second;
  if (asset.fate != Fate::pass) {
    cancellation_.check();
    return;
  }
  asset.written += bytes.size();
  pass([&] { next_.write(assetID, bytes); }, asset.filename);
  meter_.moved(asset.extension, 0, bytes.size());
}

inline void FilteringAssetSink::end(std::string_view assetID) {
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

inline FilteringAssetSink::OpenAssets::iterator FilteringAssetSink::find(std::string_view assetID) {
  const auto found = open_.find(assetID);
  if (found == open_.end()) {
    throw Error(Errc::protocolViolation,
                "The source continues the asset " + std::string(assetID) + ", which is not open.");
  }
  return found;
}

}  // namespace wsferry::strapi
