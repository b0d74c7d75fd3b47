#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "tool/report/result_output.hpp"
#include "tool/report/verbosity.hpp"
#include "tool/results/results_report.hpp"
#include "tool/stream/transcript_output.hpp"
#include "tool/terminal/first_few.hpp"
#include "tool/terminal/terminal.hpp"

namespace wsferry::tool {

/// Shows results to people: to their output, and everything else to `messages`.
class ResultsDisplay final : public ResultsReport {
 public:
  ResultsDisplay(const Terminal& messages, ResultOutput& output, TranscriptOutput& results,
                 Verbosity verbosity)
      : messages_(messages), output_(output), results_(results), verbosity_(verbosity) {}

  void start(const std::string& url, const std::string& what) override;
  void result(const gateway::Response& response) override;
  void bytes(std::string_view bytes) override;
  void problem(const std::string& problem, std::string_view text) override;
  void reconnecting(const std::string& reason) override;
  void warning(const std::string& message) override;
  void ended(const ResultsOutcome& outcome) override;

 private:
  void message(const std::string& text);
  void tellLosses(const platform::EgressVerdict& verdict);

  Terminal messages_;
  ResultOutput& output_;
  TranscriptOutput& results_;
  Verbosity verbosity_;
  FirstFew shown_;
  std::uint64_t notShownCount_ = 0;
  std::set<std::string> notShown_;  ///< Schemas of results that are no text.
};

}  // namespace wsferry::tool
