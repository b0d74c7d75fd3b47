#pragma once

#include <string>
#include <string_view>

#include "wsferry/core/uuid.hpp"

namespace wsferry::strapi {

/// A client message that was checked: its members, and a name for it in messages to a person.
struct OutgoingMessage {
  std::string members;  ///< Text of a JSON object without `uuid`.
  std::string label;    ///< Such as "action getSchemas" or "step assets start".
  std::string starts;   ///< The step that it starts, if it does.
};

/// Checks that `members` is one JSON object that the server will take for a message (protocol
/// section 2): `type` is command or transfer, and `uuid` is absent. Text that is not JSON can end a
/// Strapi process, and a message of no known type is never answered, so neither may be sent.
/// @throws Error with Errc::invalidOption.
OutgoingMessage checkMessage(std::string members);

/// The text to send: the members and the uuid.
std::string encodeMessage(const std::string& members, const Uuid& uuid);

}  // namespace wsferry::strapi
