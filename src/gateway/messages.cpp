#include "wsferry/gateway/messages.hpp"

#include "core/base64.hpp"
#include "gateway/json_members.hpp"

namespace wsferry::gateway {
namespace {

Word readWord(std::string_view json) {
  Word word;
  forEachMember(json, [&word](std::string_view key, std::string_view value) {
    if (jsonStringEquals(key, "word")) {
      word.text = stringOf(value);
    } else if (jsonStringEquals(key, "start")) {
      word.startMilliseconds = integerOf(value).value_or(0);
    } else if (jsonStringEquals(key, "end")) {
      word.endMilliseconds = integerOf(value).value_or(0);
    } else if (jsonStringEquals(key, "confidence")) {
      word.confidence = numberOf(value);
    } else if (jsonStringEquals(key, "language")) {
      word.language = stringOf(value);
    }
  });
  return word;
}

std::vector<Word> readWords(std::string_view json) {
  std::vector<Word> words;
  forEachElement(json, [&words](std::string_view value) {
    if (isJsonObject(value)) {
      words.push_back(readWord(value));
    }
  });
  return words;
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
  const bool isObject =
      forEachMember(response.payload, [&](std::string_view key, std::string_view value) {
        if (jsonStringEquals(key, "transcription")) {
          transcription.text = stringOf(value);
        } else if (jsonStringEquals(key, "words")) {
          transcription.words = readWords(value);
        } else if (jsonStringEquals(key, "start")) {
          transcription.startMilliseconds = integerOf(value).value_or(0);
        } else if (jsonStringEquals(key, "end")) {
          transcription.endMilliseconds = integerOf(value).value_or(0);
        } else if (jsonStringEquals(key, "channel")) {
          transcription.channel = smallIntegerOf(value);
        } else if (jsonStringEquals(key, "utterance")) {
          transcription.utterance = value == "true";
        }
      });
  return isObject ? std::optional(std::move(transcription)) : std::nullopt;
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
