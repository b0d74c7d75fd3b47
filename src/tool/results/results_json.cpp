#include "tool/results/results_json.hpp"

#include <optional>

#include "tool/report/json_line.hpp"
#include "tool/stream/stream_report.hpp"

namespace wsferry::tool {

namespace {

void writeResultsFailure(JsonLine& line, const ResultsOutcome& outcome) {
  const FailureReport& failure = outcome.failure;
  line.text("error", failure.error);
  line.text("message", failure.message);
  if (!outcome.verdict.response.json.empty()) {
    line.json("serverError", outcome.verdict.response.json);
  }
  if (failure.httpStatus != 0) {
    line.number("httpStatus", static_cast<std::uint64_t>(failure.httpStatus));
    line.text("httpBody", failure.httpBody);
  }
  if (!failure.remedy.empty()) {
    line.text("remedy", failure.remedy);
  }
}

}  // namespace

void ResultsJson::start(const std::string& url, const std::string& what) {
  if (verbosity_ != Verbosity::quiet) {
    writeEvent(events_, "start", [&](JsonLine& line) {
      line.text("version", WSFERRY_VERSION);
      line.text("command", "results");
      line.text("from", url);
      line.text("streams", what);
    });
  }
}

void ResultsJson::result(const gateway::Response& response) {
  ++(isPartial(response) ? partialCount_ : resultCount_);
  const std::optional<std::string> text = textOf(response);
  writeEvent(events_, "response", [&](JsonLine& line) {
    line.text("frameType", response.frameType);
    if (text) {
      line.text("text", *text);
    }
    line.json("response", response.json);
  });
  for (const gateway::Transcript& each : transcriptsIn(response)) {
    results_.add(each);
  }
}

void ResultsJson::bytes(std::string_view bytes) {
  writeEvent(events_, "binary", [&](JsonLine& line) { line.number("bytes", bytes.size()); });
  results_.addBytes(bytes);
}

void ResultsJson::problem(const std::string& problem, std::string_view text) {
  if (shown_.admits("line that is not a result")) {
    diagnostic("warning", problem + ": " + std::string(text));
  }
}

void ResultsJson::reconnecting(const std::string& reason) {
  if (verbosity_ != Verbosity::quiet && shown_.admits("reconnection")) {
    diagnostic("reconnecting", reason);
  }
}

void ResultsJson::warning(const std::string& message) {
  diagnostic("warning", message);
}

void ResultsJson::diagnostic(const char* kind, std::string_view message) {
  writeEvent(events_, "diagnostic", [&](JsonLine& line) {
    line.text("kind", kind);
    line.text("message", message);
  });
}

void ResultsJson::ended(const ResultsOutcome& outcome) {
  const platform::EgressVerdict& verdict = outcome.verdict;
  for (const std::string& text : shown_.takeHeldBack()) {
    diagnostic("warning", text);
  }
  writeEvent(events_, "result", [&](JsonLine& line) {
    line.flag("ok", verdict.isSuccess());
    line.number("exitCode", static_cast<std::uint64_t>(outcome.failure.exitCode));
    line.text("outcome", toString(verdict.outcome));
    line.number("results", resultCount_);
    line.number("partials", partialCount_);
    line.number("bytes", verdict.bytes);
    line.number("repeats", verdict.repeats);
    line.number("unreadable", verdict.unreadable);
    line.number("reconnections", verdict.reconnections);
    line.seconds("seconds", std::chrono::duration<double>(outcome.elapsed).count());
    line.beginArray("openPartials");
    for (const gateway::Response& partial : verdict.openPartials) {
      line.element(textOf(partial).value_or(std::string()));
    }
    line.endArray();
    line.beginArray("resume");
    for (const platform::EgressPosition& position : verdict.positions) {
      line.element(position.sinkTopicName + "=" + position.messageId);
    }
    line.endArray();
    if (!verdict.isSuccess()) {
      writeResultsFailure(line, outcome);
    }
  });
}

}  // namespace wsferry::tool
