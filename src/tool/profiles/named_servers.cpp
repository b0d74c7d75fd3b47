#include "tool/profiles/named_servers.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "tool/options/pasted_text.hpp"
#include "tool/options/selection_options.hpp"
#include "tool/report/output_options.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/nearest_names.hpp"

namespace wsferry::tool {

namespace {

bool isTyped(const CLI::App& command, const std::string& name) {
  const CLI::Option* option = command.get_option_no_throw("--" + name);
  return option != nullptr && option->count() > 0;
}

std::string typedValue(const CLI::App& command, const std::string& name) {
  return isTyped(command, name) ? command.get_option("--" + name)->results().back() : std::string();
}

// Not of a flag that is switched off, which is in nobody's way.
bool isTypedOn(const CLI::App& command, const std::string& name) {
  const bool isFlag =
      isTyped(command, name) && command.get_option("--" + name)->get_items_expected_max() == 0;
  return isTyped(command, name) && !(isFlag && !command.get_option("--" + name)->as<bool>());
}

bool hasTypedAuthorization(const CLI::App& command) {
  const CLI::Option* const header = command.get_option_no_throw("--header");
  return header != nullptr &&
         std::any_of(header->results().begin(), header->results().end(), isAuthorization);
}

// What a profile says of `key` has no use where `option` was typed: one excludes or overrides the
// other. Null: whatever the value.
struct Override {
  const char* key;
  const char* value;
  const char* option;
  const char* typed;
};

constexpr Override overrides[] = {
    {"key-file", nullptr, "key", nullptr},
    {"reuse", nullptr, "files", "socket"},
    {"reuse", nullptr, "no-reuse", nullptr},
    {"check-reused", nullptr, "files", "socket"},
    {"compare-files", nullptr, "files", "socket"},
    {"keep-going", nullptr, "files", "socket"},
    {"files", "socket", "reuse", nullptr},
    {"files", "socket", "check-reused", nullptr},
    {"files", "socket", "compare-files", nullptr},
    {"files", "socket", "keep-going", nullptr},
    {"encrypt", nullptr, "format", "dir"},
    {"key-file", nullptr, "format", "dir"},
    {"format", "dir", "encrypt", nullptr},
    {"format", "dir", "output", "-"},
    {"retries", nullptr, "output", "-"},
    {"quiet", nullptr, "verbose", nullptr},
    {"quiet", nullptr, "progress", "always"},
    {"verbose", nullptr, "quiet", nullptr},
    {"progress", "always", "quiet", nullptr},
    {"api-key-file", nullptr, "token", nullptr},
    {"api-key-file", nullptr, "token-file", nullptr},
};

bool isOverridden(const CLI::App& command, const ConfigEntry& entry) {
  return std::any_of(std::begin(overrides), std::end(overrides), [&](const Override& rule) {
    return entry.key == rule.key && (rule.value == nullptr || entry.value() == rule.value) &&
           isTypedOn(command, rule.option) &&
           (rule.typed == nullptr || typedValue(command, rule.option) == rule.typed);
  });
}

// By its name the archive to make is a single file, or a compressed one.
bool contradictsName(const CLI::App& command, const ConfigEntry& entry) {
  const std::string output = typedValue(command, "output");
  const bool namesGzip = endsWith(output, ".gz") || endsWith(output, ".tgz") ||
                         endsWith(output, ".gz.enc") || endsWith(output, ".tgz.enc");
  return (entry.key == "no-compress" && namesGzip) ||
         (entry.key == "format" && entry.value() == "dir" &&
          (namesGzip || endsWith(output, ".tar") || endsWith(output, ".enc")));
}

// Whether what is typed makes an archive that is none of a series, of which some are to be kept and
// one is the latest.
bool makesSingleArchive(const CLI::App& command, const ServerProfile& profile) {
  const auto effective = [&](const char* key) {
    const ConfigEntry* const entry = profile.find(key);
    return isTyped(command, key) || entry == nullptr ? typedValue(command, key) : entry->value();
  };
  const bool pushes = command.get_option_no_throw("--backup") != nullptr;
  if (pushes ? !isTyped(command, "backup")
             : !isTyped(command, "output") && !isTyped(command, "format")) {
    return false;
  }
  archive::ArchiveDestinationOptions destination;
  destination.path = pushes ? typedValue(command, "backup") : effective("output");
  if (!pushes && effective("format") == "dir") {
    destination.format = {archive::Container::directory, false, false};
  } else {
    destination.path = asFolderToFill(destination.path);
  }
  try {
    return destination.path == "-" || !nameTemplateOf(destination).hasDate();
  } catch (const Error&) {  // No name at all: it is refused by itself.
    return false;
  }
}

// What a list option is given, by the command line or else by the profile where that counts.
std::vector<std::string> listOf(const CLI::App& command, const ServerProfile* profile,
                                const char* key) {
  std::vector<std::string> given;
  if (isTyped(command, key)) {
    given = command.get_option("--" + std::string(key))->results();
  } else if (const ConfigEntry* entry = profile == nullptr ? nullptr : profile->find(key)) {
    given = entry->values;
  }
  std::vector<std::string> items;
  for (const std::string& list : given) {
    for (std::string& item : listItems(list)) {
      items.push_back(std::move(item));
    }
  }
  return items;
}

// Whether the selection leaves no use for what a profile says of files. A backup takes all.
bool takesNoFiles(const CLI::App& command, const ServerProfile* profile) {
  if (command.get_option_no_throw("--only") == nullptr || isTyped(command, "backup")) {
    return false;
  }
  SelectionOptions selection;
  selection.only = listOf(command, profile, "only");
  selection.exclude = listOf(command, profile, "exclude");
  selection.onlyContentTypes = listOf(command, profile, "only-content-types");
  selection.excludeContentTypes = listOf(command, profile, "exclude-content-types");
  try {
    return !resolveSelection(selection).includes(strapi::TransferStage::assets);
  } catch (const Error&) {  // It is refused by itself.
    return false;
  }
}

constexpr std::string_view filesKeys[] = {"files",     "files-url",    "file-connections",
                                          "reuse",     "check-reused", "compare-files",
                                          "keep-going"};

constexpr bool concernsReuse(std::string_view key) {
  return key == "reuse" || key == "check-reused";
}

bool concernsFiles(const ConfigEntry& entry) {
  return std::find(std::begin(filesKeys), std::end(filesKeys), entry.key) != std::end(filesKeys);
}

// A pull has no use for the profile's key then, which is there for other commands.
bool makesPlainArchive(const CLI::App& command, const ServerProfile& profile) {
  if (command.get_option_no_throw("--encrypt") == nullptr) {
    return false;
  }
  const ConfigEntry* const encrypt = profile.find("encrypt");
  return isTyped(command, "encrypt") ? !isTypedOn(command, "encrypt")
                                     : encrypt == nullptr || encrypt->value() != "true";
}

// What of a profile's entry is to be given where it was not typed.
std::optional<ConfigEntry> usefulPart(const ConfigEntry& entry, const CLI::App& command,
                                      const ServerProfile& profile) {
  const bool isOfSeries = startsWith(entry.key, "keep-") && entry.key != "keep-going";
  const bool hasNoArchive = concernsReuse(entry.key) && !isTyped(command, "backup") &&
                            command.get_option_no_throw("--backup") != nullptr;
  if (isOverridden(command, entry) || contradictsName(command, entry) || hasNoArchive ||
      (entry.key == "key-file" && makesPlainArchive(command, profile)) ||
      (entry.key == "api-key-file" && hasTypedAuthorization(command)) ||
      (isOfSeries && makesSingleArchive(command, profile))) {
    return std::nullopt;
  }
  ConfigEntry useful = entry;
  if (entry.key == "reuse" && makesSingleArchive(command, profile)) {
    auto& names = useful.values;
    names.erase(std::remove(names.begin(), names.end(), "latest"), names.end());
  }
  const bool isNothing = useful.values.empty() && !entry.values.empty();
  return isNothing ? std::nullopt : std::optional(std::move(useful));
}

std::string_view headerName(std::string_view header) {
  return trimmed(header.substr(0, header.find(':')));
}

// What was typed replaces the profile's headers of the same names, and joins the others. A token
// that was typed needs the place of one of them.
void mergeHeaders(const std::vector<std::string>& given, bool hasToken,
                  std::vector<std::string>& typed) {
  std::vector<std::string> all;
  for (const std::string& header : given) {
    const bool isReplaced =
        std::any_of(typed.begin(), typed.end(), [&header](const std::string& other) {
          return equalsIgnoringCase(headerName(other), headerName(header));
        });
    if (!isReplaced && !(hasToken && isAuthorization(header))) {
      all.push_back(header);
    }
  }
  all.insert(all.end(), typed.begin(), typed.end());
  typed = std::move(all);
}

// What reaches one server. True for an entry that was for that.
class ReachOptions {
 public:
  ReachOptions(const ServerPlace& place, const ServerPlaces& places, const CLI::App& command)
      : connection_(places.connection),
        files_(places.files),
        isApiKeyTyped_(isTyped(command, "api-key-file")),
        isFilesUrlOfOther_(place.isReplaced && places.places.size() > 1) {
    if (isFilesUrlOfOther_) {
      files_.url.clear();
    }
    addServerOptions(app_, server_, ServerRole{"", "STRAPI_TRANSFER_TOKEN", nullptr});
    addConnectionOptions(app_, connection_);
    addChecksumsOption(app_, connection_);
    addFilesOptions(app_, files_);
  }

  bool take(const ConfigEntry& entry, const ServerPlace& place, const CLI::App& command,
            const ServerProfiles& profiles) {
    if (app_.get_option_no_throw("--" + entry.key) == nullptr) {
      return false;
    }
    const bool isOfOther = isFilesUrlOfOther_ && entry.key == "files-url";
    if (entry.key == "header" || isOfOther ||
        !(isTyped(command, place.prefix + entry.key) || isTyped(command, entry.key))) {
      giveOption(app_, entry, profiles);
    }
    return true;
  }

  void give(const ServerProfile& profile, ServerOptions& server) {
    server.connection = connection_;
    server.files = files_;
    const bool hasToken = !server.token.empty() || !server.tokenFile.empty() || isApiKeyTyped_;
    if (!hasToken && std::none_of(server.headers.begin(), server.headers.end(), isAuthorization)) {
      server.tokenFile = server_.tokenFile;
      server.tokenCommand = profile.tokenCommand;
      server.hasTokenOfProfile = true;
    }
    mergeHeaders(server_.headers, hasToken, server.headers);
  }

 private:
  CLI::App app_;
  ServerOptions server_;
  ConnectionOptions connection_;
  FilesOptions files_;
  const bool isApiKeyTyped_;      ///< It is in the place of a token.
  const bool isFilesUrlOfOther_;  ///< What was typed: of a copy the source's.
};

// What is given for a place: a URL, or what may be a name.
std::string givenFor(const ServerPlace& place, const Environment& environment) {
  return place.typed.empty() && place.variable != nullptr
             ? pastedAdminUrl(environment(place.variable))
             : place.typed;
}

bool mayBeName(const std::string& given) {
  return !given.empty() && !isUrl(given);
}

// What was typed is not repeated: a secret may stand in the wrong place.
[[noreturn]] void refuseName(const ServerPlace& place, const ServerProfiles& profiles,
                             const std::vector<std::string>& near) {
  throw Error(Errc::invalidUrl,
              std::string(place.typed.empty() ? place.variable : place.argument) + " is neither " +
                  (place.mayBeFile ? "an archive, nor " : "") +
                  "a URL, such as https://example.org/admin with its https://, nor one of the "
                  "servers in " +
                  profiles.file() +
                  (near.empty() ? ", which are: " + profiles.names()
                                : ": did you mean " + near.front() +
                                      "? All of them are: " + profiles.names()));
}

// What is neither a profile's name nor a URL. Where an archive may stand it is one, unless none is
// there and a profile's name is close.
void refuseUnknownName(const ServerPlace& place, const std::string& given,
                       const ServerProfiles& profiles) {
  if (!mayBeName(given) || profiles.all().empty()) {
    return;
  }
  std::vector<std::string> names;
  for (const ServerProfile& profile : profiles.all()) {
    names.push_back(profile.name);
  }
  const std::vector<std::string> near = nearestNames(given, names);
  std::error_code unknown;
  const bool isFile =
      place.mayBeFile && (near.empty() || given == "-" || std::filesystem::exists(given, unknown));
  if (!isFile) {
    refuseName(place, profiles, near);
  }
}

// A protected server is that also where its URL is typed.
void noteProtection(const ServerPlace& place, const ServerProfiles& profiles,
                    const Environment& environment) {
  const std::string url = pastedAdminUrl(givenFor(place, environment));
  if (isUrl(url)) {
    const ServerProfile* const found = profiles.protectedAt(url);
    place.server.protectedBy = found == nullptr ? "" : found->name;
  }
}

}  // namespace

void useProfile(const ServerProfile& profile, const ServerPlace& place, const ServerPlaces& places,
                const ServerProfiles& profiles, CLI::App& command) {
  profiles.checkValues(profile);  // Also of what was typed, or of another command.
  ReachOptions reach(place, places, command);
  const bool isAlone = places.places.size() == 1;
  const bool hasNoFiles = takesNoFiles(command, isAlone ? &profile : nullptr);
  std::vector<std::pair<ConfigEntry, bool>> entries;  ///< And whether it was not typed.
  // Before any is given: what is given counts as typed, too.
  for (const ConfigEntry& entry : profile.options) {
    if (hasNoFiles && concernsFiles(entry)) {
      continue;
    }
    if (auto useful = usefulPart(entry, command, profile)) {
      entries.emplace_back(std::move(*useful), !isTyped(command, entry.key));
    }
  }
  for (const auto& [entry, isNew] : entries) {
    if (!reach.take(entry, place, command, profiles) && isAlone && isNew) {
      giveOption(command, entry, profiles);
    }
  }
  reach.give(profile, place.server);
  place.server.profile = profile.name;
}

void nameServers(CLI::App& command, const ServerPlaces& places, const Environment& environment) {
  const bool concernsProfiles =
      !places.connection.configFile.empty() ||
      std::any_of(places.places.begin(), places.places.end(), [&](const ServerPlace& place) {
        return place.isReplaced || mayBeName(givenFor(place, environment));
      });
  if (!concernsProfiles) {
    return;
  }
  const ServerProfiles profiles = ServerProfiles::load(places.connection.configFile, environment);
  std::vector<std::pair<const ServerPlace*, const ServerProfile*>> named;
  for (const ServerPlace& place : places.places) {
    const std::string given = givenFor(place, environment);
    const ServerProfile* const profile = profiles.find(given);
    if (profile != nullptr) {
      named.emplace_back(&place, profile);
    } else {
      refuseUnknownName(place, given, profiles);
    }
  }
  for (const auto& [place, profile] : named) {
    useProfile(*profile, *place, places, profiles, command);
  }
  for (const auto& [place, profile] : named) {
    place->typed = profile->url;
  }
  for (const ServerPlace& place : places.places) {
    if (place.isReplaced) {
      noteProtection(place, profiles, environment);
    }
  }
}

}  // namespace wsferry::tool
