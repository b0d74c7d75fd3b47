#include "tool/stream/stream_report.hpp"

#include <utility>

#include "tool/terminal/printable_text.hpp"

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
