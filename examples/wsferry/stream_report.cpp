#include "stream_report.hpp"

#include <utility>

#include "size_format.hpp"

namespace wsferry::tool {

std::optional<std::string> textOf(const gateway::Response& response) {
  if (auto transcription = gateway::transcriptionOf(response)) {
    return std::move(transcription->text);
  }
  return response.hasSchema("string") ? gateway::rawPayloadOf(response) : std::nullopt;
}

std::vector<std::string> FirstFew::heldBack() const {
  std::vector<std::string> lines;
  for (const auto& [kind, count] : counts_) {
    if (count > most) {
      lines.push_back(formatCount(count - most) + " more, not shown: " + kind);
    }
  }
  return lines;
}

}  // namespace wsferry::tool
