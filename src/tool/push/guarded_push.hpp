#pragma once

#include "tool/commands/interruption.hpp"
#include "tool/options/push_options.hpp"
#include "tool/report/exit_code.hpp"
#include "tool/report/transfer_report.hpp"

namespace wsferry::tool {

/// Replaces a server's content: plans, shows the plan, asks, makes a backup, transfers, and says
/// after a failure what state the server is in. Reports its own failures; those with `alsoAsText`
/// on standard error, too.
ExitCode runGuardedPush(const PushRequest& request, TransferReport& report,
                        Interruption& interruption, bool alsoAsText);

}  // namespace wsferry::tool
