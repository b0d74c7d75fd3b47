#include "tool/results/results_display.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "tool/stream/stream_report.hpp"
#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/size_format.hpp"

namespace wsferry::tool {

namespace {

// What people may want to type; a service that makes up topics does not fill their screen.
constexpr std::size_t mostPositions = 20;

std::string endOf(const ResultsOutcome& outcome, std::uint64_t results) {
  const platform::EgressVerdict& verdict = outcome.verdict;
  std::string text(toString(verdict.outcome));
  text += ": " + (verdict.bytes > 0 ? formatBytes(verdict.bytes) + " of raw results"
                                    : formatCount(results, "result", "results"));
  if (verdict.reconnections > 0) {
    text += ", " + formatCount(verdict.reconnections, "reconnection", "reconnections");
  }
  return text + ", in " + formatDuration(outcome.elapsed);
}

}  // namespace

void ResultsDisplay::start(const std::string& url, const std::string& what) {
  if (verbosity_ == Verbosity::verbose) {
    message("reading " + printable(what, 500) + " from " + url);
  }
}

void ResultsDisplay::result(const gateway::Response& response) {
  const std::vector<gateway::Transcript> transcripts = transcriptsIn(response);
  if (transcripts.empty()) {
    notShownCount_ += isPartial(response) ? 0 : 1;
    notShown_.insert(response.payloadSchema);
  }
  for (const gateway::Transcript& each : transcripts) {
    results_.add(each);
  }
}

void ResultsDisplay::bytes(std::string_view bytes) {
  results_.addBytes(bytes);
}

// A lost result is told of though quiet.
void ResultsDisplay::problem(const std::string& problem, std::string_view text) {
  if (shown_.admits("line that is not a result")) {
    message("warning: " + printable(problem, 200) + ": " + printable(text, 200));
  }
}

void ResultsDisplay::reconnecting(const std::string& reason) {
  if (verbosity_ != Verbosity::quiet && shown_.admits("reconnection")) {
    message("reconnecting: " + printable(reason, 500));
  }
}

void ResultsDisplay::warning(const std::string& text) {
  if (verbosity_ != Verbosity::quiet) {
    message("warning: " + printable(text, 500));
  }
}

void ResultsDisplay::ended(const ResultsOutcome& outcome) {
  output_.clearPartial();
  tellLosses(outcome.verdict);
  for (const std::string& line : shown_.takeHeldBack()) {
    message("warning: " + line);
  }
  if (!outcome.verdict.isSuccess()) {
    messages_.stream << outcome.failure.text() << std::flush;
  }
  if (verbosity_ != Verbosity::quiet) {
    message(endOf(outcome, results_.count() + notShownCount_));
  }
  if (!notShown_.empty()) {  // Said though quiet: they are results.
    message(notShownText(notShown_));
  }
}

void ResultsDisplay::tellLosses(const platform::EgressVerdict& verdict) {
  for (const gateway::Response& partial : verdict.openPartials) {
    message("partial result that never became final: " +
            printable(textOf(partial).value_or(std::string()), 500));
  }
  if (verdict.isSuccess()) {
    return;
  }
  const std::size_t shown = std::min(verdict.positions.size(), mostPositions);
  for (std::size_t i = 0; i < shown; ++i) {
    const platform::EgressPosition& position = verdict.positions[i];
    message("read up to: --resume " +
            printable(position.sinkTopicName + "=" + position.messageId, 500));
  }
  if (shown < verdict.positions.size()) {
    message("and " + formatCount(verdict.positions.size() - shown, "topic", "topics") +
            " more, which --json shows");
  }
}

void ResultsDisplay::message(const std::string& text) {
  output_.clearPartial();
  messages_.stream << text << '\n' << std::flush;
}

}  // namespace wsferry::tool
