#include <atomic>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tool/commands/commands.hpp"
#include "tool/recovery/attempts.hpp"
#include "tool/recovery/unfinished_parts.hpp"
#include "tool/series/left_out.hpp"
#include "tool/series/provisional_mark.hpp"
#include "tool/series/retention.hpp"
#include "tool/series/target_lock.hpp"
#include "tool/terminal/size_format.hpp"
#include "tool/terminal/terminal.hpp"
#include "tool/transfer/archive_pull.hpp"
#include "tool/transfer/archive_transfer.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

void introduce(const PullRequest& request, TransferReport& report) {
  report.start({"pull", Url::parse(request.adminUrl).display(), request.destination.path});
  for (const std::string& option : request.unusedOptions) {
    report.warning(option);
  }
  for (const std::string& note : request.files.notes) {
    report.diagnostic({"note", note, {}});
  }
  warnOfName(request.destination, report);
}

ArchivePull archivePull(const PullRequest& request, TransferReport& report,
                        Interruption& interruption) {
  strapi::RemoteSourceOptions source = request.source;
  source.onDiagnostic = [&report](const strapi::Diagnostic& diagnostic) {
    report.diagnostic(diagnostic);
  };
  return ArchivePull(request.adminUrl, std::move(source), request.files, report, interruption);
}

TransferOutcome pull(const PullRequest& request, ArchivePull& archives,
                     const std::vector<std::string>& unfinished) {
  strapi::TransferEngineOptions options;
  options.filter = request.filter;
  applyCompleteness(request.completeness, options);
  options.allowSuspected = true;  // A backup with a warning is better than none.
  ProvisionalMark mark(isSelection(request.filter) && !request.retention.counts.areGiven());
  const bool isMarked = mayCountInSeries(request.destination.path);
  TransferOutcome outcome =
      archives.run(request.destination, options, unfinished, isMarked ? &mark : nullptr);
  mark.keep();
  return outcome;
}

// Whether another attempt has a use for the files of one that was not finished.
bool takesFilesAgain(const PullRequest& request) {
  return request.files.way != "socket" &&
         request.filter.includes(strapi::TransferStage::entities) &&
         request.filter.includes(strapi::TransferStage::assets);
}

std::unique_ptr<UnfinishedParts> unfinishedParts(const PullRequest& request, const TargetLock& lock,
                                                 TransferReport& report) {
  if (!takesFilesAgain(request)) {
    lock.removeLeftovers();
    return nullptr;
  }
  if (request.files.noReuse) {
    lock.removeLeftovers();
  }
  auto parts = std::make_unique<UnfinishedParts>(lock);
  if (!parts->leftovers().empty()) {
    const std::string others = parts->removed() == 0
                                   ? std::string()
                                   : ". " + counted(parts->removed(), "smaller one is removed",
                                                    "smaller ones are removed");
    report.diagnostic({"note",  // Also with -q, as all that a killed run left.
                       "looking for files in what a killed run left behind: " +
                           leftoversText(parts->leftovers()) + others,
                       {}});
  }
  return parts;
}

TransferOutcome pullInAttempts(PullRequest request, const std::optional<TargetLock>& lock,
                               CommandRun& run) {
  TransferReport& report = *run.failure.report;
  introduce(request, report);
  const std::unique_ptr<UnfinishedParts> parts =
      lock ? unfinishedParts(request, *lock, report) : nullptr;
  const unsigned retries = request.series ? request.retry.retriesOrDefault(canAskOnTerminal()) : 0;
  request.destination.keepUnfinished = retries > 0 && parts && lock->isHeld();
  const auto attempts = std::make_shared<Attempts>(
      Attempts::Limits{retries, request.retry.deadline}, parts.get(), report, run.interruption);
  run.failure.amend = [attempts, amend = run.failure.amend](FailureReport& failure) {
    amend(failure);
    failure.attempts = attempts->count();
  };
  request.files.deadline = attempts->deadline();
  ArchivePull archives = archivePull(request, report, run.interruption);
  return attempts->run([&](const std::vector<std::string>& unfinished) {
    return pull(request, archives, unfinished);
  });
}

// The archive that a pull makes, in its series.
SeriesArchive madeBy(const NameTemplate& series, const std::string& path) {
  const std::string name = withoutSlashes(path.substr(series.folder().size()));
  const auto match = series.match(name);
  return {name, match ? match->time : 0};
}

RetentionResult applyRetention(const PullRequest& request,
                               const std::atomic<bool>* interrupted = nullptr,
                               const std::map<std::string, std::string>& damaged = {}) {
  const SeriesReading reading{request.destination.key, request.completeness.allowMissingFiles,
                              nullptr, interrupted, damaged};
  return applyRetention(*request.series, request.retention, reading,
                        madeBy(*request.series, request.destination.path));
}

// Until a signal, or the deadline. The archive is made and stays, whatever becomes of the older
// ones.
void prune(const PullRequest& request, Interruption& interruption, TransferOutcome& outcome) {
  std::atomic<bool> isEnded{false};
  try {
    const Interruption::Scope scope(interruption, [&isEnded] { isEnded = true; });
    outcome.retention = applyRetention(request, &isEnded, outcome.damagedArchives);
  } catch (const Error& error) {
    outcome.retention.emplace();
    outcome.retention->failed.push_back({request.series->folder(), error.info().message});
  }
  if (!outcome.retention->failed.empty()) {
    outcome.exitCode = ExitCode::data;
  }
  const bool isInterrupted = interruption.requested();
  if (isInterrupted || isEnded) {
    outcome.exitCode = isInterrupted ? ExitCode::interrupted : ExitCode::connection;
    outcome.sourceNotes.push_back(
        (isInterrupted
             ? "interrupted"
             : "the --deadline of " + formatDuration(request.retry.deadline) + " has passed") +
        std::string(": this archive is done, and older ones that were not yet read stay"));
  }
}

void setAside(const PullRequest& request, TransferOutcome& outcome) {
  noteCompleteness(false, outcome);
  if (request.retention.counts.areGiven()) {
    outcome.sourceNotes.emplace_back("nothing was removed, because this archive lacks something");
  }
}

constexpr const char* notAmongThese =
    ", which this selection leaves out: its archive does not count among these, and nothing is "
    "removed. Give archives of a selection names of their own";

std::string heldByEarlier(const PullRequest& request, Interruption& interruption) {
  if (!request.retention.counts.areGiven() || !isSelection(request.filter)) {
    return {};
  }
  const SeriesReading reading{request.destination.key,
                              request.completeness.allowMissingFiles,
                              nullptr,
                              &interruption.requested(),
                              {}};
  return heldByEarlier(*request.series, madeBy(*request.series, request.destination.path).name,
                       request.filter, reading);
}

void concludeSeries(const PullRequest& request, Interruption& interruption,
                    TransferOutcome& outcome) {
  if (request.destination.path == "-") {
    return;
  }
  // Of a series, whether or not its name was typed. An archive of a selection is perhaps one among
  // many that are whole.
  const bool mayCount = mayCountInSeries(request.destination.path);
  const bool prunes = request.retention.counts.areGiven();
  const bool lacksFiles =
      !outcome.transfer.losses.empty();  // As was allowed: others may have them.
  if (outcome.exitCode != ExitCode::done || (lacksFiles && prunes) ||
      (isSelection(request.filter) && !prunes)) {
    if (mayCount) {
      setAside(request, outcome);
    }
    return;
  }
  if (const std::string held = heldByEarlier(request, interruption); !held.empty()) {
    noteCompleteness(false, outcome);
    outcome.sourceNotes.push_back(held + notAmongThese);
    return;
  }
  noteCompleteness(true, outcome);
  if (prunes) {
    prune(request, interruption, outcome);
  }
}

// Two runs in the time that the name tells make one name.
std::string remedyIfExists(const NameTemplate& series) {
  if (!series.hasDate()) {
    return archiveExistsRemedy;
  }
  return series.hasTime() ? "Another run made it in this second: start again."
                          : "It is today's: add {time} to the name for several a day, or replace "
                            "it with --force.";
}

}  // namespace

ExitCode runPull(const PullOptions& options, CommandRun& run) {
  // Standard output belongs to the archive when it goes there.
  const bool toStandardOutput = options.output.path == "-";
  run.failure.useReport(options.reporting, options.output.path);
  run.failure.amend = amendArchiveFailure(run.interruption, options.output.force);
  if (toStandardOutput && standardOutputIsTerminal()) {
    throw Error(Errc::invalidOption,
                "-o - writes an archive, and standard output is a terminal: redirect it");
  }
  const PullRequest request = resolvePull(options, environmentVariable, utcTime());
  run.failure.adminUrl = request.adminUrl;
  if (request.retention.dryRun) {
    requireHoldsNoMore(request.destination, request.filter, run.interruption.requested());
    const std::string held = heldByEarlier(request, run.interruption);
    if (held.empty()) {
      run.failure.report->retention(applyRetention(request));
    } else {
      run.failure.report->diagnostic({"note", held + notAmongThese, {}});
    }
    return ExitCode::done;
  }
  if (!options.reporting.quiet) {
    run.interruption.acknowledge();
  }
  TransferReport& report = *run.failure.report;
  std::optional<TargetLock> lock;
  if (request.series) {
    run.failure.amend = amendArchiveFailure(run.interruption, options.output.force,
                                            remedyIfExists(*request.series));
    lock.emplace(*request.series, [&report](const std::string& line) {
      report.diagnostic({"note", line, {}});  // -q promises that two runs are not at work at once.
    });
  }
  requireHoldsNoMore(request.destination, request.filter, run.interruption.requested());
  TransferOutcome outcome = pullInAttempts(request, lock, run);
  if (outcome.exitCode == ExitCode::done && outcome.transfer.losses.empty() &&
      !isSelection(request.filter)) {
    const std::string aside = removeAside(outcome.transfer, request.destination.path,
                                          request.destination.key, run.interruption.requested());
    if (!aside.empty()) {
      report.warning(aside);
    }
  }
  concludeSeries(request, run.interruption, outcome);
  report.done(outcome);
  run.hasTransferred = true;
  return outcome.exitCode;
}

}  // namespace wsferry::tool
