#include "tool/profiles/profile_pull.hpp"

#include <utility>

#include "tool/profiles/named_servers.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

PullOptions pullOptionsOf(const ServerProfile& profile, const ServerProfiles& profiles) {
  CLI::App command;
  PullOptions options;
  addPullOptions(command, options);
  const ServerPlaces places{
      {{options.server.url, options.server, "", nullptr, ""}}, options.connection, options.files};
  useProfile(profile, places.places.front(), places, profiles, command);
  options.server.url = profile.url;
  return options;
}

std::optional<NameTemplate> seriesOf(const ServerProfile& profile, PullOptions options) {
  if (options.output.path == "-") {
    return std::nullopt;
  }
  options.output.keyFile.clear();
  options.output.key = options.output.encrypt ? "any" : "";
  return nameTemplateOf(resolveOutput(options.output)).ofHost(hostInName(Url::parse(profile.url)));
}

}  // namespace wsferry::tool
