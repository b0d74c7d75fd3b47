#include "tool/stream/stream_report.hpp"

#include <utility>

namespace wsferry::tool {

std::optional<std::string> textOf(const gateway::Response& response) {
  if (response.transcripts) {
    const auto transcripts = gateway::transcriptsOf(response);
    return transcripts.empty() ? std::nullopt : std::optional(transcripts.back().text);
  }
  if (auto transcription = gateway::transcriptionOf(response)) {
    return std::move(transcription->text);
  }
  return response.hasSchema("string") ? gateway::rawPayloadOf(response) : std::nullopt;
}

}  // namespace wsferry::tool
