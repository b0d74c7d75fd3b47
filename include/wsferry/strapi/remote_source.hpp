#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "wsferry/core/error.hpp"
#include "wsferry/core/keep_alive_options.hpp"
#include "wsferry/core/retry_message_options.hpp"
#include "wsferry/core/websocket_options.hpp"
#include "wsferry/core/websocket_statistics.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/diagnostic.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::strapi {

struct RemoteSourceOptions {
  WebSocketOptions connection;
  RetryMessageOptions retry;
  KeepAliveOptions keepAlive;

  /// Ask for checksums of assets, and verify them. Default true. A server older than 5.43 does not
  /// know them: RemoteSource::checksumsNegotiated() is then false, and there is a warning.
  bool checksums = true;

  /// Received data that may wait to be processed; a message is acknowledged once there is room for
  /// it. Default 8 MiB; there is always room for one message.
  std::size_t queueBytes = 8u << 20;

  /// The server's diagnostics and our own warnings, on the connection's thread. May be empty.
  std::function<void(const Diagnostic&)> onDiagnostic;
};

/// A running Strapi as a source: the pull side of the protocol (section 4). The constructor
/// connects nothing; bootstrap() does, and close(), cancel() or destruction closes the socket:
/// while it is open, a production server keeps its lifecycle hooks off. A server before 5.43 may
/// crash if the connection closes in the middle of a step: after cancel() or a failure, calls fail
/// at once, but a server that is about to send data gets up to 15 s for that, and destruction waits
/// for it. After cancel(), including that of a failed TransferEngine::run(), every call fails with
/// Errc::cancelled: create another RemoteSource to try again.
class WSFERRY_API RemoteSource final : public Source {
 public:
  /// `adminUrl` as a user gives it: `https://host/admin`. @throws Error with Errc::invalidUrl.
  RemoteSource(std::string_view adminUrl, RemoteSourceOptions options);
  ~RemoteSource() override;

  void bootstrap() override;
  Metadata getMetadata() override;
  std::vector<Schema> getSchemas() override;
  void readAhead(const std::vector<TransferStage>& stages) override;
  void readRecords(TransferStage stage, RecordSink& sink) override;
  void readAssets(AssetSink& sink) override;
  bool mayOmit() const override { return true; }
  void close() override;
  void cancel() noexcept override;

  /// Whether the server agreed to send checksums. Known after bootstrap().
  bool checksumsNegotiated() const;

  WebSocketStatistics statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::strapi
