#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/strapi/destination.hpp"
#include "wsferry/strapi/source.hpp"
#include "wsferry/strapi/transfer_filter.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

struct Tally {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

/// What a stage has moved so far.
struct StageProgress {
  TransferStage stage = TransferStage::schemas;
  Tally moved;
  StageTotals totals;
  TimePoint started;
  std::optional<TimePoint> finished;

  /// By content type (entities), kind (links), type (configuration) or extension (assets).
  std::map<std::string, Tally, std::less<>> aggregates;

  std::uint64_t neverTransferred = 0;  ///< Dropped because their type never transfers.
  std::uint64_t excluded = 0;          ///< Dropped by the filter's options.
};

struct TransferResult {
  Metadata metadata;
  std::map<TransferStage, StageProgress> stages;
};

struct TransferEngineOptions {
  TransferFilter filter;

  /// Called on the engine's thread when a stage starts and ends, and at most ten times a second
  /// between. An exception ends the transfer.
  std::function<void(const StageProgress&)> onProgress;
};

/// Moves everything from a source to a destination: source -> filter -> progress -> destination,
/// stage by stage in the engine's order (protocol section 7), on the caller's thread.
class TransferEngine {
 public:
  TransferEngine(Source& source, Destination& destination, TransferEngineOptions options = {});

  /// Runs the whole transfer. On a failure the destination is rolled back first.
  /// @throws Error, the first that occurred.
  TransferResult run();

  /// Ends a running transfer with Errc::cancelled. Safe from any thread.
  void cancel() noexcept;

 private:
  TransferResult transfer();
  StageProgress progressOf(const std::vector<Schema>& schemas) const;
  StageProgress transferStage(TransferStage stage);

  Source& source_;
  Destination& destination_;
  TransferEngineOptions options_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace wsferry::strapi
