#pragma once

#include <memory>

#include "tool/commands/command_table.hpp"
#include "tool/options/push_options.hpp"

namespace wsferry::tool {

/// Replaces a server's content: plans, shows the plan, asks, makes a backup and transfers. A
/// failure is shown with the state that the server is in after it. Needs a report.
ExitCode runGuardedPush(std::shared_ptr<const PushRequest> request, CommandRun& run);

}  // namespace wsferry::tool
