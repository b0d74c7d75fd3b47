#include "tool/stream/stream_json.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "tool/report/json_line.hpp"

namespace wsferry::tool {

namespace {

constexpr std::chrono::milliseconds progressInterval{1'000};

double inSeconds(std::chrono::milliseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

void writeServersWords(JsonLine& line, const gateway::ErrorResponse& response) {
  line.beginObject("serverError");
  line.number("statusCode", static_cast<std::uint64_t>(std::max(response.statusCode, 0)));
  line.text("title", response.title);
  line.text("message", response.message);
  line.text("internalErrorName", response.internalErrorName);
  line.json("details", response.json);
  line.endObject();
}

void writeTime(JsonLine& line, const char* name, std::int64_t time) {
  line.number(name, static_cast<std::uint64_t>(std::max<std::int64_t>(time, 0)));
}

// What its gateway says besides the text. Times are milliseconds.
void writeTranscript(JsonLine& line, const gateway::Transcript& transcript) {
  if (transcript.startMilliseconds) {
    writeTime(line, "start", *transcript.startMilliseconds);
  }
  if (transcript.endMilliseconds) {
    writeTime(line, "end", *transcript.endMilliseconds);
  }
  for (const auto& [name, value] :
       {std::pair<const char*, const std::string&>{"speaker", transcript.speaker},
        {"language", transcript.language},
        {"turn", transcript.turn}}) {
    if (!value.empty()) {
      line.text(name, value);
    }
  }
  if (transcript.confidence) {
    line.fraction("confidence", *transcript.confidence);
  }
  if (transcript.isFinal) {
    line.flag("continues", transcript.continues);
  }
  line.beginArray("words");
  for (const gateway::Word& word : transcript.words) {
    line.beginElement();
    line.text("text", word.text);
    writeTime(line, "start", word.startMilliseconds);
    writeTime(line, "end", word.endMilliseconds);
    if (!word.speaker.empty()) {
      line.text("speaker", word.speaker);
    }
    line.endObject();
  }
  line.endArray();
}

void writeFailure(JsonLine& line, const StreamOutcome& outcome) {
  const gateway::Verdict& verdict = outcome.verdict;
  line.text("error", outcome.failure.error);
  line.text("message", outcome.failure.message);
  if (verdict.cause != gateway::LossCause::none) {
    line.text("cause", toString(verdict.cause));
  }
  if (!verdict.response.json.empty()) {
    writeServersWords(line, verdict.response);
  }
  if (verdict.info.closeCode != 0) {
    line.number("closeCode", verdict.info.closeCode);
    line.text("closeReason", verdict.info.closeReason);
  }
  if (outcome.failure.httpStatus != 0) {
    line.number("httpStatus", static_cast<std::uint64_t>(outcome.failure.httpStatus));
    line.text("httpBody", outcome.failure.httpBody);
    if (!outcome.failure.retryAfter.empty()) {
      line.text("retryAfter", outcome.failure.retryAfter);
    }
  }
  if (!outcome.failure.remedy.empty()) {
    line.text("remedy", outcome.failure.remedy);
  }
  line.flag("retryable", verdict.retryable);
}

}  // namespace

void StreamJson::start(const std::string& url, const std::string& input) {
  const std::lock_guard lock(mutex_);
  if (verbosity_ == Verbosity::quiet) {
    return;
  }
  writeEvent(events_, "start", [&](JsonLine& line) {
    line.text("version", WSFERRY_VERSION);
    line.text("command", "stream");
    line.text("from", input);
    line.text("to", url);
  });
}

void StreamJson::metadata(const gateway::StreamMetadata& metadata) {
  const std::lock_guard lock(mutex_);
  streamId_ = metadata.streamId;
  if (verbosity_ == Verbosity::quiet) {
    return;
  }
  writeEvent(events_, "metadata", [&](JsonLine& line) {
    line.text("streamId", metadata.streamId);
    line.text("groupId", metadata.groupId);
    line.text("name", metadata.name);
    line.text("state", metadata.state);
    line.json("stream", metadata.json);
  });
}

void StreamJson::response(const gateway::Response& response) {
  const std::lock_guard lock(mutex_);
  if (response.transcripts) {
    transcripts(response);
    return;
  }
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

// An event for each text; the whole response with the first.
void StreamJson::transcripts(const gateway::Response& response) {
  std::string_view json = response.json;
  for (const gateway::Transcript& each : *response.transcripts) {
    if (sentences_.says(each)) {
      (each.isFinal ? resultCount_ : partialCount_) += each.text.empty() ? 0 : 1;
      writeEvent(events_, "response", [&](JsonLine& line) {
        line.text("frameType", each.isFinal ? "final" : "partial");
        line.text("text", each.text);
        writeTranscript(line, each);
        line.json("response", std::exchange(json, {}));
      });
    }
    results_.add(each);
  }
}

void StreamJson::binary(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  ++resultCount_;
  writeEvent(events_, "binary", [&](JsonLine& line) { line.number("bytes", bytes.size()); });
  results_.addBytes(bytes);
}

void StreamJson::rawText(std::string_view text) {
  const std::lock_guard lock(mutex_);
  ++resultCount_;
  writeEvent(events_, "text", [&](JsonLine& line) { line.text("text", text); });
  results_.addText(text);
}

void StreamJson::unknown(std::string_view json) {
  const std::lock_guard lock(mutex_);
  ++unknownCount_;
  if (verbosity_ == Verbosity::quiet) {
    return;
  }
  writeEvent(events_, "unknown", [&](JsonLine& line) { line.json("message", json); });
}

void StreamJson::warning(const std::string& kind, std::string_view message) {
  const std::lock_guard lock(mutex_);
  if (shown_.admits(kind)) {
    diagnostic(message);
  }
}

void StreamJson::diagnostic(std::string_view message) {
  writeEvent(events_, "diagnostic", [&](JsonLine& line) {
    line.text("kind", "warning");
    line.text("message", message);
  });
}

void StreamJson::progress(const StreamProgress& progress) {
  const std::lock_guard lock(mutex_);
  const TimePoint now = Clock::now();
  if (verbosity_ == Verbosity::quiet || now - lastProgress_ < progressInterval) {
    return;
  }
  lastProgress_ = now;
  writeEvent(events_, "progress", [&](JsonLine& line) {
    line.number("audioBytes", progress.audioBytes);
    line.number("results", resultCount_);
    line.seconds("seconds", inSeconds(progress.elapsed));
  });
}

void StreamJson::ended(const StreamOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  const gateway::Verdict& verdict = outcome.verdict;
  for (const std::string& text : shown_.takeHeldBack()) {
    diagnostic(text);
  }
  writeEvent(events_, "result", [&](JsonLine& line) {
    line.flag("ok", outcome.isSuccess());
    line.number("exitCode", static_cast<std::uint64_t>(outcome.failure.exitCode));
    line.text("outcome", outcome.name());
    if (outcome.interrupted) {
      line.flag("interrupted", true);
      line.flag("audioLeft", outcome.audioLeft);
    }
    line.text("streamId", streamId_);
    line.number("audioBytesSent", verdict.audioBytesSent);
    line.number("audioBytesUnsent", verdict.audioBytesUnsent);
    line.number("results", resultCount_);
    line.number("partials", partialCount_);
    line.number("unknown", unknownCount_);
    line.seconds("seconds", inSeconds(outcome.elapsed));
    line.flag("endedByServer", verdict.endedByServer);
    line.beginArray("openPartials");
    for (const gateway::Response& partial : verdict.openPartials) {
      line.element(textOf(partial).value_or(std::string()));
    }
    line.endArray();
    if (!outcome.isSuccess()) {
      writeFailure(line, outcome);
    }
  });
}

}  // namespace wsferry::tool
