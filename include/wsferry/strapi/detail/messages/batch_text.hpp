#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "wsferry/strapi/detail/messages/message_writer.hpp"
#include "wsferry/strapi/encoded_message.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// A message that is ready to be sent, and a description of its content.
struct Batch {
  TransferStage stage = TransferStage::entities;
  EncodedMessage message;
  std::string contents;
};

/// Encodes the batches of one step of a push (protocol section 2: messages whose action is
/// `stream`), one after the other, each in place: its items are written straight into the text that
/// is sent.
class BatchText {
 public:
  BatchText(std::string_view transferID, TransferStage stage);

  /// Begins the next item: what the caller appends to the text, one JSON value in UTF-8, is it.
  std::string& beginItem();

  /// The text of the items so far, separated by commas.
  std::string_view items() const { return std::string_view(text_).substr(prefix_.size()); }
  bool isEmpty() const { return items().empty(); }

  /// Makes room for a message of this size.
  void reserve(std::size_t bytes) { text_.reserve(bytes); }

  /// Ends the message, and begins the next one.
  [[nodiscard]] EncodedMessage take();

 private:
  std::string prefix_;
  std::string label_;
  std::string text_;
};

inline BatchText::BatchText(std::string_view transferID, TransferStage stage)
    : prefix_(detail::stepMembers(toString(stage), StepAction::stream,
                                  TransferID{std::string(transferID)}) +
              R"(,"data":[)"),
      label_(detail::stepLabel(toString(stage), StepAction::stream)),
      text_(prefix_) {}

inline std::string& BatchText::beginItem() {
  if (!isEmpty()) {
    text_ += ',';
  }
  return text_;
}

inline EncodedMessage BatchText::take() {
  text_ += ']';
  return detail::sealed(std::exchange(text_, prefix_), label_);
}

}  // namespace wsferry::strapi
