#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tool/commands/commands.hpp"
#include "tool/doctor/findings.hpp"
#include "tool/profiles/profile_check.hpp"
#include "tool/push/same_server.hpp"
#include "tool/terminal/printable_text.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

// One folder has many spellings.
std::string canonicalName(const NameTemplate& series) {
  std::error_code unknown;
  const std::filesystem::path folder = std::filesystem::weakly_canonical(
      std::filesystem::absolute(series.folder(), unknown), unknown);
  return (unknown ? std::filesystem::path(series.folder()) : folder / "").string() + series.name();
}

// Two servers whose archives have the same names are one series, of which a pull from the one
// removes archives of the other.
void warnOfSharedSeries(const std::vector<std::pair<const ServerProfile*, CheckedProfile>>& checked,
                        Findings& findings) {
  for (auto one = checked.begin(); one != checked.end(); ++one) {
    for (auto other = checked.begin(); other != one; ++other) {
      const auto& first = other->second.series;
      const auto& second = one->second.series;
      if (first && second && (one->second.prunes || other->second.prunes) &&
          canonicalName(*first) == canonicalName(*second) &&
          !isSameServer(other->first->url, one->first->url)) {
        findings.add(warned(one->first->name,
                            "its archives have the same names as those of " + other->first->name +
                                ", and count as one series with them",
                            "Put {host} into output, or use a folder for each."));
      }
    }
  }
}

bool hasMistake(const std::string& server, const std::vector<Mistake>& mistakes) {
  return std::any_of(mistakes.begin(), mistakes.end(),
                     [&server](const Mistake& mistake) { return mistake.server == server; });
}

// What was wrong when a server was read is told already; nothing else may be wrong with it.
void checkProfiles(const ServerProfiles& profiles, const std::vector<Mistake>& mistakes,
                   Findings& findings) {
  std::vector<std::pair<const ServerProfile*, CheckedProfile>> checked;
  for (const ServerProfile& profile : profiles.all()) {
    checked.emplace_back(&profile, checkProfile(profile, profiles, environmentVariable));
    for (Finding& finding : checked.back().second.findings) {
      if (finding.state == FindingState::pass && hasMistake(profile.name, mistakes)) {
        continue;
      }
      findings.add(std::move(finding.with("url", Url::parse(profile.url).display())
                                 .with("isProtected", profile.isProtected)));
    }
  }
  warnOfSharedSeries(checked, findings);
}

}  // namespace

void addConfigOptions(CLI::App& command, ConfigOptions& options) {
  command.add_option("action", options.action, "What to do: check")->type_name("check")->required();
  addConfigOption(command, options.file);
  command.add_flag("--json", options.json, "One JSON object on standard output");
  command.footer(
      "Reads the configuration file and checks each server in it: values, files, and who can read "
      "secrets.\n"
      "Exit code 0: it can be used.\n"
      "\n"
      "A server's section, with any option of pull, push, copy, diff and doctor, without its "
      "dashes:\n"
      "  [production]\n"
      "  url = \"https://example.org/admin\"\n"
      "  token-file = \"production.token\"\n"
      "  protected = true\n"
      "  output = \"/var/backups/strapi/\"\n"
      "  reuse = \"latest\"\n"
      "  keep-daily = 7\n"
      "  quiet = true\n"
      "\n"
      "Examples:\n"
      "  wsferry config check\n"
      "  wsferry config check --config servers.toml --json");
}

ExitCode runConfig(const ConfigOptions& options, CommandRun& run) {
  run.failure.useJson(options.json);
  if (options.action != "check") {
    throw Error(Errc::invalidOption, "config does one thing: `wsferry config check`");
  }
  std::vector<Mistake> mistakes;
  const ServerProfiles profiles =
      ServerProfiles::loadForCheck(options.file, environmentVariable, mistakes);
  if (!profiles.exists()) {
    throw Error(Errc::invalidOption,
                "there is no configuration" +
                    (profiles.file().empty() ? ": HOME is not set" : " " + profiles.file()));
  }
  if (!options.json) {
    std::cout << printable(profiles.file()) << ": "
              << (profiles.all().empty() ? "no server" : profiles.names()) << '\n';
  }
  Findings findings = Findings::onStandardOutput(options.json);
  for (const Mistake& mistake : mistakes) {
    findings.add(failed(mistake.server, mistake.error, {}));
  }
  checkProfiles(profiles, mistakes, findings);
  return findings.conclude("file", profiles.file());
}

}  // namespace wsferry::tool
