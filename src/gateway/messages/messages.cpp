#include "wsferry/gateway/messages.hpp"

#include "wsferry/gateway/detail/messages/transcription_reader.hpp"

namespace wsferry::gateway {

bool Response::hasSchema(std::string_view lastPart) const {
  const std::string_view schema = payloadSchema;
  return schema.substr(schema.rfind('.') + 1) == lastPart;
}

std::optional<Transcription> transcriptionOf(const Response& response) {
  return readTranscription(response);
}

std::vector<Transcript> transcriptsOf(const Response& response) {
  return readTranscripts(response);
}

std::optional<std::string> rawPayloadOf(const Response& response) {
  return readRawPayload(response);
}

}  // namespace wsferry::gateway
