// POSIX: a file that may be a pipe.
#include "tool/profiles/server_profiles.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "core/file/file_handle.hpp"
#include "tool/commands/command_table.hpp"
#include "tool/options/connection_options.hpp"
#include "tool/options/pasted_text.hpp"
#include "tool/push/same_server.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/nearest_names.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> commandsWithServers = {"pull", "push", "copy", "diff",
                                                                 "doctor"};
constexpr std::array<std::string_view, 8> fileKeys = {"token-file",  "api-key-file", "ca-file",
                                                      "client-cert", "client-key",   "key-file",
                                                      "output",      "log-file"};
// What a person, or a script, has to say each time.
constexpr std::array<std::string_view, 12> typedOnly = {"help",
                                                        "config",
                                                        "force",
                                                        "force-same",
                                                        "force-protected",
                                                        "allow-empty",
                                                        "dry-run",
                                                        "json",
                                                        "allow-shared-storage",
                                                        "backup",
                                                        "second-key-file",
                                                        "no-reuse"};

template <std::size_t Size>
bool isOneOf(std::string_view key, const std::array<std::string_view, Size>& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool isSecret(std::string_view key) {
  return key == "token" || key == "key" || key == "second-key";
}

// Calls `use` with the parser of each command that takes a server.
template <class Use>
void withParsers(Use use) {
  for (const Command& command : commandTable()) {
    if (isOneOf(command.name, commandsWithServers)) {
      CLI::App app({}, std::string(command.name));
      const RunCommand holdsTheOptions = command.declare(app);
      use(app);
    }
  }
}

// The long names of all options that a profile may give.
std::set<std::string> knownKeys() {
  std::set<std::string> keys = {"url", "token-command", "protected"};
  withParsers([&keys](const CLI::App& app) {
    for (const CLI::Option* option : app.get_options({})) {
      for (const std::string& name : option->get_lnames()) {
        const bool isOfOneSide = startsWith(name, "from-") || startsWith(name, "to-");
        if (!isOfOneSide && !isSecret(name) && !isOneOf(name, typedOnly)) {
          keys.insert(name);
        }
      }
    }
  });
  return keys;
}

std::string whyUnknown(const std::string& key, const std::set<std::string>& known) {
  if (isSecret(key)) {
    return key + " is not allowed here: " + key +
           (key == "token" ? "-file or token-command says where it is" : "-file says where it is");
  }
  if (isOneOf(key, typedOnly)) {
    return key + " is not allowed here: it is given on the command line";
  }
  const auto near = nearestNames(key, {known.begin(), known.end()});
  return "unknown key " + key + (near.empty() ? "" : ": did you mean " + near.front() + "?");
}

bool isTruth(const std::string& value) {
  return value == "true" || value == "false";
}

bool isTrue(const ConfigEntry& entry, const ServerProfiles& profiles) {
  if (entry.kind != ConfigValue::word || !isTruth(entry.value())) {
    profiles.refuse(entry, entry.key + " is true or false, without quotes");
  }
  return entry.value() == "true";
}

// That would be a file, or a command, of that name.
void refuseTruth(const ConfigEntry& entry, const ServerProfiles& profiles) {
  if (entry.kind == ConfigValue::word && isTruth(entry.value())) {
    profiles.refuse(entry, entry.key +
                               " takes a value other than true and false; a text that "
                               "says so stands in quotes");
  }
}

const std::string& textOf(const ConfigEntry& entry, const ServerProfiles& profiles) {
  if (entry.values.size() != 1 || entry.values[0].empty()) {
    profiles.refuse(entry, entry.key + " needs one value that is not empty");
  }
  refuseTruth(entry, profiles);
  return entry.values[0];
}

// A request has each once; typed ones are compared where they are sent.
void requireDifferentHeaders(const ConfigEntry& entry, const ServerProfiles& profiles) {
  std::vector<std::string> names;
  for (const std::string& header : entry.values) {
    const std::size_t colon = header.find(':');
    const std::string name(trimmed(std::string_view(header).substr(0, colon)));
    if (colon == std::string::npos || equalsIgnoringCase(name, "Cookie")) {
      continue;  // What is no header may be a secret.
    }
    if (std::any_of(names.begin(), names.end(), [&name](const std::string& other) {
          return equalsIgnoringCase(name, other);
        })) {
      profiles.refuse(entry, "the header " + name +
                                 " is given twice, but a request has each once: leave one out, or "
                                 "join their values with commas");
    }
    names.push_back(name);
  }
}

constexpr std::size_t mostOfConfiguration = std::size_t{1} << 20;

[[noreturn]] void refuseFile(const std::string& file, const std::string& why) {
  throw Error(Errc::invalidOption, "cannot read the configuration " + file + ": " + why);
}

// Not blocking: a pipe with a name would wait for who writes, and perhaps nobody ever does.
FileHandle openConfiguration(const std::string& file, bool isLink) {
  FileHandle handle(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), file);
  if (!handle.isOpen()) {
    refuseFile(file, isLink && errno == ENOENT ? std::string("it is a dangling link")
                                               : std::generic_category().message(errno));
  }
  ::fcntl(handle.descriptor(), F_SETFL, O_RDONLY);
  return handle;
}

// Nothing where there is no file. One that cannot be read is not taken for none: servers may be
// protected in it.
std::optional<std::string> readWhole(const std::string& file) {
  std::error_code unknown;
  const fs::file_type type = fs::symlink_status(file, unknown).type();
  if (type == fs::file_type::not_found) {
    return std::nullopt;
  }
  if (fs::is_directory(file, unknown)) {
    throw Error(Errc::invalidOption, "the configuration " + file + " is a folder");
  }
  FileHandle handle = openConfiguration(file, type == fs::file_type::symlink);
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t size = ::read(handle.descriptor(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size < 0) {
      refuseFile(file, std::generic_category().message(errno));
    }
    text.append(buffer, static_cast<std::size_t>(size));
    if (text.size() > mostOfConfiguration) {
      refuseFile(file, "it has more than 1 MB");
    }
    if (size == 0) {
      break;
    }
  }
  if (text.empty() && fs::is_fifo(file, unknown)) {
    refuseFile(file, "it is a pipe without a writer");
  }
  return text;
}

// A name of the configuration's folder, or of the home folder, as the commands need it.
std::string configuredPath(const std::string& name, const std::string& configuration,
                           const Environment& environment) {
  if (startsWith(name, "~/")) {
    return environment("HOME") + name.substr(1);
  }
  return name == "-" ? name : (fs::path(configuration).parent_path() / name).string();
}

std::string usersOwnFile(const Environment& environment) {
  const std::string folder = environment("XDG_CONFIG_HOME");
  if (!folder.empty() && fs::path(folder).is_absolute()) {
    return fs::path(folder) / "wsferry" / "config.toml";
  }
  const std::string home = environment("HOME");
  return home.empty() ? home : home + "/.config/wsferry/config.toml";
}

}  // namespace

const ConfigEntry* ServerProfile::find(std::string_view key) const {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [key](const ConfigEntry& entry) { return entry.key == key; });
  return found == options.end() ? nullptr : &*found;
}

ServerProfiles ServerProfiles::load(const std::string& typed, const Environment& environment) {
  ServerProfiles profiles;
  profiles.open(typed, environment,
                [](const std::string&, const std::function<void()>& step) { step(); });
  return profiles;
}

ServerProfiles ServerProfiles::loadForCheck(const std::string& typed,
                                            const Environment& environment,
                                            std::vector<Mistake>& mistakes) {
  ServerProfiles profiles;
  profiles.open(typed, environment,
                [&mistakes](const std::string& server, const std::function<void()>& step) {
                  try {
                    step();
                  } catch (const Error& error) {
                    mistakes.push_back({server, error});
                  }
                });
  return profiles;
}

void ServerProfiles::open(const std::string& typed, const Environment& environment,
                          const Attempt& attempt) {
  const std::string named = typed.empty() ? environment("WSFERRY_CONFIG") : typed;
  file_ = named.empty() ? usersOwnFile(environment) : named;
  if (file_.empty()) {
    return;
  }
  const std::optional<std::string> text = readWhole(file_);
  exists_ = text.has_value();
  if (!exists_ && !named.empty()) {
    throw Error(Errc::invalidOption, std::string("there is no configuration at the place that ") +
                                         (typed.empty() ? "WSFERRY_CONFIG" : "--config") +
                                         " names: " + named);
  }
  read(text.value_or(""), environment, attempt);
}

void ServerProfiles::read(const std::string& text, const Environment& environment,
                          const Attempt& attempt) {
  const ConfigText config(text, file_);
  const std::set<std::string> known =
      config.entries().empty() ? std::set<std::string>() : knownKeys();
  for (const ConfigSection& section : config.sections()) {
    ServerProfile profile;
    profile.name = section.name;
    profile.line = section.line;
    bool hasUrl = false;
    for (const ConfigEntry& entry : config.entries()) {
      if (entry.section != section.name) {
        continue;
      }
      attempt(section.name, [&] {
        if (known.count(entry.key) == 0) {
          refuse(entry, whyUnknown(entry.key, known));
        }
        take(profile, entry, environment);
      });
      hasUrl = hasUrl || entry.key == "url";
    }
    attempt(section.name, [&] { checkTogether(profile, hasUrl); });
    if (!profile.url.empty()) {
      profiles_.push_back(std::move(profile));
    }
  }
}

void ServerProfiles::checkTogether(const ServerProfile& profile, bool hasUrl) const {
  if (!hasUrl) {
    ConfigText::refuse(file_, profile.line, "[" + profile.name + "] has no url");
  }
  const ConfigEntry* const file = profile.find("token-file");
  const ConfigEntry* const apiKey = profile.find("api-key-file");
  if (file != nullptr && !profile.tokenCommand.empty()) {
    refuse(*file, "token-file and token-command cannot be given together");
  }
  const std::string token = file != nullptr                ? "token-file"
                            : profile.tokenCommand.empty() ? ""
                                                           : "token-command";
  if (apiKey != nullptr && !token.empty()) {
    refuse(*apiKey, "api-key-file and " + token + " cannot be given together");
  }
  const ConfigEntry* const header = profile.find("header");
  if (header != nullptr) {
    requireDifferentHeaders(*header, *this);
  }
  if (header != nullptr && !(token.empty() && apiKey == nullptr) &&
      std::any_of(header->values.begin(), header->values.end(), isAuthorization)) {
    refuse(*header, "an Authorization header is that of the token, and " +
                        (token.empty() ? "api-key-file" : token) +
                        " is given as well: leave one of them out");
  }
}

void ServerProfiles::take(ServerProfile& profile, ConfigEntry entry,
                          const Environment& environment) const {
  if (entry.key == "url") {
    const std::string url = pastedAdminUrl(textOf(entry, *this));
    try {
      static_cast<void>(Url::parse(url));
    } catch (const Error& error) {
      refuse(entry, error.info().message);
    }
    profile.url = url;
  } else if (entry.key == "token-command") {
    profile.tokenCommand = textOf(entry, *this);
  } else if (entry.key == "protected") {
    profile.isProtected = isTrue(entry, *this);
  } else {
    if (isOneOf(entry.key, fileKeys)) {
      entry.values = {configuredPath(textOf(entry, *this), file_, environment)};
    } else if (entry.key == "reuse") {
      for (std::string& name : entry.values) {
        name = name == "latest" ? name : configuredPath(name, file_, environment);
      }
    }
    profile.options.push_back(std::move(entry));
  }
}

const ServerProfile* ServerProfiles::find(std::string_view name) const {
  const auto found =
      std::find_if(profiles_.begin(), profiles_.end(),
                   [name](const ServerProfile& profile) { return profile.name == name; });
  return found == profiles_.end() ? nullptr : &*found;
}

const ServerProfile* ServerProfiles::protectedAt(const std::string& url) const {
  const auto found =
      std::find_if(profiles_.begin(), profiles_.end(), [&url](const ServerProfile& profile) {
        return profile.isProtected && isSameServer(profile.url, url);
      });
  return found == profiles_.end() ? nullptr : &*found;
}

void ServerProfiles::checkValues(const ServerProfile& profile) const {
  for (const Error& error : wrongValues(profile)) {
    throw error;
  }
}

std::vector<Error> ServerProfiles::wrongValues(const ServerProfile& profile) const {
  std::map<std::size_t, Error> found;  // By line. Several commands may have the option.
  withParsers([&](CLI::App& app) {
    for (const ConfigEntry& entry : profile.options) {
      try {
        giveOption(app, entry, *this);
      } catch (const Error& error) {
        found.emplace(entry.line, error);
      }
    }
  });
  std::vector<Error> errors;
  errors.reserve(found.size());
  for (const auto& [line, error] : found) {
    errors.push_back(error);
  }
  return errors;
}

std::string ServerProfiles::names() const {
  std::string names;
  for (const ServerProfile& profile : profiles_) {
    names += (names.empty() ? "" : ", ") + profile.name;
  }
  return names;
}

bool giveOption(CLI::App& command, const ConfigEntry& entry, const ServerProfiles& profiles) {
  CLI::Option* const option = command.get_option_no_throw("--" + entry.key);
  if (option == nullptr) {
    return false;
  }
  const bool isFlag = option->get_items_expected_max() == 0;
  if (isFlag && !isTrue(entry, profiles)) {
    return true;
  }
  if (!isFlag) {
    refuseTruth(entry, profiles);
  }
  try {
    for (const std::string& value : entry.values) {
      option->add_result(value);
    }
    option->run_callback();
  } catch (const CLI::ValidationError& error) {  // In the words of the option's own check.
    const std::string what = error.what();
    const std::size_t begin = what.find(' ');  // After `--key`, with or without a colon.
    profiles.refuse(entry, entry.key + what.substr(std::min(begin, what.size())));
  } catch (const CLI::ParseError&) {
    // Its words may repeat the value, which may be a secret. What reaches a server is the same for
    // all commands, and stands in a parser without a name.
    const std::string name = command.get_name().empty() ? "pull" : command.get_name();
    profiles.refuse(entry, entry.key + " has a value that --" + entry.key +
                               " does not take: see `wsferry " + name + " --help`");
  }
  return true;
}

}  // namespace wsferry::tool
