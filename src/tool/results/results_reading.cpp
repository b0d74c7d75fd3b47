#include "tool/results/results_reading.hpp"

#include <chrono>
#include <iostream>
#include <utility>

#include "tool/results/final_state.hpp"
#include "tool/results/results_display.hpp"
#include "tool/results/results_json.hpp"
#include "tool/stream/stream_report.hpp"
#include "tool/stream/verdict_losses.hpp"
#include "tool/terminal/terminal.hpp"
#include "wsferry/core/detail/text/counted.hpp"
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
  if (event.kind == EgressEvent::Kind::end) {
    verdict_ = std::move(event.verdict);
    if (unreadable_ > 0) {
      addLoss(verdict_, Errc::dataMissing,
              counted(unreadable_, "result", "results") + " could not be read");
      verdict_.unreadable += unreadable_;
    }
    if (unwritten_) {
      fail(*unwritten_);
    }
    context_.stop();
    return;
  }
  if (!unwritten_) {
    try {
      tell(event);
    } catch (const Error& error) {
      unwritten_ = error;
      reader_.close();
    }
  }
  next();
}

void ResultsReading::tell(const EgressEvent& event) {
  switch (event.kind) {
    case EgressEvent::Kind::result:
      if (const std::string problem = unreadableText(event.result); !problem.empty()) {
        ++unreadable_;
        report_.problem(problem, event.result.json);
      }
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
      break;
  }
}

// What was read last was not written, and reading behind it would leave it out.
void ResultsReading::fail(const Error& error) {
  verdict_.outcome = platform::EgressOutcome::incomplete;
  verdict_.error = error.code();
  verdict_.info.message = error.info().message;
  verdict_.positions.clear();
}

ResultsOutcome resultsOutcome(platform::EgressVerdict verdict, TimePoint begin,
                              TranscriptOutput& results, ResultsReport& report) {
  try {
    results.finish();
  } catch (const Error& error) {
    addLoss(verdict, error.code(), error.info().message);
  }
  addLoss(verdict, Errc::dataMissing, results.losses());
  if (const std::string notes = results.notes(); !notes.empty()) {
    report.warning(notes);
  }
  ResultsOutcome outcome;
  outcome.verdict = std::move(verdict);
  if (!outcome.verdict.isSuccess()) {
    outcome.failure = reportStreamFailure(Error(outcome.verdict.error, outcome.verdict.info));
    outcome.failure.exitCode = exitCodeFor(outcome.verdict.error);
    if (outcome.verdict.error == Errc::cancelled) {
      outcome.failure.message = "interrupted";
    }
    if (!outcome.verdict.response.message.empty()) {
      outcome.failure.remoteDetails.clear();  // The message has them in words.
    }
  } else {
    outcome.failure.exitCode = ExitCode::done;
  }
  outcome.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  return outcome;
}

void requireCompleted(const platform::StreamServiceOptions& service,
                      const std::vector<std::string>& streams, Duration limit,
                      Interruption& interruption, ResultsOutcome& outcome) {
  for (const std::string& id : streams) {
    if (!outcome.verdict.isSuccess()) {
      return;
    }
    const auto answer = awaitFinalState(service, id, limit, interruption);
    platform::EgressVerdict& verdict = outcome.verdict;
    if (interruption.requested()) {
      addLoss(verdict, Errc::cancelled, "interrupted while the stream's end was waited for");
      verdict.outcome = platform::EgressOutcome::cancelled;
      outcome.failure = reportStreamFailure(Error(verdict.error, verdict.info));
      outcome.failure.exitCode = ExitCode::interrupted;
      return;
    }
    if (const auto failure = failureOf(answer)) {
      addLoss(verdict, failure->error,
              (streams.size() > 1 ? id + ": " : std::string()) + failure->message);
      if (failure->isFailed) {
        verdict.outcome = platform::EgressOutcome::failed;
      }
      outcome.failure = reportStreamFailure(Error(verdict.error, verdict.info));
      outcome.failure.exitCode = failure->exitCode();
    }
  }
}

std::unique_ptr<ResultsReport> makeResultsReport(const ReportingOptions& reporting,
                                                 ResultOutput& output, TranscriptOutput& results) {
  if (reporting.json) {
    return std::make_unique<ResultsJson>(std::cout, results, verbosityOf(reporting));
  }
  return std::make_unique<ResultsDisplay>(standardError(), output, results, verbosityOf(reporting));
}

}  // namespace wsferry::tool
