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

std::string whatIsRead(const platform::EgressOptions& options) {
  std::string text = options.group.empty() ? "" : "group " + options.group;
  for (const std::string& stream : options.streams) {
    text += (text.empty() ? "" : " ") + stream;
  }
  return text;
}

platform::EgressVerdict readResults(const ResultsRequest& request, ResultsReport& report,
                                    Interruption& interruption) {
  platform::EgressOptions options = request.egress;
  if (request.token) {
    options.credentials.tokenProvider =
        std::make_shared<platform::ClientCredentials>(*request.token);
  }
  ResultsReading reading(options, report);
  const Interruption::Scope scope(interruption, [&reading] { reading.close(); });
  report.start(Url::parse(options.url).display(), whatIsRead(options));
  for (const std::string& option : request.unusedOptions) {
    report.warning(option);
  }
  return reading.run();
}

}  // namespace

ExitCode runResults(const ResultsArguments& options, CommandRun& run) {
  run.failure.useJson(options.reporting.json || options.transcripts.format == "json");
  const ResultsRequest request = resolveResults(options, environmentVariable);
  ResultOutput output(request.output, options.force);
  const bool hasOutput = !request.reporting.json || output.isFile();
  TranscriptOutput results(hasOutput ? &output : nullptr, request.transcriptForm);
  const std::unique_ptr<ResultsReport> report =
      makeResultsReport(request.reporting, output, results);
  const TimePoint begin = Clock::now();
  ResultsOutcome outcome =
      resultsOutcome(readResults(request, *report, run.interruption), begin, results, *report);
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
