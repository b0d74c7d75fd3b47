#include <exception>

#include "tool/commands/archive_transfer.hpp"
#include "tool/commands/commands.hpp"
#include "tool/push/guarded_push.hpp"

namespace wsferry::tool {

namespace {

template <class Resolve>
ExitCode runAgreed(const ReportingOptions& reporting, Interruption& interruption, Resolve resolve) {
  const auto report = makeReport(reporting, false);
  std::optional<PushRequest> request;
  try {
    request = resolve();
  } catch (const std::exception& failure) {
    return reportFailed(reportFailure(failure), *report, reporting.json);
  }
  return runGuardedPush(*request, *report, interruption, reporting.json);
}

}  // namespace

ExitCode runPush(const PushOptions& options, Interruption& interruption) {
  return runAgreed(options.reporting, interruption,
                   [&] { return resolvePush(options, environmentVariable); });
}

ExitCode runCopy(const CopyOptions& options, Interruption& interruption) {
  return runAgreed(options.reporting, interruption,
                   [&] { return resolveCopy(options, environmentVariable); });
}

}  // namespace wsferry::tool
