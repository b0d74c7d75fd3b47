#include "strapi/filtering_sinks.hpp"

#include <algorithm>

#include "wsferry/core/error.hpp"

namespace wsferry::strapi {
namespace {

constexpr Duration reportInterval{100};

// Reading the clock costs as much as a small record.
constexpr unsigned recordsPerClock = 64;

// The extension as `path.extname` of the official tool gives it.
std::string_view extensionOf(std::string_view filename) {
  const auto dot = filename.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? "No extension" : filename.substr(dot);
}

}  // namespace

ProgressMeter::ProgressMeter(TransferStage stage, const Report& report,
                             const std::atomic<bool>& cancelled)
    : report_(report), cancelled_(cancelled), lastReport_(Clock::now()) {
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
  reportIfDue();
}

void ProgressMeter::dropped(TransferFilter::Decision why) {
  ++(why == TransferFilter::Decision::never ? progress_.neverTransferred : progress_.excluded);
  reportIfDue();
}

void ProgressMeter::reportIfDue() {
  if (++sinceClock_ < recordsPerClock && progress_.stage != TransferStage::assets) {
    return;
  }
  sinceClock_ = 0;
  if (cancelled_) {
    throw Error(Errc::cancelled, "The transfer was cancelled.");
  }
  const TimePoint now = Clock::now();
  if (report_ && now - lastReport_ >= reportInterval) {
    lastReport_ = now;
    report_(progress_);
  }
}

StageProgress ProgressMeter::finish() {
  if (cancelled_) {
    throw Error(Errc::cancelled, "The transfer was cancelled.");
  }
  progress_.finished = Clock::now();
  if (report_) {
    report_(progress_);
  }
  return std::move(progress_);
}

void FilteringRecordSink::record(std::string_view json) {
  const RecordTypes types = inspector_.inspect(stage_, json);
  const auto decision = filter_.decide(stage_, types.type, types.otherType);
  if (decision == TransferFilter::Decision::pass) {
    next_.record(json);
    meter_.moved(types.aggregate, 1, json.size());
  } else {
    meter_.dropped(decision);
  }
}

void FilteringAssetSink::totals(const StageTotals& totals) {
  meter_.totals(totals);
  next_.totals(totals);
}

void FilteringAssetSink::begin(std::string_view assetID, const AssetInfo& info) {
  extensions_.insert_or_assign(std::string(assetID), std::string(extensionOf(info.filename)));
  next_.begin(assetID, info);
}

void FilteringAssetSink::write(std::string_view assetID, std::string_view bytes) {
  next_.write(assetID, bytes);
  meter_.moved(extensions_.find(assetID)->second, 0, bytes.size());
}

void FilteringAssetSink::end(std::string_view assetID) {
  next_.end(assetID);
  const auto extension = extensions_.find(assetID);
  meter_.moved(extension->second, 1, 0);
  extensions_.erase(extension);
}

}  // namespace wsferry::strapi
