#pragma once

#include <cstdint>
#include <utility>

namespace wsferry::gateway {

/// The turns into which flushes and the end of stream divide the audio: which of the server's
/// answers and refusals belong to them. Not thread-safe.
class TurnCount {
 public:
  /// A message with audio goes out.
  void onAudioSent() { hasSentAudio_ = audioInTurn_ = true; }

  /// A flush message goes out.
  void onFlushSent() {
    ++answersDue_;
    endTurn();
  }

  /// Our end of stream goes out.
  void onEndSent() { endTurn(); }

  /// The server has refused something; `ends`: as the answer to a flush, or to our end of stream.
  /// Returns whether audio is affected, so that results may be missing.
  [[nodiscard]] bool losesByRefusal(bool ends) {
    if (ends && emptyTurns_ > 0) {
      --emptyTurns_;
      return false;
    }
    return hasSentAudio_;
  }

  /// An end has come, if flushes are answered with one. Returns whether it answers a flush, or a
  /// turn that the server ended by itself, and not the stream.
  [[nodiscard]] bool takesAnswer(bool endSent) {
    if (answersDue_ == 0) {
      return !endSent;
    }
    --answersDue_;
    return true;
  }

 private:
  // One without audio has none to lose when it is refused.
  void endTurn() { emptyTurns_ += std::exchange(audioInTurn_, false) ? 0 : 1; }

  std::uint64_t answersDue_ = 0;  ///< Of flush messages.
  std::uint64_t emptyTurns_ = 0;  ///< Ended without audio in them, and not refused yet.
  bool hasSentAudio_ = false;
  bool audioInTurn_ = false;
};

}  // namespace wsferry::gateway
