#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tool/options/connection_options.hpp"
#include "tool/options/environment.hpp"
#include "tool/options/files_options.hpp"
#include "tool/profiles/server_profiles.hpp"

namespace wsferry::tool {

/// Where a command takes a server.
struct ServerPlace {
  std::string& typed;       ///< The argument: a URL or a profile's name.
  ServerOptions& server;    ///< Gets what the profile gives.
  const char* argument;     ///< Its name in the help.
  const char* variable;     ///< Gives the same if nothing was typed; null: nothing does.
  const char* prefix;       ///< Of the options that are this server's: "", "from-", "to-".
  bool isReplaced = false;  ///< It is pushed into.
  bool mayBeFile = false;   ///< What is no profile is the name of an archive.
};

/// All that it takes, and the options that all its servers have in common.
struct ServerPlaces {
  std::vector<ServerPlace> places;
  const ConnectionOptions& connection;
  const FilesOptions& files;
};

/// Makes a profile what `place` names: it gives what was not typed, as nameServers() says. The URL
/// stays as it was typed. @throws Error with Errc::invalidOption.
void useProfile(const ServerProfile& profile, const ServerPlace& place, const ServerPlaces& places,
                const ServerProfiles& profiles, CLI::App& command);

/// Puts profiles in the place of their names. What was typed counts before what a profile gives.
/// Where the command has one place for a server, its profile gives values to all options of the
/// command; where it has two, only to those by which that server is reached.
/// @throws Error: invalidOption for a configuration that cannot be used, invalidUrl for a name that
/// is none.
void nameServers(CLI::App& command, const ServerPlaces& places, const Environment& environment);

}  // namespace wsferry::tool
