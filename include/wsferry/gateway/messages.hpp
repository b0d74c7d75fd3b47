#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/export.hpp"

namespace wsferry::gateway {

// What a gateway sends (protocol section 6). Every member may be missing, null or of another type:
// it is then empty. Untyped parts are kept as JSON text.

/// `STREAM_METADATA` (protocol section 6.3).
struct StreamMetadata {
  std::string streamId;
  std::string groupId;
  std::string name;
  std::string state;  ///< READY, COMPLETED, FAILED, EXPIRED; others may come.
  std::string json;   ///< The whole `stream` object.
};

struct Word {
  std::string text;  ///< From the WS Gateway with its own spaces: words join without a separator.
  std::int64_t startMilliseconds = 0;
  std::int64_t endMilliseconds = 0;
  double confidence = 0;
  std::string language;
  std::string speaker;  ///< If the profile says where to find it.
};

/// What was said, in one form for every gateway's profile. Empty where a gateway says nothing.
struct Transcript {
  std::string text;
  bool isFinal = false;  ///< Otherwise the next one of the turn and channel replaces it.
  /// The next final one continues this sentence: gateways whose words become final one by one send
  /// a text in parts. The last part does not continue, and may have no text.
  bool continues = false;
  std::vector<Word> words;  ///< Those with text.
  std::optional<std::int64_t> startMilliseconds;
  std::optional<std::int64_t> endMilliseconds;
  std::string speaker;  ///< Of all its words.
  std::string language;
  std::optional<double> confidence;  ///< From 0 to 1.
  std::int32_t channel = 0;
  std::string turn;  ///< Identifies the partial transcripts and the final one that belong together.
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
  /// Microseconds since 1970 if it came as an integer; otherwise its text is in publishTime.
  std::optional<std::int64_t> publishMicroseconds;
  std::string publishTime;
  std::string frameType;                       ///< final or partial; others may come.
  std::string payloadSchema;                   ///< As sent; compare with hasSchema().
  std::string payload;                         ///< JSON text; empty if null or missing.
  std::map<std::string, std::string> headers;  ///< Those that are strings.
  std::string json;                            ///< The whole `response` object.

  /// By Profile::results, including those without text; nothing if that is empty, as for the WS
  /// Gateway. frameType then follows from it, and only that and `json` are set. @see
  /// transcriptsOf()
  std::optional<std::vector<Transcript>> transcripts;

  bool isFinal() const { return frameType == "final"; }

  /// Whether the schema's last dotted part is this one, so that a moved package does not matter.
  WSFERRY_API bool hasSchema(std::string_view lastPart) const;
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

/// The transcription in a response; nothing if it has another schema or form.
[[nodiscard]] WSFERRY_API std::optional<Transcription> transcriptionOf(const Response& response);

/// The transcripts with text in a response, by its profile or from a transcription.
[[nodiscard]] WSFERRY_API std::vector<Transcript> transcriptsOf(const Response& response);

/// The decoded payload of the schema `string` or `bytes`; nothing for other schemas.
[[nodiscard]] WSFERRY_API std::optional<std::string> rawPayloadOf(const Response& response);

/// `ERROR`, or the body of a refused upgrade (protocol section 6.7), by Profile::errors.
struct ErrorResponse {
  int statusCode = 0;
  std::string title;
  std::string message;
  std::string internalErrorName;  ///< Such as STREAM_CONFIGURATION_BAD_PATCH; open-ended.
  std::string json;               ///< All of it, nested errors included.
};

}  // namespace wsferry::gateway
