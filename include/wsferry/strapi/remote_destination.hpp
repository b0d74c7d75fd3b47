#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "wsferry/core/error.hpp"
#include "wsferry/core/keep_alive_options.hpp"
#include "wsferry/core/retry_message_options.hpp"
#include "wsferry/core/websocket_options.hpp"
#include "wsferry/core/websocket_statistics.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/batch_window.hpp"
#include "wsferry/strapi/destination.hpp"
#include "wsferry/strapi/diagnostic.hpp"
#include "wsferry/strapi/push_effect.hpp"

namespace wsferry::strapi {

/// The limit of a server's WebSocket library for one message, above which it ends the connection:
/// 100 MiB. A record must fit into one, with some hundred bytes around it.
constexpr std::size_t largestPushMessage = 100u << 20;

struct RemoteDestinationOptions {
  WebSocketOptions connection;
  RetryMessageOptions retry;
  KeepAliveOptions keepAlive;

  /// Send checksums of assets, for the server to verify. Default true. Servers before 5.43 do not
  /// know them: checksumsNegotiated() is then false, and there is a warning.
  bool checksums = true;

  BatchWindow window;

  /// The server's diagnostics and our own warnings, on the connection's thread. May be empty.
  std::function<void(const Diagnostic&)> onDiagnostic;
};

/// A running Strapi as a destination: the push side of the protocol (section 6). bootstrap() reads
/// metadata and schemas over a separate connection and closes it, because an open push makes a
/// server on SQLite wait; beforeTransfer() opens the connection that transfers, with the restore
/// scope of the manifest's filter. Destruction before close() closes the socket, which makes the
/// server roll back its database.
///
/// A record or asset may be refused after its batch was sent: a later call then throws the failure,
/// at the latest endStage(). A batch is sent when it has 512 KiB or 100 records, when a record
/// arrives 450 ms after its first one, or with 1 MiB of asset bytes.
///
/// cancel() keeps the socket of an open push for rollback(). This asks the server to roll back,
/// after the messages in flight, and waits for its answer up to KeepAliveOptions::livenessWindow,
/// or its default if that is 0; after that, or on another cancel(), it drops the socket. A server
/// before 5.53.0 is asked only once it has answered what is in flight; if that takes too long, the
/// socket is dropped. Between start and end of the assets a server from 5.53.0 on is not asked,
/// because it could crash while storing a file: the end of the connection rolls back there, without
/// an answer. A commit in progress is waited for just as long. Everything else waits as
/// KeepAliveOptions and RetryMessageOptions say. close() succeeds when the server has committed and
/// answered the end of the transfer; if it refuses that end, there is a warning.
class WSFERRY_API RemoteDestination final : public Destination {
 public:
  /// `adminUrl` as a user gives it: `https://host/admin`. @throws Error with Errc::invalidUrl,
  /// or with invalidOption for a window of 0 messages.
  RemoteDestination(std::string_view adminUrl, RemoteDestinationOptions options);
  ~RemoteDestination() override;

  void bootstrap() override;
  std::optional<Metadata> getMetadata() override;
  std::optional<std::vector<Schema>> getSchemas() override;
  void beforeTransfer(const TransferManifest& manifest) override;  ///< Once, then invalidState.
  void beginStage(TransferStage stage) override;
  RecordSink& records() override;
  AssetSink& assets() override;
  void endStage() override;
  void close() override;
  std::vector<Loss> losses() const override;
  void rollback() noexcept override;
  void cancel() noexcept override;

  /// Not while another thread is in a call.
  [[nodiscard]] PushEffect effect() const;

  /// Whether the server agreed to verify checksums. Known after beforeTransfer().
  bool checksumsNegotiated() const;

  WebSocketStatistics statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::strapi
