#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "wsferry/gateway/messages.hpp"

namespace wsferry::gateway::detail {

/// Makes whole sentences of final transcripts that come in parts.
class TranscriptAssembly {
 public:
  /// For a gateway that never ends a sentence, in bytes.
  static constexpr std::size_t longest = std::size_t{16} << 10;

  /// A final transcript: the sentence that it completes, if it does. Its text may be empty.
  std::optional<Transcript> add(Transcript part) {
    const bool isOpen = part.continues;
    append(std::move(part));
    return isOpen && whole_.text.size() < longest ? std::nullopt : std::optional(rest());
  }

  /// What has arrived of the next sentence.
  const std::string& begun() const { return whole_.text; }

  /// The same, as a whole; its text is empty if there is nothing.
  Transcript rest() {
    hasParts_ = false;
    return std::exchange(whole_, {});
  }

 private:
  void append(Transcript part) {
    for (Word& word : part.words) {
      if (word.speaker.empty()) {
        word.speaker = part.speaker;
      }
    }
    if (!std::exchange(hasParts_, true)) {
      whole_ = std::move(part);
      whole_.continues = false;
      return;
    }
    // A part without text, such as a mark that ends the sentence, has no times.
    whole_.text += part.text;
    if (!whole_.startMilliseconds) {
      whole_.startMilliseconds = part.startMilliseconds;
    }
    if (part.endMilliseconds) {
      whole_.endMilliseconds = std::max(whole_.endMilliseconds.value_or(0), *part.endMilliseconds);
    }
    if (!part.text.empty() && whole_.speaker != part.speaker) {
      whole_.speaker.clear();
    }
    whole_.confidence.reset();
    whole_.words.insert(whole_.words.end(), std::make_move_iterator(part.words.begin()),
                        std::make_move_iterator(part.words.end()));
  }

  Transcript whole_;
  bool hasParts_ = false;
};

}  // namespace wsferry::gateway::detail
