#pragma once

#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"
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

namespace detail {

struct Names {
  std::string type, command, kind, step, action;
  bool hasUuid = false;
};

inline Names readNames(std::string_view members) {
  JsonCursor cursor(members);
  if (!cursor.enterObject()) {
    throw Error(Errc::invalidOption, "not a JSON object");
  }
  Names names;
  std::string_view rawKey;
  while (cursor.nextKey(rawKey)) {
    const std::string key = decodeJsonString(rawKey);
    std::string* const name = key == "type"      ? &names.type
                              : key == "command" ? &names.command
                              : key == "kind"    ? &names.kind
                              : key == "step"    ? &names.step
                              : key == "action"  ? &names.action
                                                 : nullptr;
    names.hasUuid = names.hasUuid || key == "uuid";
    if (name != nullptr && cursor.peek() == '"') {
      *name = decodeJsonString(cursor.readRawString());
    } else {
      cursor.skipValue();
    }
  }
  cursor.expectEnd();
  return names;
}

}  // namespace detail

inline OutgoingMessage checkMessage(std::string members) {
  detail::Names names;
  try {
    Utf8Validator utf8;
    if (!utf8.update(members) || !utf8.complete()) {
      throw Error(Errc::invalidOption, "not UTF-8");
    }
    names = detail::readNames(members);
  } catch (const Error& error) {
    throw Error(Errc::invalidOption, "The message was not sent, because it is not a JSON object: " +
                                         std::string(error.what()));
  }
  if (names.hasUuid) {
    throw Error(Errc::invalidOption,
                "The message was not sent: leave `uuid` out, the dispatcher adds it.");
  }
  if (names.type == "command") {
    return {std::move(members), "command " + names.command, {}};
  }
  if (names.type == "transfer" && names.kind == "step") {
    return {std::move(members), "step " + names.step + " " + names.action,
            names.action == "start" ? names.step : std::string()};
  }
  if (names.type == "transfer") {
    return {std::move(members), "action " + names.action, {}};
  }
  throw Error(Errc::invalidOption,
              "The message was not sent: its `type` is neither command nor transfer, so that the "
              "server would never answer.");
}

inline std::string encodeMessage(const std::string& members, const Uuid& uuid) {
  const std::size_t brace = members.rfind('}');
  std::string text;
  text.reserve(members.size() + 48);
  text.append(members, 0, brace);
  // checkMessage() has seen a `type`, so something stands before the uuid.
  text += ",\"uuid\":\"";
  text += uuid.toString();
  text += "\"}";
  return text;
}

}  // namespace wsferry::strapi
