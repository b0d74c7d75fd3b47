#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/messages.hpp"

namespace wsferry::gateway {

/// What transcriptionOf(), transcriptsOf() and rawPayloadOf() of the public interface give.
[[nodiscard]] std::optional<Transcription> readTranscription(const Response& response);
[[nodiscard]] std::vector<Transcript> readTranscripts(const Response& response);
[[nodiscard]] std::optional<std::string> readRawPayload(const Response& response);

namespace detail {

inline Word readWord(JsonCursor& cursor) {
  Word word;
  forEachMember(cursor, [&](std::string_view key) {
    const std::string_view value = cursor.skipValue();
    if (key == "word") {
      word.text = stringOf(value);
    } else if (key == "start") {
      word.startMilliseconds = integerOf(value).value_or(0);
    } else if (key == "end") {
      word.endMilliseconds = integerOf(value).value_or(0);
    } else if (key == "confidence") {
      word.confidence = numberOf(value);
    } else if (key == "language") {
      word.language = stringOf(value);
    }
  });
  return word;
}

inline std::vector<Word> readWords(JsonCursor& cursor) {
  std::vector<Word> words;
  forEachElement(cursor, [&] {
    if (cursor.peek() != '{') {
      cursor.skipValue();
      return;
    }
    // A word takes much more room than `{}` does in a message.
    if (Word word = readWord(cursor); !word.text.empty()) {
      words.push_back(std::move(word));
    }
  });
  return words;
}

inline bool readTranscriptionMembers(JsonCursor& cursor, Transcription& transcription) {
  return forEachMember(cursor, [&](std::string_view key) {
    if (key == "words") {
      transcription.words = readWords(cursor);
      return;
    }
    const std::string_view value = cursor.skipValue();
    if (key == "transcription") {
      transcription.text = stringOf(value);
    } else if (key == "start") {
      transcription.startMilliseconds = integerOf(value).value_or(0);
    } else if (key == "end") {
      transcription.endMilliseconds = integerOf(value).value_or(0);
    } else if (key == "channel") {
      transcription.channel = smallIntegerOf(value);
    } else if (key == "utterance") {
      transcription.utterance = value == "true";
    }
  });
}

}  // namespace detail

inline std::optional<Transcription> readTranscription(const Response& response) {
  if (!response.hasSchema("TranscriptionResponseDto")) {
    return std::nullopt;
  }
  Transcription transcription;
  const bool isGood = readJson(response.payload, [&](JsonCursor& cursor) {
    return detail::readTranscriptionMembers(cursor, transcription);
  });
  return isGood ? std::optional(std::move(transcription)) : std::nullopt;
}

inline std::vector<Transcript> readTranscripts(const Response& response) {
  if (response.transcripts) {
    std::vector<Transcript> withText;
    std::copy_if(response.transcripts->begin(), response.transcripts->end(),
                 std::back_inserter(withText),
                 [](const Transcript& each) { return !each.text.empty(); });
    return withText;
  }
  auto transcription = readTranscription(response);
  if (transcription && transcription->text.empty()) {
    for (const Word& word : transcription->words) {  // They bring their spaces along.
      transcription->text += word.text;
    }
  }
  if (!transcription || transcription->text.empty()) {
    return {};
  }
  Transcript transcript;
  transcript.text = std::move(transcription->text);
  transcript.isFinal = response.isFinal();
  transcript.words = std::move(transcription->words);
  transcript.startMilliseconds = transcription->startMilliseconds;
  transcript.endMilliseconds = transcription->endMilliseconds;
  transcript.channel = transcription->channel;
  transcript.turn = response.processorId;
  if (!transcript.words.empty()) {
    transcript.language = transcript.words.front().language;
  }
  return {std::move(transcript)};
}

inline std::optional<std::string> readRawPayload(const Response& response) {
  if (!isJsonString(response.payload)) {
    return std::nullopt;
  }
  if (response.hasSchema("string")) {
    return stringOf(response.payload);
  }
  std::string bytes;
  if (response.hasSchema("bytes") && decodeBase64(stringOf(response.payload), bytes)) {
    return bytes;
  }
  return std::nullopt;
}

}  // namespace wsferry::gateway
