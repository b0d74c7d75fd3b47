#include "tool/results/results_reading.hpp"

#include <chrono>
#include <iostream>
#include <utility>

#include "tool/results/results_display.hpp"
#include "tool/results/results_json.hpp"
#include "tool/terminal/terminal.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

using platform::EgressEvent;

platform::EgressVerdict ResultsReading::run() {
  next();
  context_.run();
  return std::move(verdict_);
}

void ResultsReading::next() {
  reader_.next([this](const std::error_code&, EgressEvent event) { take(std::move(event)); });
}

void ResultsReading::take(EgressEvent event) {
  switch (event.kind) {
    case EgressEvent::Kind::result:
      report_.result(event.result);
      break;
    case EgressEvent::Kind::bytes:
      report_.bytes(event.text);
      break;
    case EgressEvent::Kind::problem:
      report_.problem(event.message, event.text);
      break;
    case EgressEvent::Kind::reconnecting:
      report_.reconnecting(event.message);
      break;
    case EgressEvent::Kind::end:
      verdict_ = std::move(event.verdict);
      context_.stop();
      return;
  }
  next();
}

namespace {

// What stands in the output is not all that was said.
void addUnwritten(platform::EgressVerdict& verdict, const std::string& losses) {
  if (losses.empty()) {
    return;
  }
  if (!verdict.isSuccess()) {
    verdict.info.message += " Besides, " + losses;
    return;
  }
  verdict.outcome = platform::EgressOutcome::incomplete;
  verdict.error = Errc::dataMissing;
  verdict.info.message = losses;
}

}  // namespace

ResultsOutcome resultsOutcome(platform::EgressVerdict verdict, TimePoint begin,
                              TranscriptOutput& results, ResultsReport& report) {
  results.finish();
  addUnwritten(verdict, results.losses());
  if (const std::string notes = results.notes(); !notes.empty()) {
    report.warning(notes);
  }
  ResultsOutcome outcome;
  outcome.verdict = std::move(verdict);
  if (!outcome.verdict.isSuccess()) {
    outcome.failure = reportStreamFailure(Error(outcome.verdict.error, outcome.verdict.info));
    outcome.failure.exitCode = exitCodeFor(outcome.verdict.error);
    if (!outcome.verdict.response.message.empty()) {
      outcome.failure.remoteDetails.clear();  // The message has them in words.
    }
  } else {
    outcome.failure.exitCode = ExitCode::done;
  }
  outcome.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  return outcome;
}

std::unique_ptr<ResultsReport> makeResultsReport(const ReportingOptions& reporting,
                                                 ResultOutput& output, TranscriptOutput& results) {
  if (reporting.json) {
    return std::make_unique<ResultsJson>(std::cout, results, verbosityOf(reporting));
  }
  return std::make_unique<ResultsDisplay>(standardError(), output, results, verbosityOf(reporting));
}

}  // namespace wsferry::tool
