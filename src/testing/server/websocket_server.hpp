#pragma once

#include <cstdint>
#include <memory>

#include "testing/server/server_connection.hpp"
#include "wsferry/core/clock.hpp"

namespace wsferry::testing {

/// A WebSocket server on a thread of its own; destruction ends it and all connections at once.
class WebSocketServer {
 public:
  /// @throws Error when the address is none or cannot be listened on.
  WebSocketServer(const WebSocketServerOptions& options, DecideUpgrade decide);
  ~WebSocketServer();

  std::uint16_t port() const;
  WebSocketServerCounts counts() const;

  /// Blocks until no connection is open, or the limit passes; says which.
  [[nodiscard]] bool waitUntilIdle(Duration limit) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::testing
