#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"
#include "wsferry/strapi/encoded_message.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

// What a client sends (protocol section 2), from typed values: the only writer of these texts. Each
// becomes one JSON object with `type` first and `uuid` last. The caller is responsible for any JSON
// text it passes. A batch of a push, which grows in place, is BatchText.

/// `params` is JSON text and left out when empty, where `end` names the transfer instead.
/// @throws Error with Errc::invalidOption for bytes that are not UTF-8.
[[nodiscard]] EncodedMessage commandMessage(Command command, std::string_view params,
                                            const TransferID& transferID);

/// @throws Error with Errc::invalidOption for bytes that are not UTF-8.
[[nodiscard]] EncodedMessage actionMessage(TransferAction action, const TransferID& transferID);

/// `data` is JSON text, left out when empty.
/// @throws Error with Errc::invalidOption for bytes that are not UTF-8.
[[nodiscard]] EncodedMessage stepMessage(std::string_view step, StepAction action,
                                         const TransferID& transferID, std::string_view data = {});

/// The text that acknowledges a data message of a pull.
[[nodiscard]] std::string acknowledgement(std::string_view uuid);

namespace detail {

inline std::string stepLabel(std::string_view step, StepAction action) {
  return "step " + std::string(step) + " " + std::string(toString(action));
}

// A step message up to its data.
inline std::string stepMembers(std::string_view step, StepAction action,
                               const TransferID& transferID) {
  return R"({"type":"transfer","kind":"step","step":)" + encodeJsonString(step) + R"(,"action":")" +
         std::string(toString(action)) + R"(","transferID":)" + encodeJsonString(transferID.value);
}

// Ends an object that has members and is still open.
inline EncodedMessage sealed(std::string members, std::string label) {
  EncodedMessage message{Uuid::random(), std::move(members), std::move(label)};
  message.text.append(R"(,"uuid":")").append(message.uuid.toString()).append("\"}");
  return message;
}

// The same for texts that come from outside: a frame that is not UTF-8 would end the connection.
inline EncodedMessage sealedUtf8(std::string members, std::string label) {
  Utf8Validator utf8;
  if (!utf8.update(members) || !utf8.complete()) {
    throw Error(Errc::invalidOption,
                "The message was not sent, because it is not UTF-8: " + label + ".");
  }
  return sealed(std::move(members), std::move(label));
}

}  // namespace detail

inline EncodedMessage commandMessage(Command command, std::string_view params,
                                     const TransferID& transferID) {
  const std::string name(toString(command));
  std::string members = R"({"type":"command","command":")" + name + '"';
  if (!params.empty()) {
    members.append(R"(,"params":)").append(params);
  } else if (command == Command::end) {
    members.append(R"(,"params":{"transferID":)")
        .append(encodeJsonString(transferID.value))
        .append("}");
  }
  return detail::sealedUtf8(std::move(members), "command " + name);
}

inline EncodedMessage actionMessage(TransferAction action, const TransferID& transferID) {
  const std::string name(toString(action));
  return detail::sealedUtf8(R"({"type":"transfer","kind":"action","action":")" + name +
                                R"(","transferID":)" + encodeJsonString(transferID.value),
                            "action " + name);
}

inline EncodedMessage stepMessage(std::string_view step, StepAction action,
                                  const TransferID& transferID, std::string_view data) {
  std::string members = detail::stepMembers(step, action, transferID);
  if (!data.empty()) {
    members.append(R"(,"data":)").append(data);
  }
  return detail::sealedUtf8(std::move(members), detail::stepLabel(step, action));
}

inline std::string acknowledgement(std::string_view uuid) {
  return R"({"uuid":)" + encodeJsonString(uuid) + "}";
}

}  // namespace wsferry::strapi
