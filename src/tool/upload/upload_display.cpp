#include "tool/upload/upload_display.hpp"

#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/size_format.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

constexpr std::chrono::milliseconds liveUploadInterval{100};
constexpr std::chrono::milliseconds plainUploadInterval{10'000};

std::string progressText(const UploadProgress& progress) {
  std::string text = formatBytes(progress.bytes);
  if (progress.size) {
    text += " of " + formatBytes(*progress.size);
  }
  return text + ", " + formatDuration(progress.elapsed);
}

}  // namespace

void UploadDisplay::start(const std::string& url, const std::string& input) {
  if (verbosity_ == Verbosity::verbose) {
    message("uploading " + printable(input == "-" ? "standard input" : input) + " to " + url);
  }
}

void UploadDisplay::progress(const UploadProgress& progress) {
  const TimePoint now = Clock::now();
  const bool isFirst = lastProgress_ == TimePoint{};
  if (verbosity_ == Verbosity::quiet ||
      now - lastProgress_ < (messages_.live ? liveUploadInterval : plainUploadInterval)) {
    return;
  }
  lastProgress_ = now;
  if (messages_.live) {
    live_.show(messages_, progressText(progress));
  } else if (!isFirst) {
    message(progressText(progress));
  }
}

void UploadDisplay::stream(const gateway::StreamMetadata& stream, Awaited awaited) {
  wasToldStream_ = true;
  live_.show(messages_, {});
  if (awaited == Awaited::results) {
    if (verbosity_ != Verbosity::quiet) {
      message("stream " + printable(stream.streamId));
    }
    return;
  }
  output_ << printable(stream.streamId) << std::endl;
  if (!output_) {
    throw Error(Errc::fileFailed, "cannot write the stream's id to standard output");
  }
  if (awaited == Awaited::state && verbosity_ != Verbosity::quiet) {
    message("waiting for the end of the stream");
  }
}

void UploadDisplay::warning(const std::string& text) {
  if (verbosity_ != Verbosity::quiet) {
    message("warning: " + printable(text, 500));
  }
}

void UploadDisplay::ended(const UploadOutcome& outcome) {
  live_.show(messages_, {});
  if (!outcome.ok) {
    messages_.stream << outcome.failure.text() << std::flush;
  }
  if (!outcome.cancelled.empty()) {
    message(printable(outcome.cancelled, 500));
  } else if (!outcome.ok && !outcome.streamId.empty() && !wasToldStream_) {
    message("the stream " + printable(outcome.streamId) +
            " may have been created all the same, and may still be running");
  }
  if (outcome.ok && verbosity_ != Verbosity::quiet) {
    message("uploaded: " + formatBytes(outcome.progress.bytes) + ", in " +
            formatDuration(outcome.progress.elapsed) +
            (outcome.state.empty() ? "" : "; the stream is " + printable(outcome.state, 50)));
  }
}

void UploadDisplay::message(const std::string& text) {
  live_.show(messages_, {});
  messages_.stream << text << '\n' << std::flush;
}

}  // namespace wsferry::tool
