#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>

#include "commands.hpp"
#include "json_events.hpp"
#include "progress_display.hpp"
#include "terminal.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

std::string environmentVariable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

std::tm localTime() {
  const std::time_t now = std::time(nullptr);
  std::tm result{};
  localtime_r(&now, &result);
  return result;
}

std::unique_ptr<PullReport> makeReport(const PullOptions& options) {
  // Standard output belongs to the archive when it goes there.
  std::ostream& results = options.output == "-" ? std::cerr : std::cout;
  const Verbosity verbosity = options.quiet     ? Verbosity::quiet
                              : options.verbose ? Verbosity::verbose
                                                : Verbosity::normal;
  if (options.json) {
    return std::make_unique<JsonEvents>(results, verbosity);
  }
  return std::make_unique<ProgressDisplay>(standardError(), results, verbosity);
}

// `strapi import` tells the format from the name.
void warnOfName(const archive::ArchiveDestinationOptions& destination, PullReport& report) {
  const std::string ending = destination.format.extension();
  const std::string& path = destination.path;
  if (path != "-" && !ending.empty() &&
      (path.size() < ending.size() ||
       path.compare(path.size() - ending.size(), ending.size(), ending) != 0)) {
    report.warning("`strapi import` knows the format by the file name, which should end in " +
                   ending + "; rename it before an import");
  }
}

PullOutcome pull(PullRequest request, PullReport& report, Interruption& interruption) {
  const TimePoint begin = Clock::now();
  report.start(request);
  warnOfName(request.destination, report);
  request.source.onDiagnostic = [&report](const strapi::Diagnostic& diagnostic) {
    report.diagnostic(diagnostic);
  };
  strapi::RemoteSource source(request.adminUrl, std::move(request.source));
  archive::ArchiveDestination destination(std::move(request.destination));
  strapi::TransferEngineOptions engineOptions;
  engineOptions.filter = request.filter;
  engineOptions.onProgress = [&report](const strapi::StageProgress& progress) {
    report.progress(progress);
  };
  strapi::TransferEngine engine(source, destination, std::move(engineOptions));

  PullOutcome outcome;
  {
    // Nothing cancels a file system that takes long to synchronise.
    const Interruption::Scope scope(
        interruption, [&engine] { engine.cancel(); },
        [temporary = destination.temporaryPath()] {
          // Moved away first: what is being finished meanwhile then fails, and cannot get the final
          // name while it is being removed.
          std::error_code error;
          const std::string doomed = temporary + ".removed";
          std::filesystem::rename(temporary, doomed, error);
          if (!error) {
            std::filesystem::remove_all(doomed, error);
          }
        });
    outcome.transfer = engine.run();
  }
  outcome.archive = destination.result();
  outcome.checksums = source.checksumsNegotiated();
  outcome.statistics = source.statistics();
  outcome.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  return outcome;
}

}  // namespace

ExitCode runPull(const PullOptions& options, Interruption& interruption) {
  const std::unique_ptr<PullReport> report = makeReport(options);
  std::string adminUrl;
  try {
    if (options.output == "-" && standardOutputIsTerminal()) {
      throw Error(Errc::invalidOption,
                  "-o - writes an archive, and standard output is a terminal: redirect it");
    }
    PullRequest request = resolvePull(options, environmentVariable, localTime());
    adminUrl = request.adminUrl;
    report->done(pull(std::move(request), *report, interruption));
    return ExitCode::done;
  } catch (const std::exception& failure) {
    FailureReport shown = reportFailure(failure, adminUrl);
    // What breaks first after a signal depends on timing; the cause is the signal.
    if (interruption.requested()) {
      shown = FailureReport();
      shown.exitCode = ExitCode::interrupted;
      shown.error = "cancelled";
      shown.message = "interrupted; nothing was left behind";
    }
    report->failed(shown);
    if (options.json && options.output != "-") {
      std::cerr << shown.text();
    }
    return shown.exitCode;
  }
}

}  // namespace wsferry::tool
