#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/gateway/messages.hpp"

namespace wsferry::gateway::detail {

/// When something was said, in milliseconds from the beginning of the audio.
struct SpokenTime {
  std::int64_t start = 0;
  std::int64_t end = 0;
};

/// From times as a gateway sends them: nothing if they are impossible.
inline std::optional<SpokenTime> spokenTime(std::int64_t start, std::int64_t end) {
  constexpr std::int64_t longest = 1'000'000'000'000;
  return start >= 0 && end >= start && end < longest ? std::optional(SpokenTime{start, end})
                                                     : std::nullopt;
}

/// A word as a transcript's text writes it.
struct SpokenWord {
  std::string text;
  std::optional<SpokenTime> time;  ///< What the gateway says.
  std::string speaker;
  std::optional<double> confidence;
};

/// The text in one line: control characters and runs of white space become blanks.
inline std::string oneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > ' ' && c != '\x7f') {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  line.resize(line.find_last_not_of(' ') + 1);
  return line;
}

inline std::vector<std::string> splitAtBlanks(std::string_view text) {
  const std::string line = oneLine(text);
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    parts.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// Whether the times of its words are times: without, all of them are 0.
inline bool hasTimedWords(const Transcript& transcript) {
  return std::any_of(transcript.words.begin(), transcript.words.end(),
                     [](const Word& word) { return word.endMilliseconds > 0; });
}

/// The words of a transcript's text, with what the gateway says about each. Its list of words may
/// consist of parts of words, with or without punctuation, in lower case: the text is what is
/// shown.
class WordAlignment {
 public:
  explicit WordAlignment(const Transcript& transcript)
      : transcript_(transcript), isTimed_(hasTimedWords(transcript)) {}

  /// Nothing if the words are not those of the text.
  std::optional<std::vector<SpokenWord>> align() {
    const std::vector<std::string> shown = splitAtBlanks(transcript_.text);
    for (std::size_t next = 0; next < shown.size();) {
      if (!alignOne(shown, next)) {
        return std::nullopt;
      }
    }
    const bool isWhole = marks_.empty() && takesOnlyMarks();
    return isWhole ? std::optional(std::move(words_)) : std::nullopt;
  }

 private:
  // What two spellings of a word have in common: its letters and digits, in lower case; for a
  // letter beyond ASCII only that it is one.
  static std::string core(std::string_view text) {
    std::string core;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (static_cast<unsigned char>(c) >= 0xC0) {
        core += isMark(text.substr(i, 2)) ? "" : "?";
      } else if (c >= 'A' && c <= 'Z') {
        core += static_cast<char>(c - 'A' + 'a');
      } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        core += c;
      }
    }
    return core;
  }

  // Whether UTF-8 that begins so is punctuation: that of Latin-1, the general one, that of CJK.
  static bool isMark(std::string_view begin) {
    return begin[0] == '\xC2' || begin == "\xE2\x80" || begin == "\xE2\x81" || begin == "\xE3\x80";
  }

  // The next words of the text, and of the list, that begin and end together.
  bool alignOne(const std::vector<std::string>& shown, std::size_t& next) {
    SpokenWord word{shown[next], {}, {}, {}};
    std::string inText = core(shown[next++]);
    if (inText.empty()) {
      addMark(word.text);
      return true;
    }
    const std::size_t first = used_;
    std::string inList;
    std::size_t common = 0;
    while (inText.size() != inList.size() || common != inText.size()) {
      const bool listIsBehind = inList.size() < inText.size();
      if (listIsBehind ? used_ == transcript_.words.size() : next == shown.size()) {
        return false;
      }
      if (listIsBehind) {
        inList += core(transcript_.words[used_++].text);
      } else {
        word.text += " " + shown[next];
        inText += core(shown[next++]);
      }
      const std::size_t shorter = std::min(inText.size(), inList.size());
      if (inText.compare(common, shorter - common, inList, common, shorter - common) != 0) {
        return false;
      }
      common = shorter;
    }
    describe(word, first);
    word.text.insert(0, std::exchange(marks_, {}));
    words_.push_back(std::move(word));
    return true;
  }

  // Separate punctuation belongs to the word before it, or to the first one.
  void addMark(const std::string& mark) {
    if (words_.empty()) {
      marks_ += mark + " ";
    } else {
      words_.back().text += " " + mark;
    }
  }

  void describe(SpokenWord& word, std::size_t first) const {
    bool isFirst = true;
    for (std::size_t i = first; i < used_; ++i) {
      const Word& part = transcript_.words[i];
      if (core(part.text).empty()) {
        continue;
      }
      const auto time = spokenTime(part.startMilliseconds, part.endMilliseconds);
      if (std::exchange(isFirst, false)) {
        word.speaker = part.speaker.empty() ? transcript_.speaker : part.speaker;
        word.time = isTimed_ ? time : std::nullopt;
      }
      if (word.time && time) {
        word.time->end = std::max(word.time->end, time->end);
      }
      if (part.confidence > 0) {
        word.confidence = std::min(word.confidence.value_or(part.confidence), part.confidence);
      }
    }
  }

  bool takesOnlyMarks() const {
    for (std::size_t i = used_; i < transcript_.words.size(); ++i) {
      if (!core(transcript_.words[i].text).empty()) {
        return false;
      }
    }
    return true;
  }

  const Transcript& transcript_;
  bool isTimed_;
  std::size_t used_ = 0;  ///< Of the transcript's words.
  std::string marks_;     ///< Before the first word.
  std::vector<SpokenWord> words_;
};

/// When a transcript was said, from itself or from its words, if the gateway says.
inline std::optional<SpokenTime> timeOf(const Transcript& transcript) {
  const std::int64_t end = transcript.endMilliseconds.value_or(0);
  const auto own = spokenTime(transcript.startMilliseconds.value_or(0), end);
  if (end > 0 && own) {
    return own;
  }
  return hasTimedWords(transcript)
             ? spokenTime(transcript.words.front().startMilliseconds,
                          std::max_element(transcript.words.begin(), transcript.words.end(),
                                           [](const Word& a, const Word& b) {
                                             return a.endMilliseconds < b.endMilliseconds;
                                           })
                              ->endMilliseconds)
             : std::nullopt;
}

/// A transcript's words as its text spells them; nothing if the gateway's words differ, as for
/// numbers that it spells out.
inline std::optional<std::vector<SpokenWord>> wordsInText(const Transcript& transcript) {
  return WordAlignment(transcript).align();
}

/// The text's words, of which nothing more is known.
inline std::vector<SpokenWord> plainWords(const Transcript& transcript) {
  std::vector<SpokenWord> words;
  for (std::string& text : splitAtBlanks(transcript.text)) {
    words.push_back({std::move(text), std::nullopt, transcript.speaker, std::nullopt});
  }
  return words;
}

/// A transcript's words, those of the text where it can be.
inline std::vector<SpokenWord> spokenWords(const Transcript& transcript) {
  if (auto inText = wordsInText(transcript)) {
    return *std::move(inText);
  }
  std::vector<SpokenWord> words;
  const bool isTimed = hasTimedWords(transcript);
  for (const Word& word : transcript.words) {
    if (std::string text = oneLine(word.text); !text.empty()) {
      words.push_back(
          {std::move(text),
           isTimed ? spokenTime(word.startMilliseconds, word.endMilliseconds) : std::nullopt,
           word.speaker.empty() ? transcript.speaker : word.speaker,
           word.confidence > 0 ? std::optional(word.confidence) : std::nullopt});
    }
  }
  return words.empty() ? plainWords(transcript) : words;
}

/// The words of the text, each with a time; empty if the transcript has none. If the gateway does
/// not say when a word was said, its length determines its share of the whole time.
class WordTimes {
 public:
  explicit WordTimes(const Transcript& transcript) : transcript_(transcript) {}

  std::vector<SpokenWord> words() const {
    if (auto inText = wordsInText(transcript_); inText && isAnyTimed(*inText)) {
      fillIn(*inText);
      return *std::move(inText);
    }
    const auto whole = timeOf(transcript_);
    return whole ? shared(*whole) : std::vector<SpokenWord>();
  }

 private:
  static bool isAnyTimed(const std::vector<SpokenWord>& words) {
    return std::any_of(words.begin(), words.end(), [](const auto& word) { return word.time; });
  }

  // A word with an impossible time is placed between its neighbours.
  static void fillIn(std::vector<SpokenWord>& words) {
    std::optional<std::int64_t> last;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (!words[i].time && !last) {
        const auto timed = std::find_if(words.begin(), words.end(),
                                        [](const auto& word) { return word.time.has_value(); });
        last = timed->time->start;
      }
      if (!words[i].time) {
        words[i].time = SpokenTime{*last, *last};
      }
      last = words[i].time->end;
    }
  }

  std::vector<SpokenWord> shared(SpokenTime whole) const {
    std::vector<SpokenWord> words = plainWords(transcript_);
    double length = 0;
    for (const SpokenWord& word : words) {
      length += static_cast<double>(word.text.size());
    }
    const auto duration = static_cast<double>(whole.end - whole.start);
    std::int64_t start = whole.start;
    double done = 0;
    for (SpokenWord& word : words) {
      done += static_cast<double>(word.text.size());
      const auto end = whole.start + static_cast<std::int64_t>(duration * done / length);
      word.time = SpokenTime{std::exchange(start, end), end};
    }
    return words;
  }

  const Transcript& transcript_;
};

}  // namespace wsferry::gateway::detail
