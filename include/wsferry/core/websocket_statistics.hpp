#pragma once

#include <cstdint>

namespace wsferry {

/// Counters of one connection.
struct WebSocketStatistics {
  std::uint64_t bytesReceived = 0;  ///< From the network, framing included.
  std::uint64_t bytesSent = 0;      ///< To the network, framing included.
  std::uint64_t messagesReceived = 0;
  std::uint64_t messagesSent = 0;
  std::uint64_t bytesToSend = 0;  ///< Queued, not yet accepted by the network.
};

}  // namespace wsferry
