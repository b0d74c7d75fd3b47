#include "strapi/messages/message_encoding.hpp"

#include "core/json/json_cursor.hpp"
#include "core/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::strapi {
namespace {

struct Names {
  std::string type, command, kind, step, action;
  bool hasUuid = false;
};

Names readNames(std::string_view members) {
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

}  // namespace

OutgoingMessage checkMessage(std::string members) {
  Names names;
  try {
    Utf8Validator utf8;
    if (!utf8.update(members) || !utf8.complete()) {
      throw Error(Errc::invalidOption, "not UTF-8");
    }
    names = readNames(members);
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

std::string encodeMessage(const std::string& members, const Uuid& uuid) {
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
