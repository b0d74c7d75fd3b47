#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::strapi {

// Checks texts supplied by a program: one that is not JSON can end a Strapi process.

/// A message that a program wrote itself, and that may be sent.
struct CheckedMessage {
  std::string members;  ///< The object without its last brace: what is missing is the uuid.
  std::string label;    ///< Such as "action getSchemas" or "step assets start".
  std::string starts;   ///< The step that it starts, if any.
};

/// Checks that `members` is one JSON object that the server will take for a message (protocol
/// section 2): `type` is command or transfer, and `uuid` is absent. A message of no known type
/// would never be answered.
/// @throws Error with Errc::invalidOption.
[[nodiscard]] CheckedMessage checkMessage(std::string members);

/// Checks that `text`, the member `name` of a message, is one JSON value, or empty.
/// @throws Error with Errc::invalidOption.
void checkValue(std::string_view text, const char* name);

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

inline CheckedMessage checkMessage(std::string members) {
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
                "The message was not sent: leave out `uuid`, the dispatcher adds it.");
  }
  members.resize(members.rfind('}'));
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
              "The message was not sent: its `type` is neither command nor transfer, so the server "
              "would never answer.");
}

inline void checkValue(std::string_view text, const char* name) {
  if (text.empty()) {
    return;
  }
  try {
    JsonCursor cursor(text);
    cursor.skipValue();
    cursor.expectEnd();
  } catch (const Error& error) {
    throw Error(Errc::invalidOption, "The message was not sent, because its `" + std::string(name) +
                                         "` is not JSON: " + error.what());
  }
}

}  // namespace wsferry::strapi
