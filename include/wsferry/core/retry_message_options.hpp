#pragma once

#include <cstddef>

#include "wsferry/core/clock.hpp"

namespace wsferry {

/// How a message that is not answered is repeated. A repeat carries the same uuid, so a server
/// that already has the message drops it or repeats its answer (protocol section 3,
/// "Retransmission"). Strapi before 4.11.1 does not: for a push into such a server, set
/// resendSizeLimit to 0, as RemoteDestination does by itself.
struct RetryMessageOptions {
  /// How long to wait for an answer before sending again; at least 1 ms. Default 30 s.
  Duration retryMessageTimeout{30'000};

  /// How many times to send again before giving up, while the peer's liveness is unknown. While the
  /// peer is provably alive, the wait continues to KeepAliveOptions::overallCap. Default 5.
  unsigned retryMessageMaxRetries = 5;

  /// Messages longer than this are never sent again: TCP delivers them as long as the connection
  /// lasts. They time out like others. Default 16 KiB.
  std::size_t resendSizeLimit = std::size_t{16} << 10;
};

}  // namespace wsferry
