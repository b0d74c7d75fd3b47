#pragma once

#include "wsferry/gateway/messages.hpp"

namespace wsferry::gateway {

/// Which transcripts say something: those with text, and those that end a sentence in progress.
/// Must be given all transcripts of a stream, in order. Not thread-safe.
class SentenceWatch {
 public:
  bool says(const Transcript& transcript) {
    const bool hasText = !transcript.text.empty();
    if (!transcript.isFinal) {
      return hasText;
    }
    const bool wasBegun = isBegun_;
    isBegun_ = transcript.continues && (wasBegun || hasText);
    return hasText || (wasBegun && !isBegun_);
  }

 private:
  bool isBegun_ = false;
};

}  // namespace wsferry::gateway
