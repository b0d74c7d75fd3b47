#pragma once

#include "exit_code.hpp"
#include "interruption.hpp"
#include "push_options.hpp"
#include "transfer_report.hpp"

namespace wsferry::tool {

/// Replaces a server's content: plans, shows the plan, asks, makes a backup, transfers, and says
/// after a failure what state the server is in. Reports its own failures; those with `alsoAsText`
/// on standard error, too.
ExitCode runGuardedPush(const PushRequest& request, TransferReport& report,
                        Interruption& interruption, bool alsoAsText);

}  // namespace wsferry::tool
