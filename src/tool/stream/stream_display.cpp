#include "tool/stream/stream_display.hpp"

#include <vector>

#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/size_format.hpp"

namespace wsferry::tool {

namespace {

constexpr std::chrono::milliseconds liveInterval{100};
constexpr std::chrono::milliseconds plainInterval{10'000};

std::string endText(const StreamOutcome& outcome, std::uint64_t results) {
  const gateway::Verdict& verdict = outcome.verdict;
  std::string text(outcome.name());
  const bool isAllSent = verdict.audioBytesUnsent == 0;
  text +=
      ": " + formatBytes(verdict.audioBytesSent) + (isAllSent ? " of audio, " : " of audio sent, ");
  if (outcome.audioLeft) {
    text += "the rest was not read, ";
  } else if (outcome.interrupted && verdict.isSuccess()) {
    text += "everything recorded was sent, ";
  }
  if (!isAllSent) {
    text += formatBytes(verdict.audioBytesUnsent) + " not sent, ";
  }
  text += formatCount(results, "result", "results") + ", in " + formatDuration(outcome.elapsed);
  return verdict.endedByServer ? text + "; the gateway ended the stream by itself" : text;
}

}  // namespace

void StreamDisplay::start(const std::string& url, const std::string& input) {
  if (verbosity_ == Verbosity::verbose) {
    const std::lock_guard lock(mutex_);
    message("streaming " + printable(input == "-" ? "standard input" : input) + " to " + url);
  }
}

void StreamDisplay::metadata(const gateway::StreamMetadata& metadata) {
  if (verbosity_ != Verbosity::quiet && !metadata.streamId.empty()) {
    const std::lock_guard lock(mutex_);
    message("stream " + printable(metadata.streamId));
  }
}

void StreamDisplay::response(const gateway::Response& response) {
  const std::lock_guard lock(mutex_);
  const std::vector<gateway::Transcript> transcripts = transcriptsIn(response);
  if (transcripts.empty() && !response.transcripts) {
    notShownCount_ += isPartial(response) ? 0 : 1;
    notShown_.insert(response.payloadSchema);
  }
  for (const gateway::Transcript& each : transcripts) {
    if (each.isFinal) {
      live_.show(messages_, {});
    }
    results_.add(each);
  }
}

void StreamDisplay::binary(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  live_.show(messages_, {});
  isOnNewLine_ = false;
  results_.addBytes(bytes);
}

void StreamDisplay::rawText(std::string_view text) {
  const std::lock_guard lock(mutex_);
  live_.show(messages_, {});
  results_.addText(text);
}

void StreamDisplay::unknown(std::string_view json) {
  const std::lock_guard lock(mutex_);
  if (++unknownCount_ == 1) {
    firstUnknown_ = printable(json, 300);
  }
  if (verbosity_ == Verbosity::verbose && shown_.admits("message of an unknown type")) {
    message("message of an unknown type: " + printable(json, 300));
  }
}

void StreamDisplay::warning(const std::string& kind, std::string_view text) {
  const std::lock_guard lock(mutex_);
  if ((verbosity_ != Verbosity::quiet || kind == gatewaysWarning) && shown_.admits(kind)) {
    message("warning: " + printable(text, 500));
  }
}

void StreamDisplay::progress(const StreamProgress& progress) {
  const std::lock_guard lock(mutex_);
  const bool isLive = messages_.live;
  const TimePoint now = Clock::now();
  if (verbosity_ == Verbosity::quiet || output_.isTerminal() ||
      now - lastProgress_ < (isLive ? liveInterval : plainInterval)) {
    return;
  }
  const bool isFirst = lastProgress_ == TimePoint{};
  lastProgress_ = now;
  const std::string line = formatBytes(progress.audioBytes) + " of audio, " +
                           formatCount(resultCount(), "result", "results") + ", " +
                           formatDuration(progress.elapsed);
  if (isLive) {
    live_.show(messages_, line);
  } else if (!isFirst) {
    message(line);
  }
}

void StreamDisplay::ended(const StreamOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  output_.clearPartial();
  openPartials(outcome.verdict);
  for (const std::string& line : shown_.takeHeldBack()) {
    message("warning: " + line);
  }
  if (!outcome.verdict.isSuccess()) {
    beginMessage();
    messages_.stream << outcome.failure.text() << std::flush;
  }
  if (verbosity_ != Verbosity::quiet || outcome.audioLeft ||
      outcome.isSuccess() != outcome.verdict.isSuccess()) {
    message(endText(outcome, resultCount()));
  }
  notShown();
}

// Said though quiet of what may have been results.
void StreamDisplay::notShown() {
  if (!notShown_.empty()) {
    message(notShownText(notShown_));
  }
  const bool mayBeResults = unknownCount_ > 0 && resultCount() == 0;
  const bool isNews = unknownCount_ > 0 && verbosity_ == Verbosity::normal;
  if (mayBeResults || isNews) {
    message(formatCount(unknownCount_, "message", "messages") +
            " of unknown types passed over (-v shows them), the first: " + firstUnknown_);
  }
}

// Said though quiet, as no line of the results has them.
void StreamDisplay::openPartials(const gateway::Verdict& verdict) {
  for (const gateway::Response& partial : verdict.openPartials) {
    message("partial result that never became final: " +
            printable(textOf(partial).value_or(std::string()), 500));
  }
}

// Raw results may end within a line, and what is said of them does not go on there.
void StreamDisplay::beginMessage() {
  live_.show(messages_, {});
  output_.clearPartial();
  if (output_.isInLine() && !isOnNewLine_ && outputsMayMeet()) {
    messages_.stream << '\n';
  }
  isOnNewLine_ = true;
}

void StreamDisplay::message(const std::string& text) {
  beginMessage();
  messages_.stream << text << '\n' << std::flush;
}

}  // namespace wsferry::tool
