#include "tool/push/guarded_push.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "tool/commands/archive_transfer.hpp"
#include "tool/options/pull_options.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/push/destination_state.hpp"
#include "tool/push/emptied_content.hpp"
#include "tool/push/push_consent.hpp"
#include "tool/report/archive_report.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/restore_scope.hpp"

namespace wsferry::tool {

namespace {

// A server answers a rollback when it has worked off what it received before.
constexpr std::chrono::milliseconds rollbackPatience{30'000};

// Whether a problem of the archive's file is told as what was lost.
bool isLoss(const std::string& problem, const std::vector<strapi::Loss>& losses) {
  return std::any_of(losses.begin(), losses.end(), [&](const strapi::Loss& loss) {
    return std::any_of(loss.examples.begin(), loss.examples.end(), [&](const std::string& example) {
      const std::string file = example.substr(0, example.find(' '));
      return problem.rfind("assets/uploads/" + file + " ", 0) == 0;
    });
  });
}

class GuardedPush {
 public:
  GuardedPush(std::shared_ptr<const PushRequest> request, CommandRun& run)
      : request_(std::move(request)),
        run_(run),
        report_(*run.failure.report),
        interruption_(run.interruption) {}

  ExitCode run();

  /// Says in a failure of run() what state the server is in.
  void amend(FailureReport& failure) const;

 private:
  PushPlan plan();
  std::optional<CopyEnds> examineBothEnds(const PushPlan& planned);
  ExitCode backUp();
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
};

bool isWithoutParts(const strapi::TransferResult& backup) {
  return std::any_of(
      strapi::stageOrder.begin(), strapi::stageOrder.end(), [&](strapi::TransferStage stage) {
        const auto found = backup.stages.find(stage);
        const bool isPart =
            stage != strapi::TransferStage::schemas && stage != strapi::TransferStage::links;
        return isPart && (found == backup.stages.end() || found->second.moved.count == 0);
      });
}

ExitCode GuardedPush::run() {
  report_.start(request_->ends);
  for (const std::string& option : request_->unusedOptions) {
    report_.warning(option);
  }
  PushPlan planned = plan();
  interruption_.throwIfRequested();
  planned.copyEnds = copyEnds_ = examineBothEnds(planned);
  if (request_->from) {
    planned.source = copyEnds_->source;
    planned.destinationContent = copyEnds_->destination;
  }
  report_.plan(planned, request_->dryRun);
  interruption_.throwIfRequested();
  refusePlan(*request_, planned);
  if (request_->dryRun) {
    return ExitCode::done;
  }
  requireConsent(*request_, planned);
  if (request_->quiet) {  // Programs did not get the plan; for people consent has told it.
    for (const std::string& warning : emptiedWarnings(planned)) {
      report_.warning(warning);
    }
  }
  ExitCode backup = ExitCode::done;
  if (request_->backup) {
    backup = backUp();
    interruption_.throwIfRequested();
  }
  TransferOutcome outcome = transfer(planned);
  outcome.exitCode = std::max(outcome.exitCode, backup);
  if (request_->quiet && planned.archive) {  // The plan was not shown.
    for (std::string& finding :
         findingsOf(*planned.archive, planned.restore.assets, outcome.transfer.remarks)) {
      if (!isLoss(finding, outcome.transfer.losses)) {
        outcome.sourceNotes.push_back(std::move(finding));
      }
    }
  }
  report_.done(outcome);
  run_.hasTransferred = true;
  return outcome.exitCode;
}

// Over connections of its own: nobody should be kept waiting while a person thinks.
PushPlan GuardedPush::plan() {
  const auto source = request_->openSource(diagnostics());
  strapi::RemoteDestination destination(request_->destination.adminUrl, destinationOptions());
  strapi::TransferEngine engine(*source, destination, request_->engine);
  PushPlan planned;
  planned.destination = request_->ends.to;
  planned.versionStrategy = request_->engine.versionStrategy;
  {
    const Interruption::Scope scope(interruption_, [&engine] { engine.cancel(); });
    planned.transfer = engine.plan();
  }
  planned.restore =
      strapi::restoreScope(planned.transfer.filter, *planned.transfer.destinationSchemas);
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
std::optional<CopyEnds> GuardedPush::examineBothEnds(const PushPlan& planned) {
  const auto opener = [](const Server& server) {
    return [&server] {
      strapi::RemoteSourceOptions options = sourceOptions(server);
      // Every message that is read ahead is work for the server.
      options.queueBytes = 1;
      options.checksums = false;
      return std::make_shared<strapi::RemoteSource>(server.adminUrl, std::move(options));
    };
  };
  const OpenServer destination = opener(request_->destination);
  if (request_->from) {
    const IsWanted isWanted = [this, &planned](const std::string& uid) {
      return !request_->engine.allowIncomplete && planned.transfer.filter.includesType(uid);
    };
    return examineEnds(opener(*request_->from), destination,
                       {planned.restore.assets, deletedTypes(planned), isWanted}, interruption_);
  }
  if (planned.archive && planned.restore.assets) {
    return examineFiles(planned.archive->filesElsewhere, destination, interruption_);
  }
  return std::nullopt;
}

ExitCode GuardedPush::backUp() {
  report_.start({"backup", request_->ends.to, request_->backup->path});
  strapi::RemoteSourceOptions options = sourceOptions(request_->destination);
  options.onDiagnostic = diagnostics();
  strapi::RemoteSource source(request_->destination.adminUrl, std::move(options));
  strapi::TransferEngineOptions engine;
  engine.allowIncomplete = request_->engine.allowIncomplete;
  engine.allowMissingFiles = request_->engine.allowMissingFiles;
  try {
    TransferOutcome outcome =
        transferIntoArchive(source, *request_->backup, std::move(engine), report_, interruption_);
    outcome.checksums = source.checksumsNegotiated();
    outcome.statistics = source.statistics();
    backup_ = {request_->backup->path, isWithoutParts(outcome.transfer)};
    report_.done(outcome);
    return outcome.exitCode;
  } catch (const Error& error) {
    isUntouchedTold_ = true;
    throw error.withMessage("The backup failed, and nothing was changed: " +
                            (error.code() == Errc::notAuthorized
                                 ? "--backup needs a token of type Full access."
                                 : error.info().message));
  }
}

TransferOutcome GuardedPush::transfer(const PushPlan& agreed) {
  if (request_->backup) {
    report_.start(request_->ends);
  }
  const TimePoint begin = Clock::now();
  const auto source = request_->openSource(diagnostics());
  strapi::RemoteDestination destination(request_->destination.adminUrl, destinationOptions());
  strapi::TransferEngineOptions options = request_->engine;
  options.acceptSchemaDifferences = agreed.needsConsent();
  options.onProgress = [this](const strapi::StageProgress& progress) {
    report_.progress(progress);
  };
  strapi::TransferEngine engine(*source, destination, std::move(options));
  TransferOutcome outcome;
  try {
    outcome.transfer = runAsAgreed(engine, agreed);
  } catch (...) {  // Goes on; only what is known of the server is noted.
    effect_ = destination.effect();
    throw;
  }
  outcome.exitCode = exitCodeFor(outcome.transfer);
  outcome.url = request_->ends.to;
  outcome.checksums = destination.checksumsNegotiated();
  outcome.statistics = destination.statistics();
  outcome.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  return outcome;
}

strapi::TransferResult GuardedPush::runAsAgreed(strapi::TransferEngine& engine,
                                                const PushPlan& agreed) {
  const Interruption::Scope scope(interruption_, [&engine] { engine.cancel(); }, {},
                                  {rollbackPatience});
  refuseOtherPlan(agreed.transfer, engine.plan());
  return engine.run();
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
  failure.destination =
      destinationState(effect_.value_or(strapi::PushEffect{}), request_->ends.to, backup_);
  if (!effect_) {
    failure.destination->text = isUntouchedTold_ && !isInterrupted ? "" : untouchedText(failure);
  } else if (copyEnds_) {
    addSourceState(*failure.destination, *effect_, *copyEnds_);
  }
  if (isInterrupted) {
    failure.message = "interrupted";
  }
}

}  // namespace

ExitCode runGuardedPush(std::shared_ptr<const PushRequest> request, CommandRun& run) {
  run.failure.adminUrl = request->destination.adminUrl;
  const auto push = std::make_shared<GuardedPush>(std::move(request), run);
  run.failure.amend = [push](FailureReport& failure) { push->amend(failure); };
  return push->run();
}

}  // namespace wsferry::tool
