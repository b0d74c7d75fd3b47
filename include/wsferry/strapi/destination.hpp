#pragma once

#include <string_view>
#include <vector>

#include "wsferry/strapi/source.hpp"

namespace wsferry::strapi {

/// Where content goes: an archive, a remote Strapi, or something of the user's. An engine calls it
/// from one thread; each function blocks, and throws Error when it fails. Nothing counts as stored
/// before close() has returned.
class Destination {
 public:
  virtual ~Destination() = default;

  /// First call. The metadata and schemas are those of the source.
  virtual void bootstrap(const Metadata& metadata, const std::vector<Schema>& schemas) = 0;

  /// Starts a stage; the records or assets of the stage go to the sinks until endStage().
  virtual void beginStage(TransferStage stage) = 0;
  virtual RecordSink& records() = 0;
  virtual AssetSink& assets() = 0;
  virtual void endStage() = 0;

  /// Makes everything permanent.
  virtual void close() = 0;

  /// Takes everything back after a failure, as far as the destination can. Also the effect of
  /// destroying it before close().
  virtual void rollback() noexcept = 0;
};

}  // namespace wsferry::strapi
