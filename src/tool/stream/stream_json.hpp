#pragma once

#include <cstdint>
#include <mutex>
#include <ostream>
#include <string>

#include "tool/report/result_output.hpp"
#include "tool/report/verbosity.hpp"
#include "tool/stream/stream_report.hpp"
#include "wsferry/core/clock.hpp"

namespace wsferry::tool {

/// Tells programs of a stream: an event a line, as docs/tool.md has them.
class StreamJson final : public StreamReport {
 public:
  /// `results` gets texts and bytes as well, where they go to a file; else null.
  StreamJson(std::ostream& events, ResultOutput* results, Verbosity verbosity);

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
  void diagnostic(std::string_view message);
  template <class Write>
  void event(const char* name, Write write);

  std::ostream& events_;
  ResultOutput* results_;
  Verbosity verbosity_;
  std::mutex mutex_;
  FirstFew shown_;
  std::uint64_t resultCount_ = 0;
  std::uint64_t partialCount_ = 0;
  std::string streamId_;
  TimePoint lastProgress_{};
};

}  // namespace wsferry::tool
