#include "wsferry/gateway/messages.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "gateway/messages/json_values.hpp"
#include "wsferry/core/detail/text/base64.hpp"

namespace wsferry::gateway {
namespace {

Word readWord(JsonCursor& cursor) {
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

std::vector<Word> readWords(JsonCursor& cursor) {
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

bool readTranscription(JsonCursor& cursor, Transcription& transcription) {
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

}  // namespace

bool Response::hasSchema(std::string_view lastPart) const {
  const std::string_view schema = payloadSchema;
  return schema.substr(schema.rfind('.') + 1) == lastPart;
}

std::optional<Transcription> transcriptionOf(const Response& response) {
  if (!response.hasSchema("TranscriptionResponseDto")) {
    return std::nullopt;
  }
  Transcription transcription;
  const bool isGood = readJson(response.payload, [&](JsonCursor& cursor) {
    return readTranscription(cursor, transcription);
  });
  return isGood ? std::optional(std::move(transcription)) : std::nullopt;
}

std::vector<Transcript> transcriptsOf(const Response& response) {
  if (response.transcripts) {
    std::vector<Transcript> withText;
    std::copy_if(response.transcripts->begin(), response.transcripts->end(),
                 std::back_inserter(withText),
                 [](const Transcript& each) { return !each.text.empty(); });
    return withText;
  }
  auto transcription = transcriptionOf(response);
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

std::optional<std::string> rawPayloadOf(const Response& response) {
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
