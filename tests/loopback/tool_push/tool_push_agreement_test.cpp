#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/push_server.hpp"
#include "tool/push/guarded_push.hpp"
#include "tool/push/push_consent.hpp"
#include "tool/report/tool_error.hpp"
#include "wsferry/core/error.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::tool;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

/// Does something when the plan is shown, and when a step is done.
class Hooks final : public TransferReport {
 public:
  std::function<void()> onPlan = [] {};
  std::function<void()> onBackup = [] {};
  std::function<void()> onRetry = [] {};
  std::optional<FailureReport> failure;

  void start(const TransferEnds& ends) override { command_ = ends.command; }
  void plan(const PushPlan&, bool) override { onPlan(); }
  void progress(const strapi::StageProgress&) override {}
  void diagnostic(const strapi::Diagnostic&) override {}
  void warning(const std::string&) override {}
  void retry(const FailedAttempt&) override { onRetry(); }
  void done(const TransferOutcome&) override {
    if (command_ == "backup") {
      onBackup();
    }
  }
  void failed(const FailureReport& report) override { failure = report; }
  void retention(const RetentionResult&) override {}

 private:
  std::string command_;
};

PushRequest forcedPush(const std::string& archive, const PushServer& destination,
                       const std::string& backup = {}) {
  PushOptions options;
  options.archive = archive;
  options.to.url = destination.url();
  options.to.token = "testing-token";
  options.safety.force = true;
  options.safety.backup = backup;
  return resolvePush(options, [](const char*) { return std::string(); });
}

PushRequest forcedCopy(const TransferServer& source, const PushServer& destination) {
  CopyOptions options;
  options.from.url = source.adminUrl();
  options.from.token = "testing-token";
  options.to.url = destination.url();
  options.to.token = "testing-token";
  options.safety.force = true;
  options.safety.versionStrategy = "ignore";
  return resolveCopy(options, [](const char*) { return std::string(); });
}

/// A signal that comes when work can no longer be cancelled: that work ends well.
void overtakeSignal(Interruption& interruption) {
  std::promise<void> asked;
  const Interruption::Scope scope(interruption, [&asked] { asked.set_value(); });
  REQUIRE(::kill(::getpid(), SIGINT) == 0);
  asked.get_future().get();
}

/// Runs it as main() does.
ExitCode exitCodeOf(const std::shared_ptr<const PushRequest>& request, Hooks& report,
                    Interruption& interruption) {
  const std::vector<std::string> arguments;
  CommandRun run{interruption, arguments, {}, false};
  run.failure.report = std::shared_ptr<TransferReport>(&report, [](TransferReport*) {});
  run.failure.alsoAsText = false;
  try {
    return runGuardedPush(request, run);
  } catch (const std::exception& failure) {
    return run.failure.show(failure);
  }
}

ExitCode exitCodeOf(PushRequest request, Hooks& report, Interruption& interruption) {
  return exitCodeOf(std::make_shared<PushRequest>(std::move(request)), report, interruption);
}

strapi::TransferPlan somePlan() {
  strapi::TransferPlan plan;
  plan.source.strapiVersion = "5.54.0";
  plan.sourceSchemas = {{"api::a.a", "{}"}};
  plan.destination = plan.source;
  plan.destinationSchemas = plan.sourceSchemas;
  plan.schemaDifferences.push_back(
      {strapi::SchemaDifference::Kind::changed, "api::a.a", "attributes.b", "1", "2"});
  return plan;
}

}  // namespace

TEST_CASE("a signal at the end of a step ends the push before the next one") {
  const TemporaryFolder folder;
  const std::string archive = sampleArchive(folder);
  PushServer destination(folder);
  const std::string backup = folder / "before.tar";
  Interruption interruption;
  Hooks report;
  bool hasBackup = false;
  SECTION("of planning") {
    report.onPlan = [&] { overtakeSignal(interruption); };
  }
  SECTION("of the backup") {
    report.onBackup = [&] { overtakeSignal(interruption); };
    hasBackup = true;
  }
  const auto exitCode = exitCodeOf(forcedPush(archive, destination, backup), report, interruption);
  CHECK(exitCode == ExitCode::interrupted);
  REQUIRE(report.failure);
  CHECK(report.failure->error == "cancelled");
  REQUIRE(report.failure->destination);
  CHECK(report.failure->destination->database == "untouched");
  CHECK(std::filesystem::exists(backup) == hasBackup);
  CHECK(destination.server().log().commits == 0);
}

TEST_CASE("an archive that is replaced after the plan was shown is not pushed") {
  const TemporaryFolder folder;
  const std::string archive = sampleArchive(folder);
  const std::string other = sampleArchive(folder, "other.tar.gz");
  PushServer destination(folder);
  Interruption interruption;
  Hooks report;
  report.onPlan = [&] { std::filesystem::rename(other, archive); };
  const auto exitCode = exitCodeOf(forcedPush(archive, destination), report, interruption);
  CHECK(exitCode == ExitCode::data);
  REQUIRE(report.failure);
  CHECK(report.failure->message.find("has changed") != std::string::npos);
  CHECK(report.failure->destination->database == "untouched");
  CHECK(destination.server().log().commits == 0);
}

TEST_CASE("an archive that is replaced between two attempts is not pushed") {
  const TemporaryFolder folder;
  const std::string archive = sampleArchive(folder);
  const std::string other = sampleArchive(folder, "other.tar.gz");
  auto destination = std::make_unique<PushServer>(folder);
  PushRequest request = forcedPush(archive, *destination);
  request.retry.retries = 1;
  TransferServerOptions again;
  again.port = destination->server().port();
  TransferServerOptions busy = again;
  busy.faults.upgradeResponse =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  bool isReplaced = false;
  SECTION("it is the same one still") {}
  SECTION("it is another one") {
    isReplaced = true;
  }
  const auto become = [&](const TransferServerOptions& options) {
    destination.reset();
    destination = std::make_unique<PushServer>(folder, options);
  };
  Interruption interruption;
  Hooks report;
  report.onPlan = [&] { become(busy); };
  report.onRetry = [&] {
    become(again);
    if (isReplaced) {
      std::filesystem::rename(other, archive);
    }
  };
  const auto exitCode = exitCodeOf(std::move(request), report, interruption);
  CHECK(exitCode == (isReplaced ? ExitCode::data : ExitCode::done));
  CHECK(destination->server().log().commits == (isReplaced ? 0 : 1));
  CHECK(report.failure.has_value() == isReplaced);
  if (isReplaced) {
    CHECK(report.failure->message.find("has changed") != std::string::npos);
  }
}

TEST_CASE("a source that is another one after the plan was shown is not copied") {
  const TemporaryFolder folder;
  TransferServer source(testing::sampleContent(), {});
  TransferServerOptions changed;
  changed.strapiVersion = "5.53.0";
  TransferServer upgraded(testing::sampleContent(), changed);
  PushServer destination(folder);
  const auto request = std::make_shared<PushRequest>(forcedCopy(source, destination));
  PushRequest later = forcedCopy(upgraded, destination);
  Interruption interruption;
  Hooks report;
  report.onPlan = [&] { std::swap(request->openSource, later.openSource); };
  CHECK(exitCodeOf(request, report, interruption) == ExitCode::refused);
  REQUIRE(report.failure);
  CHECK(report.failure->message.find("the source's Strapi version") != std::string::npos);
  CHECK(destination.server().log().commits == 0);
}

TEST_CASE("an agreement covers the plan that was shown, and no other") {
  const strapi::TransferPlan agreed = somePlan();
  strapi::TransferPlan current = somePlan();
  CHECK_NOTHROW(refuseOtherPlan(agreed, current));
  SECTION("a time stamp does not count") {
    current.source.createdAt = "2026-01-01T00:00:00.000Z";
    CHECK_NOTHROW(refuseOtherPlan(agreed, current));
    return;
  }
  SECTION("source version") {
    current.source.strapiVersion = "5.54.1";
  }
  SECTION("destination version") {
    current.destination->strapiVersion = "5.54.1";
  }
  SECTION("source types") {
    current.sourceSchemas.push_back({"api::b.b", "{}"});
  }
  SECTION("destination types") {
    current.destinationSchemas->push_back({"api::b.b", "{}"});
  }
  SECTION("a difference more") {
    current.schemaDifferences.push_back(current.schemaDifferences.front());
  }
  SECTION("another value") {
    current.schemaDifferences.front().destinationValue = "3";
  }
  try {
    refuseOtherPlan(agreed, current);
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.code() == ToolErrc::consentMissing);
  }
}
