#pragma once

#include <vector>

#include "wsferry/export.hpp"
#include "wsferry/strapi/loss.hpp"
#include "wsferry/strapi/sinks.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// Where content comes from: a remote Strapi, an archive, or something of the user's. An engine
/// calls it from one thread, in the order of the declarations; each function blocks, and throws
/// Error when it fails. cancel() alone may be called from any thread, and makes the running call
/// fail with Errc::cancelled.
class WSFERRY_API Source {
 public:
  virtual ~Source() = default;

  /// Reaches the source. A second call starts anew, but not after cancel(), which is for good and
  /// which a failed TransferEngine::run() calls as well.
  virtual void bootstrap() = 0;
  virtual Metadata getMetadata() = 0;
  virtual std::vector<Schema> getSchemas() = 0;

  /// What will be read later of entities, links and configuration, in this order: a source that
  /// has to wait for them may begin to read them, beside what it is asked for next, in bounded
  /// memory. The default does nothing.
  virtual void readAhead(const std::vector<TransferStage>& /*stages*/) {}

  /// Reads one of entities, links, configuration to its end.
  virtual void readRecords(TransferStage stage, RecordSink& sink) = 0;
  virtual void readAssets(AssetSink& sink) = 0;

  /// Whether it can leave content out without saying so, as a server does whose database fails it
  /// for a moment. What came then has to show it.
  virtual bool mayOmit() const { return false; }

  /// Files that it knows to have lost, and that what came does not show: those that no record
  /// names, and with `ofRecords` those that one does. Known after bootstrap().
  virtual std::vector<Loss> losses(bool ofRecords) const {
    (void)ofRecords;
    return {};
  }

  /// Ends the transfer in good order. Not called after a failure.
  virtual void close() = 0;

  virtual void cancel() noexcept = 0;
};

}  // namespace wsferry::strapi
