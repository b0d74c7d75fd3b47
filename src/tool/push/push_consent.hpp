#pragma once

#include "tool/options/push_options.hpp"
#include "tool/push/push_plan.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::tool {

/// Ends a push whose plan cannot or must not be carried out, before anybody is asked.
/// @throws Error: versionMismatch, schemaMismatch where nobody can agree to it, consentMissing for
/// stages that would be emptied, for a server that may be copied into itself, and for files of the
/// source that the destination may delete.
void refusePlan(const PushRequest& request, const PushPlan& plan);

/// Asks on the terminal, unless there is --force. @throws Error with ToolErrc::consentMissing.
void requireConsent(const PushRequest& request, const PushPlan& plan);

/// The agreement is to a plan: another one, made right before the transfer, is refused.
/// @throws Error with ToolErrc::consentMissing.
void refuseOtherPlan(const strapi::TransferPlan& agreed, const strapi::TransferPlan& current);

}  // namespace wsferry::tool
