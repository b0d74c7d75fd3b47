#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/destination.hpp"
#include "wsferry/strapi/loss.hpp"
#include "wsferry/strapi/schema_comparison.hpp"
#include "wsferry/strapi/severed_relations.hpp"
#include "wsferry/strapi/source.hpp"
#include "wsferry/strapi/tally.hpp"
#include "wsferry/strapi/transfer_filter.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// What a stage has moved so far.
struct StageProgress {
  TransferStage stage = TransferStage::schemas;
  Tally moved;
  StageTotals totals;  ///< If the source knows: everything it has, minus what was dropped so far.
  TimePoint started;
  std::optional<TimePoint> finished;

  /// By content type (entities), kind (links), type (configuration) or extension (assets).
  std::map<std::string, Tally, std::less<>> aggregates;

  std::uint64_t neverTransferred = 0;  ///< Dropped because their type never transfers.
  std::uint64_t excluded = 0;          ///< Dropped by the filter's options or a transform.
  std::uint64_t unknown = 0;           ///< Dropped because the destination lacks the type, or a
                                       ///< link's relation.
  std::uint64_t shortened = 0;  ///< Entities that lost values for which the destination has no
                                ///< place, also within components.
  std::uint64_t orphaned = 0;   ///< Dropped because what they belong to did not arrive: links to
                                ///< entities, if the destination is a server, and files without
                                ///< their records.
};

struct TransferResult {
  Metadata metadata;
  std::map<TransferStage, StageProgress> stages;

  /// Selected content of the source that the destination did not get although the transfer
  /// completed: at most one entry of each kind.
  std::vector<Loss> losses;

  /// For a person to read: what can be normal in a complete source, such as links that lead
  /// nowhere, and what the plan had announced, such as relations that the selection severs.
  std::vector<std::string> remarks;

  /// Whether nothing was lost but what an option accepts.
  [[nodiscard]] bool isWhole() const {
    return std::all_of(losses.begin(), losses.end(),
                       [](const Loss& loss) { return loss.accepted; });
  }
};

/// What a transfer would do, as far as it is known before it starts.
struct TransferPlan {
  Metadata source;
  std::vector<Schema> sourceSchemas;
  std::optional<Metadata> destination;                    ///< If the destination provides it.
  std::optional<std::vector<Schema>> destinationSchemas;  ///< The same.
  TransferFilter filter;      ///< The selection, resolved for the types of both sides.
  bool versionsMatch = true;  ///< By the version strategy.
  /// By the schema strategy; without types that never transfer.
  std::vector<SchemaDifference> schemaDifferences;
  std::vector<SeveredRelation> severedRelations;  ///< If the destination provides its schemas.
};

/// Your changes to the records of a stage. Both may be empty. They are called on the engine's
/// thread with one record's JSON text; an exception ends the transfer.
struct RecordTransform {
  std::function<bool(std::string_view record)> filter;      ///< False drops the record.
  std::function<std::string(std::string_view record)> map;  ///< Returns the record to use instead:
                                                            ///< one JSON object.
};

/// The same for assets, called when one begins.
struct AssetTransform {
  std::function<bool(const AssetInfo&)> filter;
  std::function<AssetInfo(const AssetInfo&)> map;
};

struct TransferEngineOptions {
  TransferFilter filter;

  VersionStrategy versionStrategy = VersionStrategy::exact;
  SchemaComparisonOptions schemas;

  /// Transfer despite schema differences: records of types that the destination lacks, and
  /// attributes unknown to it, are dropped (protocol section 7). Default: schemaMismatch.
  bool acceptSchemaDifferences = false;

  /// Continue if the source cannot read all entities of a type. The result then has a loss of that
  /// kind. Default: remoteFailed.
  bool allowIncomplete = false;

  /// Continue if nothing arrived of a type, and the only sign that it has entities are links that
  /// no foreign key protects, so they may be leftovers of deleted entities. The result then has a
  /// loss of that kind. For transfers that replace nothing, such as into a new archive;
  /// allowIncomplete includes this. Default: remoteFailed.
  bool allowSuspected = false;

  /// Accept the loss of files that records name but the source does not have, or has with fewer
  /// bytes than recorded.
  bool allowMissingFiles = false;

  /// Applied one after another, after the filter. Each result is checked again, so that a type that
  /// never transfers cannot come back; a result that is not a record ends the transfer with
  /// invalidOption.
  std::map<TransferStage, std::vector<RecordTransform>> recordTransforms;
  std::vector<AssetTransform> assetTransforms;

  /// A pause after each record and asset, like `--throttle` of the official tool. Default none.
  Duration throttle{0};

  /// Called on the engine's thread when a stage starts and ends, and at most ten times a second
  /// between. An exception ends the transfer.
  std::function<void(const StageProgress&)> onProgress;

  /// Called on the engine's thread when everything has arrived and the destination is about to be
  /// closed, with the result so far, without the destination's own losses. An exception ends the
  /// transfer. Default: none.
  std::function<void(const TransferResult&)> beforeClose;
};

/// Moves everything from a source to a destination: source -> filter -> transforms -> what the
/// destination knows -> progress -> destination, stage by stage in the engine's order (protocol
/// section 7), on the caller's thread.
class WSFERRY_API TransferEngine {
 public:
  /// `source` and `destination` outlive the engine.
  TransferEngine(Source& source, Destination& destination, TransferEngineOptions options = {});
  ~TransferEngine();

  /// Reaches source and destination and compares them. Changes neither, and leaves both
  /// bootstrapped: run() does not do it again. @throws Error; invalidOption for a selection that
  /// names what neither side has (TransferFilter::resolved).
  [[nodiscard]] TransferPlan plan();

  /// Runs the whole transfer, by the plan if there is one. On a failure the destination is rolled
  /// back first. @throws Error, the first that occurred, with the stage it occurred in;
  /// versionMismatch and schemaMismatch before anything is changed.
  [[nodiscard]] TransferResult run();

  /// Ends a running transfer with Errc::cancelled, and all later ones, even if called before run().
  /// Safe from any thread.
  void cancel() noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::strapi
