#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "strapi/record_inspector.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::strapi {

/// Counts what a stage moves and reports it at a bearable rate.
class ProgressMeter {
 public:
  using Report = std::function<void(const StageProgress&)>;

  ProgressMeter(TransferStage stage, const Report& report, const std::atomic<bool>& cancelled);

  void totals(const StageTotals& totals) { progress_.totals = totals; }
  void moved(std::string_view aggregate, std::uint64_t count, std::uint64_t bytes);
  void dropped(TransferFilter::Decision why);

  /// @throws Error with Errc::cancelled, and what the report throws.
  StageProgress finish();

 private:
  void reportIfDue();

  StageProgress progress_;
  const Report& report_;
  const std::atomic<bool>& cancelled_;
  TimePoint lastReport_;
  unsigned sinceClock_ = 0;
};

/// Lets pass what the filter lets pass.
class FilteringRecordSink final : public RecordSink {
 public:
  FilteringRecordSink(TransferStage stage, const TransferFilter& filter, RecordSink& next,
                      ProgressMeter& meter)
      : stage_(stage), filter_(filter), next_(next), meter_(meter) {}

  void record(std::string_view json) override;

 private:
  TransferStage stage_;
  const TransferFilter& filter_;
  RecordSink& next_;
  ProgressMeter& meter_;
  RecordInspector inspector_;
};

class FilteringAssetSink final : public AssetSink {
 public:
  FilteringAssetSink(AssetSink& next, ProgressMeter& meter) : next_(next), meter_(meter) {}

  void totals(const StageTotals& totals) override;
  void begin(std::string_view assetID, const AssetInfo& info) override;
  void write(std::string_view assetID, std::string_view bytes) override;
  void end(std::string_view assetID) override;

 private:
  AssetSink& next_;
  ProgressMeter& meter_;
  std::map<std::string, std::string, std::less<>> extensions_;  ///< Of the open assets.
};

}  // namespace wsferry::strapi
