#include "tool/stream/stream_report.hpp"

#include <utility>

#include "tool/terminal/printable_text.hpp"
#include "wsferry/core/detail/json/json_members.hpp"

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

std::string unreadableText(const gateway::Response& response) {
  if (response.transcripts) {
    return {};  // By a profile, whose problems the stream tells.
  }
  if (response.json.empty() || response.json.front() != '{') {
    return "a result is no object";
  }
  if (!response.hasSchema("TranscriptionResponseDto") || response.payload.empty()) {
    return {};
  }
  const std::string_view text = jsonMemberOf(response.payload, "transcription");
  const bool hasWords = !jsonMemberOf(response.payload, "words").empty();
  const bool isRead = text == "null" || text.substr(0, 1) == "\"" || (text.empty() && hasWords);
  return isRead ? "" : "a transcription has no text";
}

std::string notShownText(const std::set<std::string>& schemas) {
  std::set<std::string> names;
  for (const std::string& schema : schemas) {
    names.insert(schema.substr(schema.rfind('.') + 1));
  }
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + printable(name.empty() ? "none" : name, 100);
  }
  return "results that are not text (" + text + ") are shown with --json only";
}

}  // namespace wsferry::tool
