#include <utility>

#include "platform/egress/egress_session.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/gateway/detail/messages/error_reader.hpp"
#include "wsferry/gateway/detail/messages/response_reader.hpp"
#include "wsferry/platform/detail/egress/egress_line.hpp"

// What an EgressSession makes of the blocks of an answer.

namespace wsferry::platform {
namespace {

constexpr std::size_t mostTopics = 64;

}  // namespace

void EgressSession::takeResults(std::string block) {
  if (options_.format == gateway::EgressFormat::raw) {
    verdict_.bytes += block.size();
    rule_.onProgress();
    note(EgressEvent::Kind::bytes, {}, block);
    return;
  }
  lines_.add(std::move(block));
  while (const auto line = lines_.next()) {
    takeLine(*line);
    if (phase_ != Phase::reading) {
      return;
    }
  }
}

void EgressSession::takeLine(const LineReader::Line& line) {
  if (isBlankLine(line)) {
    return;
  }
  std::string problem = problemOfLine(line, options_.longestLine);
  if (problem.empty()) {
    gateway::Response response = gateway::readResponse(line.text);
    if (isResult(response)) {
      takeResult(std::move(response));
      return;
    }
    if (auto error =
            gateway::readErrorBody(gateway::Profile(), blankSecrets(line.text, secrets_))) {
      ErrorInfo info;
      info.message =
          "The Egress Service failed: " + printable(error->title + ": " + error->message, 500);
      verdict_.response = std::move(*error);
      finish(EgressOutcome::failed, Errc::remoteFailed, std::move(info));
      return;
    }
    problem = "a JSON object that is not a result";
  }
  if (verdict_.unreadable++ == 0) {
    positionsBeforeLoss_ = positions_.positions();
  }
  note(EgressEvent::Kind::problem, problem,
       std::string_view(line.text).substr(0, LineReader::keptStart));
}

void EgressSession::takeResult(gateway::Response response) {
  if (positions_.look(response.sinkTopicName, response.messageId) ==
      ResumePositions::Look::repeat) {
    ++verdict_.repeats;
    return;
  }
  rule_.onProgress();
  ++verdict_.results;
  if (openPartials_.size() < mostTopics || openPartials_.count(response.sinkTopicName) != 0) {
    openPartials_[response.sinkTopicName].note(response);
  }
  EgressEvent event;
  event.kind = EgressEvent::Kind::result;
  event.result = std::move(response);
  events_.push_back(std::move(event));
  if (verdict_.results == options_.count) {
    openPartials_.clear();  // Nobody waited for what becomes of them.
    complete();
  }
}

void EgressSession::note(EgressEvent::Kind kind, const std::string& message,
                         std::string_view text) {
  EgressEvent event;
  event.kind = kind;
  event.message = blankSecrets(message, secrets_);
  event.text = kind == EgressEvent::Kind::bytes
                   ? std::string(text)
                   : blankSecretsWithin(text, LineReader::keptStart, secrets_);
  events_.push_back(std::move(event));
}

}  // namespace wsferry::platform
