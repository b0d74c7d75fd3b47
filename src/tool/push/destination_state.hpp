#pragma once

#include <string>

#include "tool/push/copy_ends.hpp"
#include "tool/report/failure_report.hpp"
#include "wsferry/strapi/remote_destination.hpp"

namespace wsferry::tool {

/// An archive of what a destination had before a push.
struct Backup {
  std::string path;             ///< Empty if there is none.
  bool isWithoutParts = false;  ///< Of content, files or configuration it has nothing.
};

/// What a failed push left behind, how that is known, and what puts it right. `url` is the
/// destination's.
FailureReport::DestinationState destinationState(const strapi::PushEffect& effect,
                                                 const std::string& url, const Backup& backup);

/// Adds what a failed copy may have done to its source.
void addSourceState(FailureReport::DestinationState& state, const strapi::PushEffect& effect,
                    const CopyEnds& ends);

}  // namespace wsferry::tool
