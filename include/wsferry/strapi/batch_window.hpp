#pragma once

#include <cstddef>

namespace wsferry::strapi {

/// How many batches may wait for their answers, at most: as many are used as hide the round trip to
/// the server, because what it was sent and has not yet stored is in its memory. Used with servers
/// from 5.53.0 on; with older ones, which a second message in flight corrupts, there is one
/// (protocol section 3).
struct BatchWindow {
  unsigned batches = 64;          ///< At least 1.
  std::size_t bytes = 12u << 20;  ///< Encoded; one batch always has a place. 12 MiB.
};

}  // namespace wsferry::strapi
