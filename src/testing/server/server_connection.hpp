#pragma once

#include <array>
#include <asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "testing/server/http_request.hpp"
#include "testing/server/server_counts.hpp"
#include "testing/server/websocket_session.hpp"

namespace wsferry::testing {

struct WebSocketServerOptions {
  std::uint16_t port = 0;  ///< 0 picks a free one.
  std::string address = "127.0.0.1";
  std::size_t maxMessageSize = 100u << 20;

  /// While more waits to be sent to a client, nothing is read from it.
  std::size_t maxBytesToSend = SIZE_MAX;

  /// As in TransferFaults; the answer to the upgrade counts.
  std::optional<std::uint64_t> cutAfterBytes;
  std::optional<std::uint64_t> freezeAfterBytes;

  /// Whether the body of a request goes to its HttpSession as it comes, and is not part of it. May
  /// be empty.
  std::function<bool(const HttpRequest&)> streamsBody;

  /// Told of every change, on the server's thread. May be empty.
  std::function<void(const WebSocketServerCounts&)> onCounts;
};

/// A session, or the whole HTTP response of a refusal, or who answers by and by.
using UpgradeDecision =
    std::variant<std::shared_ptr<WebSocketSession>, std::string, std::shared_ptr<HttpSession>>;

/// Decides about a request. The peer outlives the session. Called on the server's thread, as the
/// sessions are.
using DecideUpgrade = std::function<UpgradeDecision(const HttpRequest&, WebSocketPeer&)>;

/// What all connections of a server share. Of its one thread, but for the counter.
struct SharedByConnections {
  const WebSocketServerOptions options;
  const DecideUpgrade decide;
  ServerCounter counter;
  // What comes is used up at once.
  std::array<char, (64u << 10)> input{};
};

/// Serves a connection on the socket's executor, until it is over. `shared` outlives the executor's
/// work.
void serveConnection(SharedByConnections& shared, asio::ip::tcp::socket socket);

}  // namespace wsferry::testing
