#pragma once

#include <vector>

#include "wsferry/export.hpp"
#include "wsferry/strapi/loss.hpp"
#include "wsferry/strapi/sinks.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// Where content comes from: a remote Strapi, an archive, or a source of your own. An engine calls
/// it from one thread, in the order of the declarations; each function blocks, and throws Error
/// when it fails. Only cancel() may be called from any thread, and makes the running call fail with
/// Errc::cancelled.
class WSFERRY_API Source {
 public:
  virtual ~Source() = default;

  /// Reaches the source. A second call starts again, but not after cancel(), which is final and
  /// which a failed TransferEngine::run() also calls.
  virtual void bootstrap() = 0;
  virtual Metadata getMetadata() = 0;
  virtual std::vector<Schema> getSchemas() = 0;

  /// Announces which of entities, links and configuration will be read later, in this order: a
  /// source that has to wait for them may start reading them, in parallel with the next request, in
  /// bounded memory. The default does nothing.
  virtual void readAhead(const std::vector<TransferStage>& /*stages*/) {}

  /// Reads one of entities, links and configuration to its end.
  virtual void readRecords(TransferStage stage, RecordSink& sink) = 0;
  virtual void readAssets(AssetSink& sink) = 0;

  /// Whether the source can omit content silently, like a server whose database fails temporarily.
  /// The content that arrived must then reveal it.
  virtual bool mayOmit() const { return false; }

  /// Files that the source knows to be lost and that the content does not reveal: those that no
  /// record names, and with `ofRecords` also those that one does. Known after bootstrap().
  virtual std::vector<Loss> losses(bool ofRecords) const {
    (void)ofRecords;
    return {};
  }

  /// Ends the transfer in good order. Not called after a failure.
  virtual void close() = 0;

  virtual void cancel() noexcept = 0;
};

}  // namespace wsferry::strapi
