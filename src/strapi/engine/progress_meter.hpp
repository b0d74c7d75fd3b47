#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "strapi/engine/cancellation.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::strapi {

/// Counts what a stage moves and reports it at a bearable rate. Each function but totals() throws
/// Error with Errc::cancelled some time after the transfer was cancelled, and what a report throws.
class ProgressMeter {
 public:
  using Report = std::function<void(const StageProgress&)>;

  ProgressMeter(TransferStage stage, const Report& report, const Cancellation& cancellation);

  void totals(const StageTotals& totals) { progress_.totals = totals; }
  void moved(std::string_view aggregate, std::uint64_t count, std::uint64_t bytes);
  /// What has so many bytes in the source is not moved.
  void dropped(TransferFilter::Decision why, std::uint64_t bytes);
  void unknown(std::uint64_t bytes);
  void orphaned(std::uint64_t bytes);
  void shortened() { ++progress_.shortened; }

  StageProgress finish();

 private:
  void takeFromTotals(std::uint64_t bytes);
  void forgetPassedTotals();
  void reportIfDue();

  StageProgress progress_;
  const Report& report_;
  const Cancellation& cancellation_;
  TimePoint lastReport_;
  unsigned sinceClock_ = 0;
};

}  // namespace wsferry::strapi
