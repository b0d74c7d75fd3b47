#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "tool/report/verbosity.hpp"
#include "tool/results/results_report.hpp"
#include "tool/stream/transcript_output.hpp"
#include "tool/terminal/first_few.hpp"

namespace wsferry::tool {

/// Tells programs of results: an event a line, as docs/tool.md has them.
class ResultsJson final : public ResultsReport {
 public:
  /// `results` gets texts and bytes as well.
  ResultsJson(std::ostream& events, TranscriptOutput& results, Verbosity verbosity)
      : events_(events), results_(results), verbosity_(verbosity) {}

  void start(const std::string& url, const std::string& what) override;
  void result(const gateway::Response& response) override;
  void bytes(std::string_view bytes) override;
  void problem(const std::string& problem, std::string_view text) override;
  void reconnecting(const std::string& reason) override;
  void warning(const std::string& message) override;
  void ended(const ResultsOutcome& outcome) override;

 private:
  void diagnostic(const char* kind, std::string_view message);

  std::ostream& events_;
  TranscriptOutput& results_;
  Verbosity verbosity_;
  FirstFew shown_;
  std::uint64_t resultCount_ = 0;
  std::uint64_t partialCount_ = 0;
};

}  // namespace wsferry::tool
