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
/// 100 MiB. A record has to fit into one, with some hundred bytes around it.
constexpr std::size_t largestPushMessage = 100u << 20;

struct RemoteDestinationOptions {
  WebSocketOptions connection;
  RetryMessageOptions retry;
  KeepAliveOptions keepAlive;

  /// Send checksums of assets, for the server to verify. Default true. Servers before 5.43 do not
  /// know them: checksumsNegotiated() then is false, and a warning is given.
  bool checksums = true;

  BatchWindow window;

  /// The server's diagnostics and our own warnings, on the connection's thread. May be empty.
  std::function<void(const Diagnostic&)> onDiagnostic;
};

/// A running Strapi as a destination: the push side of the protocol (section 6). bootstrap() reads
/// metadata and schemas over a connection of its own and closes it, because an open push makes a
/// server on SQLite wait; beforeTransfer() opens the one that transfers, with the restore scope of
/// the manifest's filter. Destruction before close() closes the socket, which makes the server roll
/// its database back.
///
/// A record or asset may be refused after its batch was sent: the failure then comes out of a later
/// call, and out of endStage() at the latest. A batch is sent when it has 512 KiB or 100 records,
/// when a record comes 450 ms after its first, or with 1 MiB of assets' bytes.
///
/// cancel() leaves the socket of an open push to rollback(), which asks the server to roll back,
/// behind what is in flight, and waits for its answer up to KeepAliveOptions::livenessWindow, or
/// its default where that is 0; then, or with another cancel(), it drops the socket. A server
/// before 5.53.0 is asked when it has answered what is in flight; where that wait was given up, the
/// socket is dropped. Between start and end of the assets a server from 5.53.0 on is not asked: it
/// would end its whole process over a file that it is storing. Ending the connection rolls back
/// there, without an answer to tell. A commit that is under way is waited for as long. Everything
/// else waits as KeepAliveOptions and RetryMessageOptions say. close() has succeeded when the
/// server has committed and answered the end of the transfer; if it refuses that end, that is a
/// warning.
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
