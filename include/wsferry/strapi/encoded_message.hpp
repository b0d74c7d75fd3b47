#pragma once

#include <string>

#include "wsferry/core/uuid.hpp"

namespace wsferry::strapi {

/// A message as it goes over the wire.
struct EncodedMessage {
  Uuid uuid;
  std::string text;   ///< One JSON object with that `uuid`.
  std::string label;  ///< Its name in messages to a person, such as "step assets stream".
};

}  // namespace wsferry::strapi
