#pragma once

#include <optional>
#include <vector>

#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/loss.hpp"
#include "wsferry/strapi/sinks.hpp"
#include "wsferry/strapi/transfer_filter.hpp"

namespace wsferry::strapi {

/// What is about to be transferred: who made it, its schemas, and which part is in scope.
struct TransferManifest {
  Metadata metadata;
  std::vector<Schema> schemas;
  TransferFilter filter;
};

/// Where content goes: an archive, a remote Strapi, or a destination of your own. An engine calls
/// it from one thread, in the order of the declarations; each function blocks, and throws Error
/// when it fails. Only cancel() may be called from any thread: a destination that can wait
/// overrides it, and then the running call and all later ones except rollback() fail with
/// Errc::cancelled. The default does nothing, because the engine stops between records. Nothing
/// counts as stored before close() has returned.
class WSFERRY_API Destination {
 public:
  virtual ~Destination() = default;

  /// Makes sure that the destination can be reached. Changes nothing.
  virtual void bootstrap() {}

  /// What the destination is, for comparison with the source; nothing if there is nothing to
  /// compare with.
  virtual std::optional<Metadata> getMetadata() { return std::nullopt; }
  virtual std::optional<std::vector<Schema>> getSchemas() { return std::nullopt; }

  /// Prepares the destination, deleting what the transfer replaces. The first call that changes
  /// anything.
  virtual void beforeTransfer(const TransferManifest& manifest) = 0;

  /// Starts a stage; the records or assets of the stage go to the sinks until endStage().
  virtual void beginStage(TransferStage stage) = 0;
  virtual RecordSink& records() = 0;
  virtual AssetSink& assets() = 0;
  virtual void endStage() = 0;

  /// Makes everything permanent.
  virtual void close() = 0;

  /// What the destination says it has not stored. Known after close().
  virtual std::vector<Loss> losses() const { return {}; }

  /// Undoes everything after a failure, as far as the destination can. Destroying it before close()
  /// has the same effect.
  virtual void rollback() noexcept = 0;

  virtual void cancel() noexcept {}
};

}  // namespace wsferry::strapi
