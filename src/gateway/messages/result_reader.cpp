#include "gateway/messages/result_reader.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "gateway/messages/incoming_message.hpp"
#include "gateway/messages/json_values.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"

namespace wsferry::gateway {
namespace {

// Of a server that makes up turns, or never ends one.
constexpr std::size_t mostTurns = 64;
constexpr std::size_t longestTurn = std::size_t{1} << 20;

std::string_view firstAt(std::string_view json, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (const std::string_view value = valueAt(json, path); !value.empty()) {
      return value;
    }
  }
  return {};
}

std::string_view memberAt(std::string_view json, const std::string& path) {
  return path.empty() ? std::string_view() : valueAt(json, path);
}

std::optional<std::int64_t> timeOf(std::string_view value, bool inSeconds) {
  constexpr double longest = 1e12;
  const double time = isJsonNumber(value) ? numberOf(value) * (inSeconds ? 1'000 : 1) : -1;
  return time >= 0 && time < longest ? std::optional<std::int64_t>(std::llround(time))
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

Word readWord(const ResultMembers& members, std::string_view json) {
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
void complete(Transcript& transcript, const ResultMembers& members) {
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

}  // namespace

Response ResultReader::read(std::string_view json, Finality finality, bool isLast) {
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
    complete(transcript, members_);
    append(transcript);
    if (transcript.isFinal && (members_.word.finality.empty() || !transcript.text.empty())) {
      response.frameType = "final";
    }
  }
  response.transcripts = std::move(transcripts);
  return response;
}

std::vector<Transcript> ResultReader::readOne(std::string_view json, bool isFinal) const {
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
std::vector<Transcript> ResultReader::readParts(std::string_view json, bool isFinal,
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

Transcript ResultReader::readWhole(std::string_view json) const {
  Transcript transcript;
  transcript.text = scalarTextOf(firstAt(json, members_.text));
  transcript.startMilliseconds = timeOf(memberAt(json, members_.start), members_.inSeconds);
  transcript.endMilliseconds = timeOf(memberAt(json, members_.end), members_.inSeconds);
  const auto duration = timeOf(memberAt(json, members_.duration), members_.inSeconds);
  if (!transcript.endMilliseconds && duration && transcript.startMilliseconds) {
    transcript.endMilliseconds = *transcript.startMilliseconds + *duration;
  }
  transcript.speaker = scalarTextOf(memberAt(json, members_.speaker));
  transcript.language = scalarTextOf(memberAt(json, members_.language));
  const std::string_view confidence = memberAt(json, members_.confidence);
  if (isJsonNumber(confidence)) {
    transcript.confidence = numberOf(confidence);
  }
  transcript.channel = smallIntegerOf(memberAt(json, members_.channel));
  transcript.turn = scalarTextOf(memberAt(json, members_.turn));
  return transcript;
}

template <class Take>
void ResultReader::forEachWord(std::string_view json, Take take) const {
  const std::string_view words = memberAt(json, members_.words);
  if (words.substr(0, 1) != "[") {
    return;
  }
  JsonCursor cursor(words);
  forEachElement(cursor, [&] {
    const std::string_view value = cursor.skipValue();
    Word word = readWord(members_, value);
    if (!word.text.empty()) {
      const auto& markers = members_.markers;
      const bool isMarker = std::find(markers.begin(), markers.end(), word.text) != markers.end();
      take(std::move(word), memberAt(value, members_.word.finality) == "true", isMarker);
    }
  });
}

bool ResultReader::isFinal(std::string_view json, Finality finality) const {
  if (finality != Finality::byMember) {
    return finality == Finality::final;
  }
  return !members_.finality.empty() &&
         scalarTextOf(valueAt(json, members_.finality)) == members_.finalValue;
}

void ResultReader::append(Transcript& transcript) {
  if (!members_.partialsAppend) {
    return;
  }
  if (transcript.isFinal) {
    partials_.erase(transcript.turn);
    return;
  }
  if (partials_.size() < mostTurns || partials_.count(transcript.turn) != 0) {
    std::string& text = partials_[transcript.turn];
    if (text.size() + transcript.text.size() <= longestTurn) {
      text += transcript.text;
    }
    transcript.text = text;
  }
}

}  // namespace wsferry::gateway
