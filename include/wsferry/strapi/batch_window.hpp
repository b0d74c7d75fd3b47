#pragma once

#include <cstddef>

namespace wsferry::strapi {

/// The most batches that may wait for their answers. Only as many are used as hide the round trip,
/// because the server holds in memory what it was sent but has not stored yet. Applies to servers
/// from 5.53.0 on; older ones, which a second message in flight corrupts, get one (protocol section
/// 3).
struct BatchWindow {
  unsigned batches = 64;          ///< At least 1.
  std::size_t bytes = 12u << 20;  ///< Encoded; one batch always has a place. 12 MiB.
};

}  // namespace wsferry::strapi
