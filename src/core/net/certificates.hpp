#pragma once

#include <openssl/ssl.h>

#include <vector>

#include "wsferry/core/connection_trace.hpp"

namespace wsferry {

/// The certificates that verifying has looked at, the peer's first; none before a handshake came
/// that far. Also of a handshake that they made fail.
std::vector<PeerCertificate> certificatesOf(const SSL* ssl);

}  // namespace wsferry
