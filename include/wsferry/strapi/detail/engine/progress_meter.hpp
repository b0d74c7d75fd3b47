#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "wsferry/strapi/detail/engine/cancellation.hpp"
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
  /// An item with this many bytes in the source is not moved.
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

namespace detail {

inline constexpr Duration reportInterval{100};

// Reading the clock costs as much as a small record.
inline constexpr unsigned recordsPerClock = 64;

}  // namespace detail

inline ProgressMeter::ProgressMeter(TransferStage stage, const Report& report,
                                    const Cancellation& cancellation)
    : report_(report), cancellation_(cancellation), lastReport_(Clock::now()) {
  progress_.stage = stage;
  progress_.started = lastReport_;
  if (report_) {
    report_(progress_);
  }
}

inline void ProgressMeter::moved(std::string_view aggregate, std::uint64_t count,
                                 std::uint64_t bytes) {
  progress_.moved.count += count;
  progress_.moved.bytes += bytes;
  auto tally = progress_.aggregates.find(aggregate);
  if (tally == progress_.aggregates.end()) {
    tally = progress_.aggregates.emplace(aggregate, Tally{}).first;
  }
  tally->second.count += count;
  tally->second.bytes += bytes;
  forgetPassedTotals();
  reportIfDue();
}

inline void ProgressMeter::dropped(TransferFilter::Decision why, std::uint64_t bytes) {
  takeFromTotals(bytes);
  ++(why == TransferFilter::Decision::never ? progress_.neverTransferred : progress_.excluded);
  reportIfDue();
}

inline void ProgressMeter::unknown(std::uint64_t bytes) {
  takeFromTotals(bytes);
  ++progress_.unknown;
  reportIfDue();
}

inline void ProgressMeter::orphaned(std::uint64_t bytes) {
  takeFromTotals(bytes);
  ++progress_.orphaned;
  reportIfDue();
}

inline void ProgressMeter::takeFromTotals(std::uint64_t bytes) {
  if (progress_.totals.count) {
    *progress_.totals.count -= std::min<std::uint64_t>(*progress_.totals.count, 1);
  }
  if (progress_.totals.bytes) {
    *progress_.totals.bytes -= std::min(*progress_.totals.bytes, bytes);
  }
}

// Servers with files on remote storage announce these in kilobytes, as if they were bytes.
inline void ProgressMeter::forgetPassedTotals() {
  if (progress_.totals.bytes && progress_.moved.bytes > *progress_.totals.bytes) {
    progress_.totals.bytes.reset();
  }
}

inline void ProgressMeter::reportIfDue() {
  if (++sinceClock_ < detail::recordsPerClock && progress_.stage != TransferStage::assets) {
    return;
  }
  sinceClock_ = 0;
  cancellation_.check();
  const TimePoint now = Clock::now();
  if (report_ && now - lastReport_ >= detail::reportInterval) {
    lastReport_ = now;
    report_(progress_);
  }
}

inline StageProgress ProgressMeter::finish() {
  cancellation_.check();
  progress_.finished = Clock::now();
  if (report_) {
    report_(progress_);
  }
  return std::move(progress_);
}

}  // namespace wsferry::strapi
