#include <iostream>

#include "tool/commands/commands.hpp"
#include "tool/stream/stream_arguments.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::tool {

void addProfileOptions(CLI::App& command, ProfileOptions& options) {
  command.add_option("action", options.action, "What to do: show")->type_name("show")->required();
  command.add_option("profile", options.profile, "A profile's name, or a file with one")
      ->type_name("NAME|FILE")
      ->required();
  std::string names;
  for (const std::string& name : gateway::profileNames()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  command.footer(
      "Writes a complete profile to standard output as JSON, to edit and use with\n"
      "`wsferry stream --profile FILE`. A profile in a file is checked.\n"
      "\n"
      "Profiles: " +
      names +
      "\n\n"
      "Examples:\n"
      "  wsferry profile show deepgram > mine.json\n"
      "  wsferry profile show mine.json");
}

ExitCode runProfile(const ProfileOptions& options, CommandRun&) {
  if (options.action != "show") {
    throw Error(Errc::invalidOption, "profile does one thing: `wsferry profile show NAME`");
  }
  std::cout << gateway::profileText(readProfile(options.profile)) << std::flush;
  if (!std::cout) {
    throw Error(Errc::fileFailed, "cannot write the profile to standard output");
  }
  return ExitCode::done;
}

}  // namespace wsferry::tool
