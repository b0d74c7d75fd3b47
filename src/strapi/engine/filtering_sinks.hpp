#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strapi/engine/cancellation.hpp"
#include "strapi/engine/known_content.hpp"
#include "strapi/engine/progress_meter.hpp"
#include "strapi/loss/arrived_content.hpp"
#include "strapi/loss/asset_size.hpp"
#include "strapi/messages/record_inspector.hpp"
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

}  // namespace wsferry::strapi
