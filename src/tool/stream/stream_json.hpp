#pragma once

#include <cstdint>
#include <mutex>
#include <ostream>
#include <string>

#include "tool/report/verbosity.hpp"
#include "tool/stream/stream_report.hpp"
#include "tool/stream/transcript_output.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/gateway/detail/messages/sentence_watch.hpp"

namespace wsferry::tool {

/// Tells programs of a stream: an event a line, as docs/tool.md has them.
class StreamJson final : public StreamReport {
 public:
  /// `results` gets texts and bytes as well.
  StreamJson(std::ostream& events, TranscriptOutput& results, Verbosity verbosity)
      : events_(events), results_(results), verbosity_(verbosity) {}

  void start(const std::string& url, const std::string& input) override;
  void metadata(const gateway::StreamMetadata& metadata) override;
  void response(const gateway::Response& response) override;
  void binary(std::string_view bytes) override;
  void rawText(std::string_view text) override;
  void unknown(std::string_view json) override;
  void warning(const std::string& kind, std::string_view message) override;
  void progress(const StreamProgress& progress) override;
  void ended(const StreamOutcome& outcome) override;

 private:
  void transcripts(const gateway::Response& response);
  void diagnostic(std::string_view message);

  std::ostream& events_;
  TranscriptOutput& results_;
  Verbosity verbosity_;
  std::mutex mutex_;
  FirstFew shown_;
  std::uint64_t resultCount_ = 0;
  std::uint64_t partialCount_ = 0;
  std::uint64_t unknownCount_ = 0;
  gateway::SentenceWatch sentences_;
  std::string streamId_;
  TimePoint lastProgress_{};
};

}  // namespace wsferry::tool
