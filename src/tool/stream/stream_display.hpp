#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>

#include "tool/report/result_output.hpp"
#include "tool/report/verbosity.hpp"
#include "tool/stream/stream_report.hpp"
#include "tool/stream/transcript_output.hpp"
#include "tool/terminal/live_line.hpp"
#include "tool/terminal/terminal.hpp"
#include "wsferry/core/clock.hpp"

namespace wsferry::tool {

/// Shows a stream to people: results to their output, everything else to `messages`.
class StreamDisplay final : public StreamReport {
 public:
  StreamDisplay(const Terminal& messages, ResultOutput& output, TranscriptOutput& results,
                Verbosity verbosity)
      : messages_(messages), output_(output), results_(results), verbosity_(verbosity) {}

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
  void beginMessage();
  void message(const std::string& text);
  void openPartials(const gateway::Verdict& verdict);
  void notShown();
  std::uint64_t resultCount() const { return results_.count() + notShownCount_; }

  Terminal messages_;
  ResultOutput& output_;
  TranscriptOutput& results_;
  Verbosity verbosity_;
  std::mutex mutex_;
  FirstFew shown_;
  std::uint64_t notShownCount_ = 0;
  std::set<std::string> notShown_;  ///< Schemas of results that are no text.
  std::uint64_t unknownCount_ = 0;
  std::string firstUnknown_;
  LiveLine live_;
  bool isOnNewLine_ = false;  ///< A message has ended the line of raw results.
  TimePoint lastProgress_{};
};

}  // namespace wsferry::tool
