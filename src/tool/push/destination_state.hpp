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

/// How a destination was given: by its profile or its URL, and where profiles are, if that was
/// typed.
struct GivenDestination {
  std::string name;
  std::string configFile;
  bool isProtected = false;
};

/// What a failed push left behind, how that is known, and what puts it right.
FailureReport::DestinationState destinationState(const strapi::PushEffect& effect,
                                                 const GivenDestination& destination,
                                                 const Backup& backup);

/// Adds what a failed copy may have done to its source.
void addSourceState(FailureReport::DestinationState& state, const strapi::PushEffect& effect,
                    const CopyEnds& ends);

}  // namespace wsferry::tool
