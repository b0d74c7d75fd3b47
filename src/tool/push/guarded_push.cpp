#include "tool/push/guarded_push.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "tool/options/pull_options.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/push/destination_state.hpp"
#include "tool/push/emptied_content.hpp"
#include "tool/push/push_consent.hpp"
#include "tool/recovery/attempts.hpp"
#include "tool/report/archive_report.hpp"
#include "tool/series/target_lock.hpp"
#include "tool/terminal/terminal.hpp"
#include "tool/transfer/archive_pull.hpp"
#include "tool/transfer/archive_transfer.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/restore_scope.hpp"

namespace wsferry::tool {

namespace {

// A server answers a rollback when it has worked off what it received before.
constexpr std::chrono::milliseconds rollbackPatience{30'000};

// Whether what was found in an archive is about a file that is told as lost.
bool isLoss(const std::string& finding, const archive::ArchiveSummary& archive,
            const std::vector<strapi::Loss>& losses) {
  const auto lacking = archive.lackingFiles.find(finding);
  return lacking != archive.lackingFiles.end() &&
         std::any_of(losses.begin(), losses.end(), [&](const strapi::Loss& loss) {
           return std::any_of(
               loss.files.begin(), loss.files.end(),
               [&](const strapi::LostFile& file) { return file.name == lacking->second; });
         });
}

class GuardedPush {
 public:
  GuardedPush(std::shared_ptr<const PushRequest> request, CommandRun& run)
      : request_(std::move(request)),
        run_(run),
        report_(*run.failure.report),
        interruption_(run.interruption),
        attempts_({request_->retry.retriesOrDefault(canAskOnTerminal())}, nullptr, report_,
                  interruption_) {}

  ExitCode run();

  /// Says in a failure of run() what state the server is in.
  void amend(FailureReport& failure) const;

 private:
  PushPlan acceptablePlan();
  PushPlan plan();
  CopyEnds examineBothEnds(const PushPlan& planned);
  void askForConsent(const PushPlan& planned);
  template <class Step>
  void attemptBackup(Step step);
  void tryBackup();
  ExitCode backUp();
  ExitCode pullBackup();
  template <class Step>
  auto ofBackup(Step step);
  TransferOutcome transferInAttempts(const PushPlan& agreed);
  TransferOutcome transfer(const PushPlan& agreed);
  strapi::TransferResult runAsAgreed(strapi::TransferEngine& engine, const PushPlan& agreed);
  strapi::RemoteDestinationOptions destinationOptions() const;
  std::function<void(const strapi::Diagnostic&)> diagnostics() const;

  const std::shared_ptr<const PushRequest> request_;
  CommandRun& run_;
  TransferReport& report_;
  Interruption& interruption_;
  std::optional<strapi::PushEffect> effect_;  ///< On the server; nothing before the transfer began.
  bool isUntouchedTold_ = false;              ///< The failure's message says that.
  std::optional<CopyEnds> copyEnds_;          ///< Once they are known.
  Backup backup_;
  Attempts attempts_;
};

// Whether the server is known to have all that it had: only then a push may begin again. A rollback
// that was not answered is no more than expected, and files are not part of it.
bool isUnchanged(const strapi::PushEffect& effect) {
  using Effect = strapi::PushEffect;
  return effect.files == Effect::Files::untouched &&
         (effect.database == Effect::Database::untouched ||
          effect.database == Effect::Database::rolledBack);
}

bool isWithoutParts(const strapi::TransferResult& backup) {
  return std::any_of(
      strapi::stageOrder.begin(), strapi::stageOrder.end(), [&](strapi::TransferStage stage) {
        const auto found = backup.stages.find(stage);
        const bool isPart =
            stage != strapi::TransferStage::schemas && stage != strapi::TransferStage::links;
        return isPart && (found == backup.stages.end() || found->second.moved.count == 0);
      });
}

// Every message that is read ahead is work for the server.
std::shared_ptr<strapi::RemoteSource> openToLook(const Server& server) {
  strapi::RemoteSourceOptions options = sourceOptions(server);
  options.queueBytes = 1;
  options.checksums = false;
  return std::make_shared<strapi::RemoteSource>(server.adminUrl, std::move(options));
}

ExitCode GuardedPush::run() {
  report_.start(request_->ends);
  for (const std::string& option : request_->unusedOptions) {
    report_.warning(option);
  }
  const PushPlan planned = acceptablePlan();
  attemptBackup([this] { tryBackup(); });
  if (request_->dryRun) {
    return ExitCode::done;
  }
  askForConsent(planned);
  ExitCode backup = ExitCode::done;
  attemptBackup([&] { backup = backUp(); });
  TransferOutcome outcome = transferInAttempts(planned);
  outcome.exitCode = std::max(outcome.exitCode, backup);
  report_.done(outcome);
  run_.hasTransferred = true;
  return outcome.exitCode;
}

// Shown, and not refused.
PushPlan GuardedPush::acceptablePlan() {
  PushPlan planned;
  attempts_.repeat([&] {
    planned = plan();
    interruption_.throwIfRequested();
    planned.copyEnds = copyEnds_ = examineBothEnds(planned);
  });
  if (request_->from) {
    planned.source = copyEnds_->source;
  }
  planned.destinationContent = copyEnds_->destination;
  report_.plan(planned, request_->dryRun);
  interruption_.throwIfRequested();
  refusePlan(*request_, planned);
  return planned;
}

template <class Step>
void GuardedPush::attemptBackup(Step step) {
  if (request_->backup) {
    attempts_.repeat(step);
    isUntouchedTold_ = false;
    interruption_.throwIfRequested();
  }
}

TransferOutcome GuardedPush::transferInAttempts(const PushPlan& agreed) {
  TransferOutcome outcome;
  attempts_.repeat([&] { outcome = transfer(agreed); },
                   [this] { return isUnchanged(effect_.value_or(strapi::PushEffect{})); });
  outcome.attempts = attempts_.count();
  if (request_->quiet && agreed.archive) {  // The plan was not shown.
    for (std::string& finding :
         findingsOf(*agreed.archive, agreed.restore.assets, outcome.transfer.remarks)) {
      if (!isLoss(finding, *agreed.archive, outcome.transfer.losses)) {
        outcome.planNotes.push_back(std::move(finding));
      }
    }
  }
  return outcome;
}

// A signal does not end the reading of an answer, but the process.
void GuardedPush::askForConsent(const PushPlan& planned) {
  const auto tell = [] { std::cerr << "\nwsferry: interrupted; nothing was changed" << std::endl; };
  const Patience none{std::chrono::milliseconds{0}, std::chrono::milliseconds{0}};
  const Interruption::Scope scope(interruption_, tell, {}, none);
  requireConsent(*request_, planned);
}

// Over connections of its own: nobody should be kept waiting while a person thinks.
PushPlan GuardedPush::plan() {
  const auto source = request_->openSource(diagnostics()).source;
  strapi::RemoteDestination destination(request_->destination.adminUrl, destinationOptions());
  strapi::TransferEngine engine(*source, destination, request_->engine);
  PushPlan planned;
  planned.destination = request_->ends.to;
  planned.protectedBy = request_->protectedBy;
  planned.versionStrategy = request_->engine.versionStrategy;
  {
    const Interruption::Scope scope(interruption_, [&engine] { engine.cancel(); });
    planned.transfer = engine.plan();
  }
  planned.restore = strapi::scopeFor(planned.transfer.filter, *planned.transfer.destinationSchemas);
  if (request_->archive) {
    planned.archive = request_->archive->summary();
    planned.source = countsOf(*planned.archive);
    const std::string note = unusedKeyNote(request_->ends.from, request_->archiveKeyGiven,
                                           planned.archive->format.encrypted);
    if (!note.empty()) {
      report_.warning(note);
    }
  }
  return planned;
}

// When the connections of the plan are gone: one that pushes may keep others waiting.
CopyEnds GuardedPush::examineBothEnds(const PushPlan& planned) {
  const auto opener = [](const Server& server) { return [&server] { return openToLook(server); }; };
  const OpenServer destination = opener(request_->destination);
  if (request_->from) {
    const IsWanted isWanted = [this, &planned](const std::string& uid) {
      return !request_->engine.allowIncomplete && planned.transfer.filter.includesType(uid);
    };
    return examineEnds(opener(*request_->from), destination,
                       {planned.restore.assets, deletedTypes(planned), isWanted}, interruption_);
  }
  const bool deletesMore = !emptiedTypes(planned).empty() || !emptiedStages(planned).empty();
  const std::vector<strapi::FilePlace> none;
  return examineDestination(planned.restore.assets ? planned.archive->filesElsewhere : none,
                            deletesMore, destination, interruption_);
}

// What ends it came before anything was changed.
template <class Step>
auto GuardedPush::ofBackup(Step step) {
  try {
    return step();
  } catch (const Error& error) {
    isUntouchedTold_ = true;
    throw error.withMessage("The backup failed, and nothing was changed: " +
                            (error.code() == Errc::notAuthorized
                                 ? "--backup needs a token of type Full access."
                                 : error.info().message));
  }
}

// Whether the server lets a backup be pulled: before anybody is asked, and so that a dry run finds
// it, too.
void GuardedPush::tryBackup() {
  const auto server = openToLook(request_->destination);
  const Interruption::Scope scope(interruption_, [&server] { server->cancel(); });
  ofBackup([&server] { server->bootstrap(); });
}

ExitCode GuardedPush::backUp() {
  const TargetLock lock(*request_->backupSeries, [this](const std::string& line) {
    report_.diagnostic({"note", line, {}});
  });
  lock.removeLeftovers();
  return ofBackup([this] { return pullBackup(); });
}

ExitCode GuardedPush::pullBackup() {
  report_.start({"backup", request_->ends.to, request_->backup->path});
  for (const std::string& note : request_->backupFiles.notes) {
    report_.diagnostic({"note", note, {}});
  }
  warnOfName(*request_->backup, report_);
  strapi::RemoteSourceOptions options = sourceOptions(request_->destination);
  options.onDiagnostic = diagnostics();
  ArchivePull archives(request_->destination.adminUrl, std::move(options), request_->backupFiles,
                       report_, interruption_);
  strapi::TransferEngineOptions engine;
  engine.allowIncomplete = request_->engine.allowIncomplete;
  engine.allowMissingFiles = request_->engine.allowMissingFiles;
  ProvisionalMark mark(false);
  const bool isMarked = request_->backupSeries->hasDate();
  TransferOutcome outcome = archives.run(*request_->backup, engine, {}, isMarked ? &mark : nullptr);
  mark.keep();
  if (isMarked) {
    noteCompleteness(outcome.exitCode == ExitCode::done, outcome);
  }
  backup_ = {request_->backup->path, isWithoutParts(outcome.transfer)};
  report_.done(outcome);
  interruption_.releaseEnd();
  return outcome.exitCode;
}

TransferOutcome GuardedPush::transfer(const PushPlan& agreed) {
  if (request_->backup) {
    report_.start(request_->ends);
  }
  const TimePoint begin = Clock::now();
  const ServerSource source = request_->openSource(diagnostics());
  strapi::RemoteDestination destination(request_->destination.adminUrl, destinationOptions());
  strapi::TransferEngineOptions options = request_->engine;
  options.acceptSchemaDifferences = agreed.needsConsent();
  options.onProgress = [this](const strapi::StageProgress& progress) {
    report_.progress(progress);
  };
  strapi::TransferEngine engine(*source.source, destination, std::move(options));
  TransferOutcome outcome;
  try {
    outcome.transfer = runAsAgreed(engine, agreed);
  } catch (...) {  // Goes on; only what is known of the server is noted.
    effect_ = destination.effect();
    throw;
  }
  outcome.exitCode = exitCodeFor(outcome.transfer);
  outcome.url = request_->ends.to;
  // Of a copy on both ways.
  outcome.checksums =
      destination.checksumsNegotiated() && (!source.socket || source.socket->checksumsNegotiated());
  if (source.filesByHttp) {
    outcome.filesByHttp = source.filesByHttp->statistics();
  }
  outcome.statistics = destination.statistics();
  outcome.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  return outcome;
}

strapi::TransferResult GuardedPush::runAsAgreed(strapi::TransferEngine& engine,
                                                const PushPlan& agreed) {
  const Interruption::Scope scope(interruption_, [&engine] { engine.cancel(); }, {},
                                  {rollbackPatience});
  refuseOtherPlan(agreed.transfer, engine.plan());
  strapi::TransferResult result = engine.run();
  interruption_.holdEnd();
  return result;
}

strapi::RemoteDestinationOptions GuardedPush::destinationOptions() const {
  strapi::RemoteDestinationOptions options;
  options.connection = request_->destination.connection;
  options.retry = request_->destination.retry;
  options.keepAlive = request_->destination.keepAlive;
  options.checksums = request_->destination.checksums;
  options.window = request_->window;
  options.onDiagnostic = diagnostics();
  return options;
}

std::function<void(const strapi::Diagnostic&)> GuardedPush::diagnostics() const {
  return
      [&report = report_](const strapi::Diagnostic& diagnostic) { report.diagnostic(diagnostic); };
}

// Before the transfer began. Who was told what is wrong with the archive or the command line does
// not ask what became of a server that was only to be looked at.
std::string untouchedText(const FailureReport& failure) {
  const bool isAboutServer =
      failure.exitCode == ExitCode::remote || failure.exitCode == ExitCode::authentication ||
      failure.exitCode == ExitCode::connection || failure.exitCode == ExitCode::interrupted;
  return isAboutServer ? "  The destination was not changed.\n" : "";
}

void GuardedPush::amend(FailureReport& failure) const {
  showAsInterruption(failure, run_.interruption);
  const bool isInterrupted = failure.exitCode == ExitCode::interrupted;
  failure.destination = destinationState(
      effect_.value_or(strapi::PushEffect{}),
      {request_->destinationName, request_->configFile, !request_->protectedBy.empty()}, backup_);
  if (!effect_) {
    failure.destination->text = isUntouchedTold_ && !isInterrupted ? "" : untouchedText(failure);
  } else if (copyEnds_) {
    addSourceState(*failure.destination, *effect_, *copyEnds_);
  }
  if (isInterrupted) {
    failure.message = "interrupted";
  }
  failure.attempts = attempts_.count();
}

}  // namespace

ExitCode runGuardedPush(std::shared_ptr<const PushRequest> request, CommandRun& run) {
  run.failure.adminUrl = request->destination.adminUrl;
  if (!request->quiet) {
    run.interruption.acknowledge();
  }
  const auto push = std::make_shared<GuardedPush>(std::move(request), run);
  run.failure.amend = [push](FailureReport& failure) { push->amend(failure); };
  return push->run();
}

}  // namespace wsferry::tool
