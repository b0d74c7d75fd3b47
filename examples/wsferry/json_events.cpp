#include "json_events.hpp"

#include <chrono>
#include <string>

#include "json_line.hpp"
#include "progress_display.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

double asSeconds(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

void writeTallies(JsonLine& line, const char* name, const strapi::StageProgress& progress) {
  line.beginObject(name);
  for (const auto& [key, tally] : progress.aggregates) {
    line.beginObject(key);
    line.number("count", tally.count);
    line.number("bytes", tally.bytes);
    line.endObject();
  }
  line.endObject();
}

void writeMoved(JsonLine& line, const strapi::StageProgress& progress) {
  line.number("count", progress.moved.count);
  line.number("bytes", progress.moved.bytes);
}

void writeFinished(JsonLine& line, const strapi::StageProgress& progress) {
  writeMoved(line, progress);
  line.number("neverTransferred", progress.neverTransferred);
  line.number("excluded", progress.excluded);
  if (progress.finished) {
    line.seconds("seconds", asSeconds(*progress.finished - progress.started));
  }
  writeTallies(line, "aggregates", progress);
}

}  // namespace

template <class Write>
void JsonEvents::event(const char* name, Write write) {
  JsonLine line;
  line.text("event", name);
  write(line);
  const std::lock_guard<std::mutex> lock(mutex_);
  line.finish(stream_);
}

void JsonEvents::start(const PullRequest& request) {
  if (verbosity_ == Verbosity::quiet) {
    return;
  }
  event("start", [&](JsonLine& line) {
    line.text("version", WSFERRY_VERSION);
    line.text("url", Url::parse(request.adminUrl).display());
    line.text("output", request.destination.path);
  });
}

void JsonEvents::progress(const strapi::StageProgress& progress) {
  if (verbosity_ == Verbosity::quiet) {
    return;
  }
  if (startedStage_ != progress.stage) {
    startedStage_ = progress.stage;
    event("stage", [&](JsonLine& line) {
      line.text("stage", strapi::toString(progress.stage));
      line.text("state", "started");
    });
  }
  if (progress.finished) {
    event("stage", [&](JsonLine& line) {
      line.text("stage", strapi::toString(progress.stage));
      line.text("state", "finished");
      writeFinished(line, progress);
    });
    return;
  }
  if (progress.moved.count == 0 && progress.moved.bytes == 0) {
    return;
  }
  event("progress", [&](JsonLine& line) {
    const TimePoint now = Clock::now();
    line.text("stage", strapi::toString(progress.stage));
    writeMoved(line, progress);
    if (progress.totals.count) {
      line.number("totalCount", *progress.totals.count);
    }
    if (progress.totals.bytes) {
      line.number("totalBytes", *progress.totals.bytes);
    }
    line.seconds("seconds", asSeconds(now - progress.started));
    if (const auto left = timeLeft(progress, now)) {
      line.seconds("secondsLeft", asSeconds(*left));
    }
  });
}

void JsonEvents::diagnostic(const strapi::Diagnostic& diagnostic) {
  if (diagnostic.kind == "info" && verbosity_ != Verbosity::verbose) {
    return;
  }
  event("diagnostic", [&](JsonLine& line) {
    line.text("kind", diagnostic.kind);
    line.text("message", diagnostic.message);
    if (!diagnostic.details.empty()) {
      line.text("details", diagnostic.details);
    }
  });
}

void JsonEvents::warning(const std::string& message) {
  diagnostic({"warning", message, {}});
}

void JsonEvents::done(const PullOutcome& outcome) {
  event("result", [&](JsonLine& line) {
    line.flag("ok", true);
    line.number("exitCode", static_cast<std::uint64_t>(ExitCode::done));
    line.text("archive", outcome.archive.path);
    line.number("bytes", outcome.archive.bytes);
    if (!outcome.archive.sha256.empty()) {
      line.text("sha256", outcome.archive.sha256);
    }
    line.seconds("seconds", asSeconds(outcome.elapsed));
    line.text("strapiVersion", outcome.transfer.metadata.strapiVersion);
    line.text("createdAt", outcome.transfer.metadata.createdAt);
    line.flag("checksums", outcome.checksums);
    line.number("neverTransferred", outcome.neverTransferred());
    line.number("bytesReceived", outcome.statistics.bytesReceived);
    line.number("bytesSent", outcome.statistics.bytesSent);
    line.beginArray("notes");
    for (const std::string& note : outcome.archive.notes) {
      line.element(note);
    }
    line.endArray();
    line.beginObject("stages");
    for (const auto& [stage, progress] : outcome.transfer.stages) {
      line.beginObject(strapi::toString(stage));
      writeFinished(line, progress);
      line.endObject();
    }
    line.endObject();
  });
}

void JsonEvents::failed(const FailureReport& failure) {
  event("result", [&](JsonLine& line) {
    line.flag("ok", false);
    line.number("exitCode", static_cast<std::uint64_t>(failure.exitCode));
    line.text("error", failure.error);
    line.text("message", failure.message);
    const auto optional = [&](const char* name, const std::string& value) {
      if (!value.empty()) {
        line.text(name, value);
      }
    };
    if (failure.httpStatus != 0) {
      line.number("httpStatus", static_cast<std::uint64_t>(failure.httpStatus));
      line.text("httpBody", failure.httpBody);
    }
    optional("remoteCode", failure.remoteCode);
    optional("remoteDetails", failure.remoteDetails);
    optional("stage", failure.stage);
    optional("subject", failure.subject);
    optional("remedy", failure.remedy);
  });
}

}  // namespace wsferry::tool
