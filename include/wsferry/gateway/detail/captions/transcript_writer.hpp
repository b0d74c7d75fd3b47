#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/gateway/detail/captions/cue_track.hpp"
#include "wsferry/gateway/detail/captions/spoken_words.hpp"

namespace wsferry::gateway::detail {

enum class TranscriptForm {
  text,       ///< A transcript a line.
  timedText,  ///< The same, with `[START --> END] ` and the speaker before it; a line for each
              ///< speaker.
  words,      ///< A word a line: start and end in seconds, word, speaker, confidence, with tabs.
  srt,
  vtt
};

/// `HH:MM:SS.mmm`, with another mark before the milliseconds for SubRip.
inline std::string clockText(std::int64_t milliseconds, char mark = '.') {
  std::array<char, 40> text{};
  const long long seconds = milliseconds / 1'000;
  std::snprintf(text.data(), text.size(), "%02lld:%02lld:%02lld%c%03lld", seconds / 3'600,
                seconds / 60 % 60, seconds % 60, mark,
                static_cast<long long>(milliseconds % 1'000));
  return text.data();
}

/// Writes final transcripts, each of them whole.
class TranscriptWriter {
 public:
  explicit TranscriptWriter(TranscriptForm form)
      : form_(form), cues_(form == TranscriptForm::srt) {}

  /// What precedes the first one, and is in a file without any.
  std::string head() const { return form_ == TranscriptForm::vtt ? "WEBVTT\n\n" : ""; }

  /// What goes out for a transcript: whole lines. Nothing for one without text, and no subtitle for
  /// one without times. @see lacksTimes()
  std::string write(const Transcript& transcript) {
    const std::string text = oneLine(transcript.text);
    lacksTimes_ = false;
    if (text.empty()) {
      return {};
    }
    switch (form_) {
      case TranscriptForm::text:
        return text + "\n";
      case TranscriptForm::timedText:
        return timedLines(transcript, text);
      case TranscriptForm::words:
        return wordLines(transcript);
      case TranscriptForm::srt:
      case TranscriptForm::vtt:
        break;
    }
    return cueTexts(transcript);
  }

  /// Whether the last transcript lacked times that its form requires. In a form other than
  /// subtitles it was written without.
  bool lacksTimes() const { return lacksTimes_; }

  /// How many subtitles were moved after an earlier one that lasted longer.
  std::uint64_t moved() const { return cues_.moved(); }

  bool isSubtitles() const { return form_ == TranscriptForm::srt || form_ == TranscriptForm::vtt; }

 private:
  std::string timedLines(const Transcript& transcript, const std::string& text) {
    const std::optional<SpokenTime> whole = timeOf(transcript);
    lacksTimes_ = !whole;
    const std::vector<SpokenWord> words = WordTimes(transcript).words();
    const auto isOther = [](const SpokenWord& a, const SpokenWord& b) {
      return a.speaker != b.speaker;
    };
    auto end = std::adjacent_find(words.begin(), words.end(), isOther);
    if (end == words.end()) {
      return timedLine(whole, words.empty() ? transcript.speaker : words.front().speaker, text);
    }
    std::string lines;
    for (auto begin = words.begin(); begin != words.end(); begin = end) {
      end = std::adjacent_find(begin, words.end(), isOther);
      end += end == words.end() ? 0 : 1;
      SpokenTime time = *begin->time;
      std::string said;
      for (auto word = begin; word != end; ++word) {
        time.end = std::max(time.end, word->time->end);
        said += (said.empty() ? "" : " ") + word->text;
      }
      lines += timedLine(time, begin->speaker, said);
    }
    return lines;
  }

  static std::string timedLine(const std::optional<SpokenTime>& time, const std::string& speaker,
                               const std::string& text) {
    const std::string said = speaker.empty() ? text : oneLine(speaker) + ": " + text;
    return (time ? "[" + clockText(time->start) + " --> " + clockText(time->end) + "] " : "") +
           said + "\n";
  }

  std::string wordLines(const Transcript& transcript) {
    std::string lines;
    lacksTimes_ = true;
    for (const SpokenWord& word : spokenWords(transcript)) {
      lacksTimes_ = lacksTimes_ && !word.time;
      lines +=
          (word.time ? secondsText(word.time->start) + "\t" + secondsText(word.time->end) : "\t") +
          "\t" + word.text + "\t" + oneLine(word.speaker) + "\t" +
          (word.confidence ? confidenceText(*word.confidence) : "") + "\n";
    }
    return lines;
  }

  std::string cueTexts(const Transcript& transcript) {
    std::string texts;
    for (const Cue& cue : cues_.add(transcript)) {
      const char mark = form_ == TranscriptForm::srt ? ',' : '.';
      texts += std::to_string(++number_) + "\n" + clockText(cue.time.start, mark) + " --> " +
               clockText(cue.time.end, mark) + "\n" + speakerText(oneLine(cue.speaker));
      for (const std::string& line : cue.lines) {
        texts += shown(line) + "\n";
      }
      texts += "\n";
    }
    lacksTimes_ = texts.empty();
    return texts;
  }

  std::string speakerText(const std::string& speaker) const {
    if (speaker.empty()) {
      return {};
    }
    return form_ == TranscriptForm::vtt ? "<v " + shown(speaker) + ">" : speaker + ": ";
  }

  // WebVTT takes `<` for a tag, and `-->` for a time.
  std::string shown(std::string_view text) const {
    std::string result;
    for (const char c : text) {
      const bool isVtt = form_ == TranscriptForm::vtt;
      result += isVtt && c == '&' ? "&amp;" : "";
      result += isVtt && c == '<' ? "&lt;" : "";
      result += isVtt && c == '>' ? "&gt;" : "";
      if (!isVtt || (c != '&' && c != '<' && c != '>')) {
        result += c;
      }
    }
    return result;
  }

  static std::string secondsText(std::int64_t milliseconds) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%lld.%03lld",
                  static_cast<long long>(milliseconds / 1'000),
                  static_cast<long long>(milliseconds % 1'000));
    return text.data();
  }

  // Not by the locale, whose mark may be a comma.
  static std::string confidenceText(double confidence) {
    return secondsText(std::lround(std::clamp(confidence, 0.0, 1'000.0) * 1'000));
  }

  TranscriptForm form_;
  CueTrack cues_;
  std::uint64_t number_ = 0;
  bool lacksTimes_ = false;
};

}  // namespace wsferry::gateway::detail
