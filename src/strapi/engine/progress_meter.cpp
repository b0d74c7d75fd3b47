#include "strapi/engine/progress_meter.hpp"

#include <algorithm>
#include <utility>

namespace wsferry::strapi {
namespace {

constexpr Duration reportInterval{100};

// Reading the clock costs as much as a small record.
constexpr unsigned recordsPerClock = 64;

}  // namespace

ProgressMeter::ProgressMeter(TransferStage stage, const Report& report,
                             const Cancellation& cancellation)
    : report_(report), cancellation_(cancellation), lastReport_(Clock::now()) {
  progress_.stage = stage;
  progress_.started = lastReport_;
  if (report_) {
    report_(progress_);
  }
}

void ProgressMeter::moved(std::string_view aggregate, std::uint64_t count, std::uint64_t bytes) {
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

void ProgressMeter::dropped(TransferFilter::Decision why, std::uint64_t bytes) {
  takeFromTotals(bytes);
  ++(why == TransferFilter::Decision::never ? progress_.neverTransferred : progress_.excluded);
  reportIfDue();
}

void ProgressMeter::unknown(std::uint64_t bytes) {
  takeFromTotals(bytes);
  ++progress_.unknown;
  reportIfDue();
}

void ProgressMeter::orphaned(std::uint64_t bytes) {
  takeFromTotals(bytes);
  ++progress_.orphaned;
  reportIfDue();
}

void ProgressMeter::takeFromTotals(std::uint64_t bytes) {
  if (progress_.totals.count) {
    *progress_.totals.count -= std::min<std::uint64_t>(*progress_.totals.count, 1);
  }
  if (progress_.totals.bytes) {
    *progress_.totals.bytes -= std::min(*progress_.totals.bytes, bytes);
  }
}

// Servers with files on remote storage announce these in kilobytes, as if they were bytes.
void ProgressMeter::forgetPassedTotals() {
  if (progress_.totals.bytes && progress_.moved.bytes > *progress_.totals.bytes) {
    progress_.totals.bytes.reset();
  }
}

void ProgressMeter::reportIfDue() {
  if (++sinceClock_ < recordsPerClock && progress_.stage != TransferStage::assets) {
    return;
  }
  sinceClock_ = 0;
  cancellation_.check();
  const TimePoint now = Clock::now();
  if (report_ && now - lastReport_ >= reportInterval) {
    lastReport_ = now;
    report_(progress_);
  }
}

StageProgress ProgressMeter::finish() {
  cancellation_.check();
  progress_.finished = Clock::now();
  if (report_) {
    report_(progress_);
  }
  return std::move(progress_);
}

}  // namespace wsferry::strapi
