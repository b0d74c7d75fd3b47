#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsferry::gateway {

// What a gateway sends (protocol section 6). Every member may be missing, null or of another type:
// it is empty then. What is not typed is kept as JSON text.

/// `STREAM_METADATA` (protocol section 6.3).
struct StreamMetadata {
  std::string streamId;
  std::string groupId;
  std::string name;
  std::string state;  ///< READY, COMPLETED, FAILED, EXPIRED; others may come.
  std::string json;   ///< The whole `stream` object.
};

/// The envelope of a result: `RESPONSE` (protocol section 6.4).
struct Response {
  std::string streamId;
  std::string groupId;
  std::vector<std::string> tags;  ///< Those that are strings, and not empty.
  std::string sinkTopicName;      ///< With messageId, where another reader resumes.
  std::string messageId;
  std::string processorId;
  std::optional<std::int64_t> sequenceId;
  /// Microseconds since 1970, where it came as an integer; else its text is in publishTime.
  std::optional<std::int64_t> publishMicroseconds;
  std::string publishTime;
  std::string frameType;                       ///< final or partial; others may come.
  std::string payloadSchema;                   ///< As sent; compare with hasSchema().
  std::string payload;                         ///< JSON text; empty if null or missing.
  std::map<std::string, std::string> headers;  ///< Those that are strings.
  std::string json;                            ///< The whole `response` object.

  bool isFinal() const { return frameType == "final"; }

  /// Whether the schema's last dotted part is this one, so that a moved package does not matter.
  bool hasSchema(std::string_view lastPart) const;
};

struct Word {
  std::string text;  ///< With its own spaces: words join without a separator.
  std::int64_t startMilliseconds = 0;
  std::int64_t endMilliseconds = 0;
  double confidence = 0;
  std::string language;
};

/// A payload of the schema `TranscriptionResponseDto` (protocol section 6.4).
struct Transcription {
  std::string text;
  std::vector<Word> words;  ///< Those with text.
  std::int64_t startMilliseconds = 0;
  std::int64_t endMilliseconds = 0;
  std::int32_t channel = 0;
  bool utterance = false;
};

/// The transcription in a response; nothing if its schema or form is another.
[[nodiscard]] std::optional<Transcription> transcriptionOf(const Response& response);

/// What a payload of the schema `string` or `bytes` stands for, decoded; nothing for other schemas.
[[nodiscard]] std::optional<std::string> rawPayloadOf(const Response& response);

/// `ERROR`, or the body of a refused upgrade (protocol section 6.7).
struct ErrorResponse {
  int statusCode = 0;
  std::string title;
  std::string message;
  std::string internalErrorName;  ///< Such as STREAM_CONFIGURATION_BAD_PATCH; open-ended.
  std::string json;               ///< All of it, nested errors included.
};

}  // namespace wsferry::gateway
