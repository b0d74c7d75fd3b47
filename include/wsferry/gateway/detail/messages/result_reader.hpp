#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"
#include "wsferry/gateway/detail/messages/response_reader.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::gateway {

/// Reads results as a profile says where they have what (Profile::results); those of a profile that
/// does not, as the WS Gateway's. Of one stream, in order, as partial results may go on where the
/// last one ended. Not thread-safe.
class ResultReader {
 public:
  explicit ResultReader(ResultMembers members) : members_(std::move(members)) {}

  /// `json` is what the result is about, and JSON as readIncoming() found it; `isLast`: no other
  /// follows. Never throws for what a peer sends.
  [[nodiscard]] Response read(std::string_view json, Finality finality, bool isLast = false);

 private:
  Transcript readWhole(std::string_view json) const;
  std::vector<Transcript> readOne(std::string_view json, bool isFinal) const;
  std::vector<Transcript> readParts(std::string_view json, bool isFinal, bool isLast) const;
  template <class Take>
  void forEachWord(std::string_view json, Take take) const;
  bool isFinal(std::string_view json, Finality finality) const;
  void append(Transcript& transcript);

  ResultMembers members_;
  std::map<std::string, std::string> partials_;  ///< Of turns that go on, what they were so far.
};

namespace detail {

// Of a server that makes up turns, or never ends one.
inline constexpr std::size_t mostTurns = 64;
inline constexpr std::size_t longestTurn = std::size_t{1} << 20;

inline std::string_view firstAt(std::string_view json, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (const std::string_view value = valueAt(json, path); !value.empty()) {
      return value;
    }
  }
  return {};
}

inline std::string_view memberAt(std::string_view json, const std::string& path) {
  return path.empty() ? std::string_view() : valueAt(json, path);
}

inline std::optional<std::int64_t> timeOf(std::string_view value, bool inSeconds) {
  constexpr double mostMilliseconds = 1e12;
  const double time = isJsonNumber(value) ? numberOf(value) * (inSeconds ? 1'000 : 1) : -1;
  return time >= 0 && time < mostMilliseconds ? std::optional<std::int64_t>(std::llround(time))
                                              : std::nullopt;
}

// Of each word; what they have in common belongs to all of them.
template <class Member>
std::string commonOf(const std::vector<Word>& words, Member member) {
  const bool isCommon = !words.empty() && std::all_of(words.begin(), words.end(), [&](auto& word) {
    return word.*member == words.front().*member;
  });
  return isCommon ? words.front().*member : std::string();
}

inline Word readProfileWord(const ResultMembers& members, std::string_view json) {
  const WordMembers& at = members.word;
  Word word;
  word.text = scalarTextOf(firstAt(json, at.text));
  word.startMilliseconds = timeOf(memberAt(json, at.start), members.inSeconds).value_or(0);
  word.endMilliseconds = timeOf(memberAt(json, at.end), members.inSeconds).value_or(0);
  word.confidence = numberOf(memberAt(json, at.confidence));
  word.language = scalarTextOf(memberAt(json, at.language));
  word.speaker = scalarTextOf(memberAt(json, at.speaker));
  return word;
}

// What the result does not say and its words do.
inline void completeByWords(Transcript& transcript, const ResultMembers& members) {
  const auto& words = transcript.words;
  if (transcript.text.empty()) {
    // Those of a gateway that has no text elsewhere bring their spaces along.
    const char* between = members.text.empty() ? "" : " ";
    for (const Word& word : words) {
      transcript.text += (transcript.text.empty() ? "" : between) + word.text;
    }
  }
  if (!words.empty() && !members.word.start.empty() && !transcript.startMilliseconds) {
    transcript.startMilliseconds = words.front().startMilliseconds;
  }
  if (!words.empty() && !members.word.end.empty() && !transcript.endMilliseconds) {
    transcript.endMilliseconds = words.back().endMilliseconds;
  }
  if (transcript.speaker.empty()) {
    transcript.speaker = commonOf(words, &Word::speaker);
  }
  if (transcript.language.empty()) {
    transcript.language = commonOf(words, &Word::language);
  }
}

}  // namespace detail

inline Response ResultReader::read(std::string_view json, Finality finality, bool isLast) {
  if (members_.isEmpty()) {
    return readResponse(json);
  }
  Response response;
  response.json = json;
  response.frameType = "partial";
  std::vector<Transcript> transcripts;
  if (!json.empty()) {
    const bool isFinal = this->isFinal(json, finality);
    transcripts =
        members_.word.finality.empty() ? readOne(json, isFinal) : readParts(json, isFinal, isLast);
  }
  for (Transcript& transcript : transcripts) {
    detail::completeByWords(transcript, members_);
    append(transcript);
    if (transcript.isFinal && (members_.word.finality.empty() || !transcript.text.empty())) {
      response.frameType = "final";
    }
  }
  response.transcripts = std::move(transcripts);
  return response;
}

inline std::vector<Transcript> ResultReader::readOne(std::string_view json, bool isFinal) const {
  Transcript transcript = readWhole(json);
  transcript.isFinal = isFinal;
  forEachWord(json, [&](Word&& word, bool, bool isMarker) {
    if (!isMarker) {
      transcript.words.push_back(std::move(word));
    }
  });
  return {std::move(transcript)};
}

// Where each word has a finality of its own: the sentences that the markers end, the begin of the
// next one, and last the words that are open.
inline std::vector<Transcript> ResultReader::readParts(std::string_view json, bool isFinal,
                                                       bool isLast) const {
  Transcript whole = readWhole(json);
  whole.text.clear();
  Transcript open = whole;
  Transcript part = whole;
  part.isFinal = true;
  std::vector<Transcript> parts;
  const auto endPart = [&](bool continues) {
    part.continues = continues;
    if (!part.words.empty() || parts.empty()) {
      parts.push_back(std::exchange(part, whole));
      part.isFinal = true;
    }
  };
  forEachWord(json, [&](Word&& word, bool isFinalWord, bool isMarker) {
    if (isMarker) {
      endPart(false);
    } else {
      (isFinal || isFinalWord ? part : open).words.push_back(std::move(word));
    }
  });
  endPart(!isLast);
  parts.push_back(std::move(open));
  return parts;
}

inline Transcript ResultReader::readWhole(std::string_view json) const {
  Transcript transcript;
  transcript.text = scalarTextOf(detail::firstAt(json, members_.text));
  transcript.startMilliseconds =
      detail::timeOf(detail::memberAt(json, members_.start), members_.inSeconds);
  transcript.endMilliseconds =
      detail::timeOf(detail::memberAt(json, members_.end), members_.inSeconds);
  const auto duration =
      detail::timeOf(detail::memberAt(json, members_.duration), members_.inSeconds);
  if (!transcript.endMilliseconds && duration && transcript.startMilliseconds) {
    transcript.endMilliseconds = *transcript.startMilliseconds + *duration;
  }
  transcript.speaker = scalarTextOf(detail::memberAt(json, members_.speaker));
  transcript.language = scalarTextOf(detail::memberAt(json, members_.language));
  const std::string_view confidence = detail::memberAt(json, members_.confidence);
  if (isJsonNumber(confidence)) {
    transcript.confidence = numberOf(confidence);
  }
  transcript.channel = smallIntegerOf(detail::memberAt(json, members_.channel));
  transcript.turn = scalarTextOf(detail::memberAt(json, members_.turn));
  return transcript;
}

template <class Take>
void ResultReader::forEachWord(std::string_view json, Take take) const {
  const std::string_view words = detail::memberAt(json, members_.words);
  if (words.substr(0, 1) != "[") {
    return;
  }
  JsonCursor cursor(words);
  forEachElement(cursor, [&] {
    const std::string_view value = cursor.skipValue();
    Word word = detail::readProfileWord(members_, value);
    if (!word.text.empty()) {
      const auto& markers = members_.markers;
      const bool isMarker = std::find(markers.begin(), markers.end(), word.text) != markers.end();
      take(std::move(word), detail::memberAt(value, members_.word.finality) == "true", isMarker);
    }
  });
}

inline bool ResultReader::isFinal(std::string_view json, Finality finality) const {
  if (finality != Finality::byMember) {
    return finality == Finality::final;
  }
  return !members_.finality.empty() &&
         scalarTextOf(valueAt(json, members_.finality)) == members_.finalValue;
}

inline void ResultReader::append(Transcript& transcript) {
  if (!members_.partialsAppend) {
    return;
  }
  if (transcript.isFinal) {
    partials_.erase(transcript.turn);
    return;
  }
  if (partials_.size() < detail::mostTurns || partials_.count(transcript.turn) != 0) {
    std::string& text = partials_[transcript.turn];
    if (text.size() + transcript.text.size() <= detail::longestTurn) {
      text += transcript.text;
    }
    transcript.text = text;
  }
}

}  // namespace wsferry::gateway
