#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/gateway/detail/captions/spoken_words.hpp"

namespace wsferry::gateway::detail {

/// A subtitle.
struct Cue {
  SpokenTime time;
  std::string speaker;
  std::vector<std::string> lines;
};

/// Makes subtitles from transcripts: at most two lines of 42 characters and 7 seconds each, one
/// after another. A word longer than a line is divided.
class CueTrack {
 public:
  static constexpr std::size_t lineLength = 42;
  static constexpr std::size_t mostLines = 2;
  static constexpr std::int64_t longest = 7'000;
  static constexpr std::int64_t shortest = 100;
  static constexpr std::int64_t longestPause = 2'000;  ///< Between two words of one.

  /// `labelsTakeRoom`: a speaker's name is part of the text, as `NAME: `.
  explicit CueTrack(bool labelsTakeRoom) : labelsTakeRoom_(labelsTakeRoom) {}

  /// None if the transcript has no times.
  std::vector<Cue> add(const Transcript& transcript) {
    std::vector<Cue> cues;
    for (const SpokenWord& word : WordTimes(transcript).words()) {
      for (const SpokenWord& piece : inPieces(word)) {
        addPiece(piece, cues);
      }
    }
    for (Cue& cue : cues) {
      place(cue);
    }
    return cues;
  }

  /// How many were moved after an earlier one that lasted longer: simultaneous speech.
  std::uint64_t moved() const { return moved_; }

 private:
  static bool isContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

  /// In characters.
  static std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !isContinuation(c); }));
  }

  // Its time is divided by their length.
  static std::vector<SpokenWord> inPieces(const SpokenWord& word) {
    const std::size_t whole = width(word.text);
    if (whole <= lineLength) {
      return {word};
    }
    std::vector<SpokenWord> pieces;
    const std::int64_t duration = word.time->end - word.time->start;
    const auto timeAt = [&](std::size_t characters) {
      return word.time->start +
             duration * static_cast<std::int64_t>(characters) / static_cast<std::int64_t>(whole);
    };
    std::size_t begin = 0;
    for (std::size_t done = 0; begin < word.text.size();) {
      std::size_t end = begin;
      std::size_t taken = 0;
      while (end < word.text.size() && (taken < lineLength || isContinuation(word.text[end]))) {
        taken += isContinuation(word.text[end++]) ? 0 : 1;
      }
      SpokenWord piece = word;
      piece.text = word.text.substr(begin, end - begin);
      piece.time = SpokenTime{timeAt(done), timeAt(done + taken)};
      pieces.push_back(std::move(piece));
      done += taken;
      begin = end;
    }
    return pieces;
  }

  void addPiece(const SpokenWord& word, std::vector<Cue>& cues) const {
    const bool goesOn = !cues.empty() && word.speaker == cues.back().speaker &&
                        word.time->end - cues.back().time.start <= longest &&
                        word.time->start - cues.back().time.end <= longestPause &&
                        addToLines(word.text, cues.back());
    if (goesOn) {
      cues.back().time.end = std::max(cues.back().time.end, word.time->end);
    } else {
      cues.push_back({*word.time, word.speaker, {word.text}});
    }
  }

  bool addToLines(const std::string& text, Cue& cue) const {
    const std::size_t label = labelsTakeRoom_ && cue.lines.size() == 1 && !cue.speaker.empty()
                                  ? width(cue.speaker) + 2
                                  : 0;
    if (label + width(cue.lines.back()) + 1 + width(text) <= lineLength) {
      cue.lines.back() += " " + text;
      return true;
    }
    if (cue.lines.size() == mostLines) {
      return false;
    }
    cue.lines.push_back(text);
    return true;
  }

  // Recognizers' words overlap by some milliseconds; speakers and channels by more.
  void place(Cue& cue) {
    moved_ += cue.time.start < end_ && cue.time.end <= end_ ? 1 : 0;
    cue.time.start = std::max(cue.time.start, end_);
    cue.time.end = std::clamp(cue.time.end, cue.time.start + shortest, cue.time.start + longest);
    end_ = cue.time.end;
  }

  bool labelsTakeRoom_;
  std::int64_t end_ = 0;
  std::uint64_t moved_ = 0;
};

}  // namespace wsferry::gateway::detail
