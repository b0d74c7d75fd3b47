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
  StageTotals totals;  ///< Where the source knows: all it has, less what was dropped so far.
  TimePoint started;
  std::optional<TimePoint> finished;

  /// By content type (entities), kind (links), type (configuration) or extension (assets).
  std::map<std::string, Tally, std::less<>> aggregates;

  std::uint64_t neverTransferred = 0;  ///< Dropped because their type never transfers.
  std::uint64_t excluded = 0;          ///< Dropped by the filter's options or a transform.
  std::uint64_t unknown = 0;           ///< Dropped because the destination lacks the type, or a
                                       ///< link's relation.
  std::uint64_t shortened = 0;  ///< Entities that lost values which the destination has no place
                                ///< for, also within components.
  std::uint64_t orphaned = 0;   ///< Dropped because what they belong to has not come: links to
                                ///< entities, of a destination that is a server, and files without
                                ///< their records.
};

struct TransferResult {
  Metadata metadata;
  std::map<TransferStage, StageProgress> stages;

  /// What the selection has of the source, and the destination has not got, although the transfer
  /// came to its end: at most one of each kind.
  std::vector<Loss> losses;

  /// What can be normal with a source that is whole, such as links that lead nowhere, and what the
  /// plan had said, such as relations that the selection severed: for a person to read.
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
  std::optional<Metadata> destination;                    ///< Where the destination tells.
  std::optional<std::vector<Schema>> destinationSchemas;  ///< The same.
  TransferFilter filter;      ///< The selection, resolved for the types of both sides.
  bool versionsMatch = true;  ///< By the version strategy.
  /// By the schema strategy; not those of types that never transfer.
  std::vector<SchemaDifference> schemaDifferences;
  std::vector<SeveredRelation> severedRelations;  ///< Where the destination tells its schemas.
};

/// A user's changes to the records of a stage. Both may be empty. They are called on the engine's
/// thread with one record's JSON text; an exception ends the transfer.
struct RecordTransform {
  std::function<bool(std::string_view record)> filter;      ///< False drops the record.
  std::function<std::string(std::string_view record)> map;  ///< Gives the record in its place: one
                                                            ///< JSON object.
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

  /// Transfer in spite of schema differences: records of types that the destination lacks, and
  /// attributes that it does not know, are dropped (protocol section 7). Default: schemaMismatch.
  bool acceptSchemaDifferences = false;

  /// Go on where the source cannot read all entities of a type. The result then has a loss of that
  /// kind. Default: remoteFailed.
  bool allowIncomplete = false;

  /// Go on where nothing came of a type, and the only sign that there is something are links whose
  /// end no foreign key holds, so that they may be left over from entities that are deleted. The
  /// result then has a loss of that kind. For what replaces nothing, such as a new archive; with
  /// allowIncomplete, too. Default: remoteFailed.
  bool allowSuspected = false;

  /// Files that records name, and that the source does not have, or has with fewer bytes than they
  /// say, are a loss that is accepted.
  bool allowMissingFiles = false;

  /// Applied one after the other, after the filter. What each returns is judged again, so that a
  /// type that is never transferred cannot come back; what is no record ends the transfer with
  /// invalidOption.
  std::map<TransferStage, std::vector<RecordTransform>> recordTransforms;
  std::vector<AssetTransform> assetTransforms;

  /// A pause after each record and asset, as `--throttle` of the official tool. Default none.
  Duration throttle{0};

  /// Called on the engine's thread when a stage starts and ends, and at most ten times a second
  /// between. An exception ends the transfer.
  std::function<void(const StageProgress&)> onProgress;

  /// Called on the engine's thread when everything has come and the destination is about to be
  /// closed, with the result so far: what the destination loses is not in it. An exception ends
  /// the transfer. Default: none.
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

  /// Ends a running transfer with Errc::cancelled, and all later ones, also where it is called
  /// before run(). Safe from any thread.
  void cancel() noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::strapi
