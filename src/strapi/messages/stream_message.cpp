#include "strapi/messages/stream_message.hpp"

#include <utility>

#include "core/json/json_cursor.hpp"

namespace wsferry::strapi {

StreamMessage::StreamMessage(std::string_view transferID, TransferStage stage)
    : prefix_(R"({"type":"transfer","kind":"step","step":")" + std::string(toString(stage)) +
              R"(","action":"stream","transferID":)" + encodeJsonString(transferID) +
              R"(,"data":[)"),
      label_("step " + std::string(toString(stage)) + " stream"),
      text_(prefix_) {}

std::string& StreamMessage::beginItem() {
  if (!isEmpty()) {
    text_ += ',';
  }
  return text_;
}

EncodedMessage StreamMessage::take() {
  EncodedMessage message;
  message.uuid = Uuid::random();
  message.label = label_;
  text_.append(R"(],"uuid":")").append(message.uuid.toString()).append("\"}");
  message.text = std::exchange(text_, prefix_);
  return message;
}

}  // namespace wsferry::strapi
