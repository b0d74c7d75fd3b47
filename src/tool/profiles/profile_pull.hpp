#pragma once

#include "tool/options/pull_options.hpp"
#include "tool/profiles/server_profiles.hpp"

namespace wsferry::tool {

/// The command line of `wsferry pull NAME`, with what the profile of that name gives and nothing
/// else. @throws Error with Errc::invalidOption.
PullOptions pullOptionsOf(const ServerProfile& profile, const ServerProfiles& profiles);

/// What the archives of such a pull are called, with the host filled in. Nothing where it goes to
/// standard output. Reads no key. @throws Error with Errc::invalidOption.
std::optional<NameTemplate> seriesOf(const ServerProfile& profile, PullOptions options);

}  // namespace wsferry::tool
