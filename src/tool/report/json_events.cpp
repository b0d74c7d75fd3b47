#include "tool/report/json_events.hpp"

#include <chrono>
#include <string>

#include "tool/push/emptied_content.hpp"
#include "tool/report/archive_report.hpp"
#include "tool/report/json_line.hpp"
#include "tool/report/progress_display.hpp"

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

void writeFilesByHttp(JsonLine& line, const http::FileSourceStatistics& files) {
  line.beginObject("files");
  line.number("reused", files.reused);
  line.number("bytesReused", files.bytesReused);
  line.number("byHttp", files.byHttp);
  line.number("bytesByHttp", files.bytesByHttp);
  line.number("bySocket", files.bySocket);
  line.number("bytesBySocket", files.bytesBySocket);
  line.number("bytesTwice", files.bytesTwice);
  line.number("compared", files.compared);
  line.number("differing", files.differing);
  line.beginArray("comparedFiles");
  for (const std::string& name : files.comparedFiles) {
    line.element(name);
  }
  line.endArray();
  line.endObject();
}

void writeFinished(JsonLine& line, const strapi::StageProgress& progress) {
  writeMoved(line, progress);
  line.number("neverTransferred", progress.neverTransferred);
  line.number("excluded", progress.excluded);
  line.number("unknown", progress.unknown);
  line.number("shortened", progress.shortened);
  line.number("orphaned", progress.orphaned);
  if (progress.finished) {
    line.seconds("seconds", asSeconds(*progress.finished - progress.started));
  }
  writeTallies(line, "aggregates", progress);
}

void writeLosses(JsonLine& line, const std::vector<strapi::Loss>& losses) {
  line.beginArray("lost");
  for (const strapi::Loss& loss : losses) {
    line.beginElement();
    line.text("kind", strapi::toString(loss.kind));
    line.number("count", loss.count);
    line.flag("accepted", loss.accepted);
    line.beginArray("examples");
    for (const std::string& example : loss.examples) {
      line.element(example);
    }
    line.endArray();
    line.endObject();
  }
  line.endArray();
}

void writeArchiveResult(JsonLine& line, const archive::ArchiveResult& archive) {
  line.text("archive", archive.path);
  line.number("bytes", archive.bytes);
  if (!archive.sha256.empty()) {
    line.text("sha256", archive.sha256);
  } else {
    line.number("sharedFiles", archive.sharedFiles);
  }
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

void JsonEvents::start(const TransferEnds& ends) {
  startedStage_.reset();
  command_ = ends.command;
  if (verbosity_ == Verbosity::quiet) {
    return;
  }
  event("start", [&](JsonLine& line) {
    line.text("version", WSFERRY_VERSION);
    line.text("command", ends.command);
    line.text("from", ends.from);
    line.text("to", ends.to);
  });
}

void JsonEvents::plan(const PushPlan& plan, bool isResult) {
  if (verbosity_ == Verbosity::quiet && !isResult) {
    // What is lost is told all the same.
    for (const std::string& loss : emptiedWarnings(plan)) {
      warning(loss);
    }
    if (const std::string unchecked = uncheckedText(plan); !unchecked.empty()) {
      diagnostic({"note", unchecked, {}});
    }
    return;
  }
  event("plan", [&](JsonLine& line) { writePlan(line, plan); });
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
  if (!withProgress_ || (progress.moved.count == 0 && progress.moved.bytes == 0)) {
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
  if ((diagnostic.kind == "info" && verbosity_ != Verbosity::verbose) ||
      (diagnostic.kind == "waiting" && verbosity_ == Verbosity::quiet)) {
    return;
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (isOfServer(diagnostic) && !admitted_.admits(kindOf(diagnostic))) {
      return;
    }
  }
  tell(diagnostic);
}

void JsonEvents::tell(const strapi::Diagnostic& diagnostic) {
  event("diagnostic", [&](JsonLine& line) {
    line.text("kind", diagnostic.kind);
    line.text("message", diagnostic.message);
    if (!diagnostic.details.empty()) {
      line.text("details", diagnostic.details);
    }
  });
}

void JsonEvents::warning(const std::string& message) {
  tell({"warning", message, {}});
}

void JsonEvents::retry(const FailedAttempt& attempt) {
  startedStage_.reset();
  if (verbosity_ == Verbosity::quiet) {
    return;
  }
  event("retry", [&](JsonLine& line) {
    line.number("attempt", attempt.number);
    line.number("attempts", attempt.most);
    line.seconds("seconds", asSeconds(attempt.pause));
    line.text("error", attempt.failure.error);
    line.text("message", attempt.failure.message);
    if (attempt.failure.httpStatus != 0) {
      line.number("httpStatus", static_cast<std::uint64_t>(attempt.failure.httpStatus));
    }
  });
}

void JsonEvents::tellHeldBack() {
  std::vector<std::string> kinds;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    kinds = admitted_.takeHeldBack();
  }
  for (const std::string& kind : kinds) {
    tell({"warning", kind, {}});
  }
}

void JsonEvents::done(const TransferOutcome& outcome) {
  tellHeldBack();
  // The backup of a push is not yet the end.
  event(command_ == "backup" ? "backup" : "result", [&](JsonLine& line) {
    line.flag("ok", outcome.exitCode == ExitCode::done);
    line.number("exitCode", static_cast<std::uint64_t>(outcome.exitCode));
    writeLosses(line, outcome.transfer.losses);
    if (outcome.archive) {
      writeArchiveResult(line, *outcome.archive);
    }
    writeTexts(line, "notes", outcome.notes());
    if (outcome.retention) {
      line.beginObject("retention");
      writeRetention(line, *outcome.retention);
      line.endObject();
    }
    if (outcome.url) {
      line.text("url", *outcome.url);
    }
    line.seconds("seconds", asSeconds(outcome.elapsed));
    if (outcome.attempts) {
      line.number("attempts", *outcome.attempts);
    }
    line.text("strapiVersion", outcome.transfer.metadata.strapiVersion);
    line.text("createdAt", outcome.transfer.metadata.createdAt);
    if (const auto verified = outcome.verified()) {
      line.flag("checksums", *verified);
    }
    // Nothing is to be told of files where none were selected.
    if (outcome.filesByHttp && outcome.transfer.stages.count(strapi::TransferStage::assets) > 0) {
      writeFilesByHttp(line, *outcome.filesByHttp);
    }
    line.number("neverTransferred", outcome.sum(&strapi::StageProgress::neverTransferred));
    line.number("bytesReceived", outcome.statistics.bytesReceived);
    line.number("bytesSent", outcome.statistics.bytesSent);
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
  tellHeldBack();
  event("result", [&](JsonLine& line) {
    line.flag("ok", false);
    line.number("exitCode", static_cast<std::uint64_t>(failure.exitCode));
    line.text("error", failure.error);
    line.text("message", failure.message);
    if (failure.attempts != 0) {
      line.number("attempts", failure.attempts);
    }
    const auto optional = [&](const char* name, const std::string& value) {
      if (!value.empty()) {
        line.text(name, value);
      }
    };
    if (failure.httpStatus != 0) {
      line.number("httpStatus", static_cast<std::uint64_t>(failure.httpStatus));
      line.text("httpBody", failure.httpBody);
      if (!failure.retryAfter.empty()) {
        line.text("retryAfter", failure.retryAfter);
      }
    }
    optional("remoteCode", failure.remoteCode);
    optional("remoteDetails", failure.remoteDetails);
    optional("stage", failure.stage);
    optional("subject", failure.subject);
    optional("remedy", failure.remedy);
    if (failure.destination) {
      line.beginObject("destination");
      line.text("database", failure.destination->database);
      line.text("files", failure.destination->files);
      if (failure.destination->sourceAtRisk) {
        line.flag("sourceAtRisk", true);
      }
      if (!failure.destination->filesBackup.empty()) {
        line.text("filesBackup", failure.destination->filesBackup);
      }
      line.endObject();
    }
  });
}

void JsonEvents::retention(const RetentionResult& result) {
  event("retention", [&](JsonLine& line) { writeRetention(line, result); });
}

}  // namespace wsferry::tool
