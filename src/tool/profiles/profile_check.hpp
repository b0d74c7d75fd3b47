#pragma once

#include <optional>
#include <vector>

#include "tool/doctor/finding.hpp"
#include "tool/options/environment.hpp"
#include "tool/profiles/server_profiles.hpp"
#include "tool/series/name_template.hpp"

namespace wsferry::tool {

/// What was found of a profile.
struct CheckedProfile {
  std::vector<Finding> findings;       ///< That all is well, or all that is not, by its name.
  std::optional<NameTemplate> series;  ///< Of the archives that a pull by its name makes.
  bool prunes = false;                 ///< Such a pull removes older ones.
};

/// Finds what the commands would refuse or warn of if the profile were named, by their own
/// functions. Runs no command, reads nothing from standard input and asks no server.
CheckedProfile checkProfile(const ServerProfile& profile, const ServerProfiles& profiles,
                            const Environment& environment);

}  // namespace wsferry::tool
