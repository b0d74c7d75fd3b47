#include <memory>

#include "tool/commands/commands.hpp"
#include "tool/push/guarded_push.hpp"

namespace wsferry::tool {

ExitCode runPush(const PushOptions& options, CommandRun& run) {
  run.failure.useReport(options.reporting, options.safety.backup);
  return runGuardedPush(std::make_shared<PushRequest>(resolvePush(options, environmentVariable)),
                        run);
}

ExitCode runCopy(const CopyOptions& options, CommandRun& run) {
  run.failure.useReport(options.reporting, options.safety.backup);
  return runGuardedPush(std::make_shared<PushRequest>(resolveCopy(options, environmentVariable)),
                        run);
}

}  // namespace wsferry::tool
