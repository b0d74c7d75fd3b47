#pragma once

#include <string>

#include "tool/push/copy_ends.hpp"
#include "tool/report/failure_report.hpp"
#include "wsferry/strapi/remote_destination.hpp"

namespace wsferry::tool {

/// What a failed push left behind, how that is known, and what puts it right. `url` is the
/// destination's, `backup` the file with its content from before; empty if there is none.
FailureReport::DestinationState destinationState(const strapi::PushEffect& effect,
                                                 const std::string& url, const std::string& backup);

/// Adds what a failed copy may have done to its source.
void addSourceState(FailureReport::DestinationState& state, const strapi::PushEffect& effect,
                    const CopyEnds& ends);

}  // namespace wsferry::tool
