#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/strapi/sinks.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// Where content comes from: a remote Strapi, an archive, or something of the user's. An engine
/// calls it from one thread, in the order of the declarations; each function blocks, and throws
/// Error when it fails. cancel() alone may be called from any thread, and makes the running call
/// fail with Errc::cancelled.
class Source {
 public:
  virtual ~Source() = default;

  /// Reaches the source. A second call starts anew.
  virtual void bootstrap() = 0;
  virtual Metadata getMetadata() = 0;
  virtual std::vector<Schema> getSchemas() = 0;

  /// Reads one of entities, links, configuration to its end.
  virtual void readRecords(TransferStage stage, RecordSink& sink) = 0;
  virtual void readAssets(AssetSink& sink) = 0;

  /// Whether it can leave content out without saying so, as a server does whose database fails it
  /// for a moment. What came then has to show it.
  virtual bool mayOmit() const { return false; }

  /// Ends the transfer in good order. Not called after a failure.
  virtual void close() = 0;

  virtual void cancel() noexcept = 0;
};

}  // namespace wsferry::strapi
