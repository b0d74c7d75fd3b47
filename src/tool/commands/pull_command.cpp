#include <memory>
#include <utility>

#include "tool/commands/archive_transfer.hpp"
#include "tool/commands/commands.hpp"
#include "tool/terminal/terminal.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

TransferOutcome pull(PullRequest request, TransferReport& report, Interruption& interruption) {
  report.start({"pull", Url::parse(request.adminUrl).display(), request.destination.path});
  for (const std::string& option : request.unusedOptions) {
    report.warning(option);
  }
  request.source.onDiagnostic = [&report](const strapi::Diagnostic& diagnostic) {
    report.diagnostic(diagnostic);
  };
  strapi::RemoteSource source(request.adminUrl, std::move(request.source));
  strapi::TransferEngineOptions options;
  options.filter = request.filter;
  applyCompleteness(request.completeness, options);
  options.allowSuspected = true;  // A backup with a warning is better than none.
  TransferOutcome outcome = transferIntoArchive(source, std::move(request.destination),
                                                std::move(options), report, interruption);
  outcome.checksums = source.checksumsNegotiated();
  outcome.statistics = source.statistics();
  return outcome;
}

}  // namespace

ExitCode runPull(const PullOptions& options, CommandRun& run) {
  // Standard output belongs to the archive when it goes there.
  const bool toStandardOutput = options.output.path == "-";
  run.failure.useReport(options.reporting, toStandardOutput);
  run.failure.amend = amendArchiveFailure(run.interruption, options.output.force);
  if (toStandardOutput && standardOutputIsTerminal()) {
    throw Error(Errc::invalidOption,
                "-o - writes an archive, and standard output is a terminal: redirect it");
  }
  PullRequest request = resolvePull(options, environmentVariable, localTime());
  run.failure.adminUrl = request.adminUrl;
  const TransferOutcome outcome = pull(std::move(request), *run.failure.report, run.interruption);
  run.failure.report->done(outcome);
  run.hasTransferred = true;
  return outcome.exitCode;
}

}  // namespace wsferry::tool
