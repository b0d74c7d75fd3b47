#include "tool/stream/transcript_output.hpp"

#include <utility>

#include "tool/stream/stream_report.hpp"
#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/size_format.hpp"

namespace wsferry::tool {

namespace {

// Of the texts that are in no subtitle, for people to have them all the same.
constexpr std::size_t longestUntimed = 2'000;

}  // namespace

std::vector<gateway::Transcript> transcriptsIn(const gateway::Response& response) {
  if (response.transcripts) {
    return *response.transcripts;
  }
  std::vector<gateway::Transcript> transcripts = gateway::transcriptsOf(response);
  if (const auto text = textOf(response); transcripts.empty() && text) {
    transcripts.emplace_back().text = *text;
  }
  for (gateway::Transcript& transcript : transcripts) {
    transcript.isFinal = !isPartial(response);
  }
  return transcripts;
}

void TranscriptOutput::add(const gateway::Transcript& transcript) {
  if (!transcript.isFinal) {
    if (output_ != nullptr) {
      output_->partial(sentence_.begun() + transcript.text);
    }
    return;
  }
  if (const auto whole = sentence_.add(transcript)) {
    write(*whole);
  } else if (output_ != nullptr) {
    output_->partial(sentence_.begun());
  }
}

void TranscriptOutput::addText(std::string_view text) {
  gateway::Transcript transcript;
  transcript.text = text;
  write(transcript);
}

void TranscriptOutput::addBytes(std::string_view bytes) {
  ++count_;
  if (!isPlain()) {
    noteUntimed("(" + formatBytes(bytes.size()) + ")");
  } else if (output_ != nullptr) {
    output_->bytes(bytes);
  }
}

void TranscriptOutput::finish() {
  if (output_ != nullptr) {
    output_->clearPartial();
  }
  write(sentence_.rest());
}

void TranscriptOutput::complete() {
  if (output_ != nullptr) {
    output_->complete();
    writeHead();
  }
}

void TranscriptOutput::write(const gateway::Transcript& transcript) {
  if (transcript.text.empty()) {
    return;
  }
  ++count_;
  const std::string text = writer_.write(transcript);
  if (writer_.lacksTimes()) {
    noteUntimed(transcript.text);
  }
  if (output_ != nullptr && !text.empty()) {
    writeHead();
    output_->lines(text);
  }
}

void TranscriptOutput::writeHead() {
  if (!std::exchange(hasHead_, true) && !writer_.head().empty()) {
    output_->lines(writer_.head());
  }
}

void TranscriptOutput::noteUntimed(std::string_view text) {
  ++untimed_;
  if (firstUntimed_.size() < longestUntimed) {
    firstUntimed_ += (firstUntimed_.empty() ? "" : " / ") + printable(text, 500);
  }
}

std::string TranscriptOutput::losses() const {
  if (untimed_ == 0) {
    return {};
  }
  const std::string count = formatCount(untimed_, "result", "results");
  return writer_.isSubtitles()
             ? count + " without times, missing from the subtitles: " + firstUntimed_ +
                   (firstUntimed_.size() < longestUntimed ? "" : " / ...")
             : count + " came without the requested times";
}

std::string TranscriptOutput::notes() const {
  return writer_.moved() == 0
             ? std::string()
             : formatCount(writer_.moved(), "subtitle was", "subtitles were") +
                   " moved after an earlier one, because they were said at the same time";
}

}  // namespace wsferry::tool
