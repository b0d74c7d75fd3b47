#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/engine/cancellation.hpp"
#include "wsferry/strapi/detail/engine/progress_meter.hpp"
#include "wsferry/strapi/detail/loss/arrived_content.hpp"
#include "wsferry/strapi/detail/loss/asset_size.hpp"
#include "wsferry/strapi/detail/messages/record_array.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"
#include "wsferry/strapi/detail/schema/fitting_values.hpp"
#include "wsferry/strapi/detail/schema/known_content.hpp"
#include "wsferry/strapi/record.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::strapi {

/// Passes on records that filter, transforms and the destination's types admit, with a pause after
/// each.
class FilteringRecordSink final : public RecordSink {
 public:
  /// `destination` is null if its types are unknown. Everything outlives the sink.
  FilteringRecordSink(TransferStage stage, const TransferEngineOptions& options,
                      KnownContent* destination, ArrivedContent& arrived, RecordSink& next,
                      ProgressMeter& meter, Cancellation& cancellation);

  void totals(const StageTotals& totals) override;

  /// @throws Error with Errc::invalidOption if a transform returns something other than a record.
  void record(const Record& given) override;

  void omitted(const Omission& omission) override { arrived_.omitted(omission); }

 private:
  using Decision = TransferFilter::Decision;

  Decision decide(const RecordViews& record) const;
  Decision transform(Record& record);
  Record take(std::string mapped);
  bool takeLink(const LinkView& link);
  void shorten(Record& record);
  bool isKnown(const RecordViews& record);

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
  RecordReader reader_;
  std::array<std::string, 2> mapped_;  ///< The last record and the one before, in turns.
  std::size_t lastMapped_ = 0;
  std::optional<FittingValues> fitting_;
};

/// The same for assets. Data written to a dropped asset is discarded.
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

  /// Whether the next sink failed.
  bool hasFailed() const { return hasFailed_; }

  /// The name of an asset that has begun but not ended; empty if there is none.
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
inline std::string subjectOf(const RecordViews& record) {
  if (record.stage == TransferStage::links) {
    return std::string(record.link.left.type).append(" -> ").append(record.link.right.type);
  }
  std::string subject(record.aggregate());
  return record.entity.id.empty() ? subject
                                  : subject.append(" ").append(printable(record.entity.id, 40));
}

[[noreturn]] inline void throwInvalidMap(TransferStage stage, std::string message) {
  throw Error(Errc::invalidOption, "a transform of the stage gave " + std::move(message))
      .ofOption(stage == TransferStage::assets ? "assetTransforms" : "recordTransforms")
      .at(toString(stage));
}

inline void checkMappedMetadata(const AssetInfo& info) {
  try {
    RecordReader().read(TransferStage::assets, info.metadata);
  } catch (const Error&) {
    throwInvalidMap(TransferStage::assets,
                    "metadata of " + info.filename + " that is not a JSON object");
  }
}

// Calls `action`, which concerns one record or asset. Not every failure does: a connection can be
// lost whatever it just carried.
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
    fitting_.emplace(arrived_.source(), *destination_);
  }
}

inline void FilteringRecordSink::totals(const StageTotals& totals) {
  meter_.totals(totals);
  next_.totals(totals);
}

inline void FilteringRecordSink::record(const Record& given) {
  Record record = reader_.read(stage_, given);
  Decision decision = decide(record.views());
  if (decision == Decision::pass && stage_ == TransferStage::entities) {
    arrived_.entityCame(record.entity().type);
  }
  if (decision == Decision::pass && !transforms_.empty()) {
    decision = transform(record);
  }
  const std::size_t size = given.text().size();  // A transform may have changed it.
  if (decision != Decision::pass) {
    meter_.dropped(decision, size);
    return;
  }
  if (!isKnown(record.views())) {
    meter_.unknown(size);
    return;
  }
  if (stage_ == TransferStage::links && destination_ != nullptr &&
      relations_->isTakenForDocument(record.link())) {
    arrived_.languagesPartedBy(record.link());
    meter_.unknown(size);
    return;
  }
  if (stage_ == TransferStage::links && !takeLink(record.link())) {
    meter_.orphaned(size);
    return;
  }
  if (stage_ == TransferStage::entities) {
    shorten(record);
    arrived_.entityPassed(record.entity());
  }
  if (stage_ == TransferStage::configuration) {
    arrived_.configurationPassed(record.configuration());
  }
  detail::withSubject(
      SubjectKind::record, [&] { next_.record(record); },
      [&] { return detail::subjectOf(record.views()); });
  meter_.moved(record.views().aggregate(), 1, record.text().size());
  if (options_.throttle.count() > 0) {
    cancellation_.pause(options_.throttle);
  }
}

inline bool FilteringRecordSink::takeLink(const LinkView& link) {
  // Links go into an archive unchanged; a server attaches them to whatever it has.
  if (!arrived_.bothEndsCame(link) && destination_ != nullptr) {
    return false;
  }
  if (destination_ != nullptr && relations_->isOfNone()) {
    arrived_.linkOfNoRelationCame(link);
  }
  return true;
}

inline void FilteringRecordSink::shorten(Record& record) {
  if (!fitting_) {
    return;
  }
  const EntityView& entity = record.entity();
  const std::string_view kept = fitting_->fit(record.text(), entity.type, entity.attributes);
  if (kept.data() != record.text().data()) {
    meter_.shortened();
    arrived_.entityWasShortened(entity.type, fitting_->misfits());
    // A component that is left out does not arrive, so its links lead nowhere.
    record = reader_.read(stage_, kept);
  }
}

inline bool FilteringRecordSink::isKnown(const RecordViews& record) {
  return destination_ == nullptr ||
         (destination_->knows(record) &&
          (stage_ != TransferStage::links || relations_->fit(record.link)));
}

inline FilteringRecordSink::Decision FilteringRecordSink::decide(const RecordViews& record) const {
  const bool isLink = stage_ == TransferStage::links;
  return options_.filter.decide(stage_, isLink ? record.link.left.type : record.entity.type,
                                record.link.right.type);
}

inline FilteringRecordSink::Decision FilteringRecordSink::transform(Record& record) {
  for (const RecordTransform& transform : transforms_) {
    const std::string_view text = record.text();
    try {
      if (transform.filter && !transform.filter(text)) {
        return Decision::excluded;
      }
      if (!transform.map) {
        continue;
      }
      record = take(transform.map(text));
    } catch (const Error& error) {
      RecordReader reader;
      throw error.at({}, SubjectKind::record, detail::subjectOf(reader.read(stage_, text).views()));
    }
    // After each one: the next could make something forbidden look admissible.
    if (const Decision decision = decide(record.views()); decision != Decision::pass) {
      return decision;
    }
  }
  return Decision::pass;
}

inline Record FilteringRecordSink::take(std::string mapped) {
  if (!isUtf8(mapped)) {
    detail::throwInvalidMap(stage_, "text that is not UTF-8");
  }
  try {
    RecordReader::refuseProblem(reader_.look(stage_, mapped));
  } catch (const Error& error) {
    detail::throwInvalidMap(stage_, "no record: " + error.info().message);
  }
  lastMapped_ = 1 - lastMapped_;
  std::string& kept = mapped_[lastMapped_];
  const std::string_view line = oneLine(mapped, kept);
  if (line.data() == mapped.data()) {
    kept = std::move(mapped);
  }
  return {kept, reader_.look(stage_, kept)};
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
    arrived_.fileIsShort(asset.filename, asset.written, problem->text);
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
                "The source continues the file " + std::string(assetID) + ", which is not open.");
  }
  return found;
}

}  // namespace wsferry::strapi
