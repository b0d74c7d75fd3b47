#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "tool/commands/commands.hpp"
#include "tool/report/result_output.hpp"
#include "tool/results/results_reading.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/platform/client_credentials.hpp"

namespace wsferry::tool {

namespace {

constexpr Duration stateLimit{5'000};  // It may be told a little later than the last result.

std::string whatIsRead(const platform::EgressOptions& options) {
  std::string text = options.group.empty() ? "" : "group " + options.group;
  for (const std::string& stream : options.streams) {
    text += (text.empty() ? "" : " ") + stream;
  }
  return text;
}

void shareToken(ResultsRequest& request) {
  if (!request.token) {
    return;
  }
  const auto provider = std::make_shared<platform::ClientCredentials>(*request.token);
  request.egress.credentials.tokenProvider = provider;
  if (request.service) {
    request.service->credentials.tokenProvider = provider;
  }
}

platform::EgressVerdict readResults(const ResultsRequest& request, ResultsReport& report,
                                    Interruption& interruption) {
  ResultsReading reading(request.egress, report);
  const Interruption::Scope scope(interruption, [&reading] { reading.close(); });
  report.start(Url::parse(request.egress.url).display(), whatIsRead(request.egress));
  for (const std::string& option : request.unusedOptions) {
    report.warning(option);
  }
  return reading.run();
}

}  // namespace

ExitCode runResults(const ResultsArguments& options, CommandRun& run) {
  run.failure.useJson(options.reporting.json || options.transcripts.format == "json");
  ResultsRequest request = resolveResults(options, environmentVariable);
  shareToken(request);
  ResultOutput output(request.output, options.force);
  const bool hasOutput = !request.reporting.json || output.isFile();
  TranscriptOutput results(hasOutput ? &output : nullptr, request.transcriptForm);
  const std::unique_ptr<ResultsReport> report =
      makeResultsReport(request.reporting, output, results);
  const TimePoint begin = Clock::now();
  ResultsOutcome outcome =
      resultsOutcome(readResults(request, *report, run.interruption), begin, results, *report);
  if (request.service) {
    requireCompleted(*request.service, request.egress.streams, stateLimit, run.interruption,
                     outcome);
  }
  adviseCredentials(outcome.failure, outcome.verdict.error, request.howToGiveCredentials);
  if (outcome.verdict.isSuccess()) {
    results.complete();
  } else {
    output.addPart(outcome.failure);
  }
  report->ended(outcome);
  if (request.reporting.json && !outcome.verdict.isSuccess()) {
    std::cerr << outcome.failure.text();  // For people, too.
  }
  return outcome.failure.exitCode;
}

}  // namespace wsferry::tool
