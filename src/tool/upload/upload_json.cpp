#include "tool/upload/upload_json.hpp"

#include "tool/report/json_line.hpp"

namespace wsferry::tool {

namespace {

constexpr std::chrono::milliseconds jsonUploadInterval{1'000};

void writeUploadProgress(JsonLine& line, const UploadProgress& progress) {
  line.number("bytes", progress.bytes);
  if (progress.size) {
    line.number("size", *progress.size);
  }
  line.seconds("seconds", std::chrono::duration<double>(progress.elapsed).count());
}

void writeUploadFailure(JsonLine& line, const UploadOutcome& outcome) {
  const FailureReport& failure = outcome.failure;
  line.text("error", failure.error);
  line.text("message", failure.message);
  if (!failure.remoteCode.empty()) {
    line.text("remoteCode", failure.remoteCode);
  }
  if (failure.httpStatus != 0) {
    line.number("httpStatus", static_cast<std::uint64_t>(failure.httpStatus));
    line.text("httpBody", failure.httpBody);
  }
  if (!failure.retryAfter.empty()) {
    line.text("retryAfter", failure.retryAfter);
  }
  if (!failure.remedy.empty()) {
    line.text("remedy", failure.remedy);
  }
  if (!outcome.cancelled.empty()) {
    line.text("cancelled", outcome.cancelled);
  }
}

}  // namespace

void UploadJson::start(const std::string& url, const std::string& input) {
  if (verbosity_ != Verbosity::quiet) {
    writeEvent(events_, "start", [&](JsonLine& line) {
      line.text("version", WSFERRY_VERSION);
      line.text("command", "upload");
      line.text("from", input);
      line.text("to", url);
    });
  }
}

void UploadJson::progress(const UploadProgress& progress) {
  const TimePoint now = Clock::now();
  if (verbosity_ == Verbosity::quiet || now - lastProgress_ < jsonUploadInterval) {
    return;
  }
  lastProgress_ = now;
  writeEvent(events_, "progress", [&](JsonLine& line) { writeUploadProgress(line, progress); });
}

void UploadJson::stream(const gateway::StreamMetadata& stream, Awaited /*awaited*/) {
  writeEvent(events_, "stream", [&](JsonLine& line) {
    line.text("streamId", stream.streamId);
    line.text("groupId", stream.groupId);
    line.text("state", stream.state);
    line.json("stream", stream.json);
  });
}

void UploadJson::warning(const std::string& message) {
  writeEvent(events_, "diagnostic", [&](JsonLine& line) {
    line.text("kind", "warning");
    line.text("message", message);
  });
}

void UploadJson::ended(const UploadOutcome& outcome) {
  writeEvent(events_, "result", [&](JsonLine& line) {
    line.flag("ok", outcome.ok);
    line.number("exitCode", static_cast<std::uint64_t>(outcome.failure.exitCode));
    if (!outcome.streamId.empty()) {
      line.text("streamId", outcome.streamId);
    }
    if (!outcome.state.empty()) {
      line.text("state", outcome.state);
    }
    writeUploadProgress(line, outcome.progress);
    if (!outcome.ok) {
      writeUploadFailure(line, outcome);
    }
  });
}

}  // namespace wsferry::tool
