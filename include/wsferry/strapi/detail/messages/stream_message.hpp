#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/strapi/dispatcher.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// A message that is ready to go, and what it holds, for a person.
struct Batch {
  TransferStage stage = TransferStage::entities;
  EncodedMessage message;
  std::string contents;
};

/// Encodes the stream messages of one step of a push (protocol section 2), one after the other,
/// each in place: its items are written straight into the text that is sent.
class StreamMessage {
 public:
  StreamMessage(std::string_view transferID, TransferStage stage);

  /// Begins the next item: what the caller appends to the text, one JSON value in UTF-8, is it.
  std::string& beginItem();

  /// The text of the items so far, separated by commas.
  std::string_view items() const { return std::string_view(text_).substr(prefix_.size()); }
  bool isEmpty() const { return items().empty(); }

  /// Makes room for a message of this size.
  void reserve(std::size_t bytes) { text_.reserve(bytes); }

  /// Ends the message, and begins the next one.
  EncodedMessage take();

 private:
  std::string prefix_;
  std::string label_;
  std::string text_;
};

inline StreamMessage::StreamMessage(std::string_view transferID, TransferStage stage)
    : prefix_(R"({"type":"transfer","kind":"step","step":")" + std::string(toString(stage)) +
              R"(","action":"stream","transferID":)" + encodeJsonString(transferID) +
              R"(,"data":[)"),
      label_("step " + std::string(toString(stage)) + " stream"),
      text_(prefix_) {}

inline std::string& StreamMessage::beginItem() {
  if (!isEmpty()) {
    text_ += ',';
  }
  return text_;
}

inline EncodedMessage StreamMessage::take() {
  EncodedMessage message;
  message.uuid = Uuid::random();
  message.label = label_;
  text_.append(R"(],"uuid":")").append(message.uuid.toString()).append("\"}");
  message.text = std::exchange(text_, prefix_);
  return message;
}

}  // namespace wsferry::strapi
