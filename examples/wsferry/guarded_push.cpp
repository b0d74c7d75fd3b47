#include "guarded_push.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "archive_transfer.hpp"
#include "destination_state.hpp"
#include "pull_options.hpp"
#include "terminal.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/strapi/restore_scope.hpp"

namespace wsferry::tool {

namespace {

// A server answers a rollback when it has worked off what it received before.
constexpr std::chrono::milliseconds rollbackPatience{30'000};

class GuardedPush {
 public:
  GuardedPush(const PushRequest& request, TransferReport& report, Interruption& interruption)
      : request_(request), report_(report), interruption_(interruption) {}

  void run();

  /// What the transfer did to the server; nothing before it began.
  const std::optional<strapi::PushEffect>& effect() const { return effect_; }

 private:
  PushPlan plan();
  void consent() const;
  void refuseMismatch(const PushPlan& plan) const;
  void backUp();
  TransferOutcome transfer(bool acceptDifferences);
  strapi::RemoteDestinationOptions destinationOptions() const;
  std::function<void(const strapi::Diagnostic&)> diagnostics() const;

  const PushRequest& request_;
  TransferReport& report_;
  Interruption& interruption_;
  std::optional<strapi::PushEffect> effect_;
};

void GuardedPush::run() {
  report_.start(request_.ends);
  const PushPlan planned = plan();
  report_.plan(planned, request_.dryRun);
  refuseMismatch(planned);
  if (request_.dryRun) {
    return;
  }
  consent();
  if (request_.backup) {
    backUp();
  }
  // Where there are differences, the consent covers them.
  report_.done(transfer(planned.needsConsent()));
}

// Over connections of its own: nobody should be kept waiting while a person thinks.
PushPlan GuardedPush::plan() {
  const auto source = request_.openSource(diagnostics());
  strapi::RemoteDestination destination(request_.destination.adminUrl, destinationOptions());
  strapi::TransferEngine engine(*source, destination, request_.engine);
  PushPlan planned;
  planned.destination = request_.ends.to;
  planned.filter = request_.engine.filter;
  planned.versionStrategy = request_.engine.versionStrategy;
  {
    const Interruption::Scope scope(interruption_, [&engine] { engine.cancel(); });
    planned.transfer = engine.plan();
  }
  planned.restore =
      strapi::restoreScope(request_.engine.filter, *planned.transfer.destinationSchemas);
  if (request_.archive) {
    planned.archive = request_.archive->summary();
  }
  return planned;
}

void GuardedPush::refuseMismatch(const PushPlan& plan) const {
  if (!plan.transfer.versionsMatch) {
    throw Error(Errc::versionMismatch,
                "The source is of Strapi " + plan.transfer.source.strapiVersion +
                    ", the destination of " + plan.transfer.destination->strapiVersion +
                    ". Nothing was changed. --version-strategy minor, major or ignore accepts "
                    "more.");
  }
  // The plan has the differences in words, and where somebody can be asked, they are consent's.
  const bool canAsk = !request_.dryRun && request_.mayAsk && canAskOnTerminal();
  if (plan.needsConsent() && !request_.force && !canAsk) {
    throw Error(Errc::schemaMismatch,
                "The schemas of source and destination differ:\n" +
                    strapi::describe(plan.transfer.schemaDifferences) +
                    "Nothing was changed. --force transfers all the same and drops what the "
                    "destination does not know; --ignore-schema leaves types out of the "
                    "comparison.");
  }
}

void GuardedPush::consent() const {
  if (request_.force) {
    return;
  }
  const std::string host = Url::parse(request_.destination.adminUrl).host;
  const auto answer =
      request_.mayAsk
          ? askOnTerminal("This replaces what the plan names. Type the destination's host, " +
                          host + ", to go on: ")
          : std::nullopt;
  if (!answer) {
    throw Error(Errc::consentMissing,
                "Nothing was changed: this replaces the content of " + request_.ends.to +
                    ", and there is nobody to ask. --force goes on without asking, "
                    "--dry-run shows what would happen.");
  }
  if (*answer != host) {
    throw Error(Errc::consentMissing, "Nothing was changed: the answer was not " + host + ".");
  }
}

void GuardedPush::backUp() {
  report_.start({"backup", request_.ends.to, request_.backup->path});
  strapi::RemoteSourceOptions options = sourceOptions(request_.destination);
  options.onDiagnostic = diagnostics();
  strapi::RemoteSource source(request_.destination.adminUrl, std::move(options));
  try {
    report_.done(transferIntoArchive(source, *request_.backup, {}, report_, interruption_));
  } catch (const Error& error) {
    ErrorInfo info = error.info();
    info.message = "The backup failed, and nothing was changed: " + info.message;
    throw Error(error.code(), std::move(info));
  }
}

TransferOutcome GuardedPush::transfer(bool acceptDifferences) {
  if (request_.backup) {
    report_.start(request_.ends);
  }
  const TimePoint begin = Clock::now();
  const auto source = request_.openSource(diagnostics());
  strapi::RemoteDestination destination(request_.destination.adminUrl, destinationOptions());
  strapi::TransferEngineOptions options = request_.engine;
  options.acceptSchemaDifferences = acceptDifferences;
  options.onProgress = [this](const strapi::StageProgress& progress) {
    report_.progress(progress);
  };
  strapi::TransferEngine engine(*source, destination, std::move(options));
  TransferOutcome outcome;
  try {
    const Interruption::Scope scope(
        interruption_, [&engine] { engine.cancel(); }, {},
        {rollbackPatience});
    outcome.transfer = engine.run();
  } catch (...) {  // Goes on; only what is known of the server is noted.
    effect_ = destination.effect();
    throw;
  }
  outcome.url = request_.ends.to;
  outcome.checksums = destination.checksumsNegotiated();
  outcome.statistics = destination.statistics();
  outcome.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  return outcome;
}

strapi::RemoteDestinationOptions GuardedPush::destinationOptions() const {
  strapi::RemoteDestinationOptions options;
  options.connection = request_.destination.connection;
  options.retry = request_.destination.retry;
  options.keepAlive = request_.destination.keepAlive;
  options.checksums = request_.destination.checksums;
  options.window = request_.window;
  options.onDiagnostic = diagnostics();
  return options;
}

std::function<void(const strapi::Diagnostic&)> GuardedPush::diagnostics() const {
  return
      [&report = report_](const strapi::Diagnostic& diagnostic) { report.diagnostic(diagnostic); };
}

}  // namespace

ExitCode runGuardedPush(const PushRequest& request, TransferReport& report,
                        Interruption& interruption, bool alsoAsText) {
  GuardedPush push(request, report, interruption);
  try {
    push.run();
    return ExitCode::done;
  } catch (const std::exception& failure) {
    FailureReport shown = failureReport(failure, request.destination.adminUrl, interruption);
    shown.destination =
        destinationState(push.effect().value_or(strapi::PushEffect{}), request.ends.to,
                         request.backup ? request.backup->path : std::string());
    if (shown.exitCode == ExitCode::interrupted) {
      shown.message = "interrupted";
    }
    return reportFailed(shown, report, alsoAsText);
  }
}

}  // namespace wsferry::tool
