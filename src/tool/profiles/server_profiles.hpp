#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/options/environment.hpp"
#include "tool/profiles/config_text.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

/// A server with a name.
struct ServerProfile {
  std::string name;
  std::size_t line = 0;
  std::string url;
  std::string tokenCommand;
  bool isProtected = false;  ///< Nothing is pushed into it without --force-protected.
  /// What else is given: options by their long names. Files of the profile have their whole path.
  std::vector<ConfigEntry> options;

  const ConfigEntry* find(std::string_view key) const;
};

/// What is wrong with a server of a configuration file.
struct Mistake {
  std::string server;
  Error error;
};

/// The servers of a configuration file.
class ServerProfiles {
 public:
  /// Reads the file that `typed` names (--config), or else the variable WSFERRY_CONFIG; or the
  /// user's own, `wsferry/config.toml` in XDG_CONFIG_HOME or ~/.config, which may be missing.
  /// @throws Error with Errc::invalidOption, with file and line, for what is no configuration.
  static ServerProfiles load(const std::string& typed, const Environment& environment);

  /// The same; what is wrong with one server or entry keeps nobody from the others, and goes to
  /// `mistakes`. A server without a URL is none then. @throws Error as load(), for a file that
  /// cannot be read, and a line that is no TOML.
  static ServerProfiles loadForCheck(const std::string& typed, const Environment& environment,
                                     std::vector<Mistake>& mistakes);

  const std::string& file() const { return file_; }  ///< Empty if there is nowhere to look.
  bool exists() const { return exists_; }
  const std::vector<ServerProfile>& all() const { return profiles_; }
  const ServerProfile* find(std::string_view name) const;

  /// Whether a URL is that of a protected server, in whatever spelling.
  const ServerProfile* protectedAt(const std::string& url) const;

  /// Gives each value to every command that has such an option, as using the profile would.
  /// @throws Error with Errc::invalidOption, as refuse().
  void checkValues(const ServerProfile& profile) const;

  /// What checkValues() would throw of each entry, by line.
  std::vector<Error> wrongValues(const ServerProfile& profile) const;

  /// The names, for a message.
  std::string names() const;

  /// @throws Error with Errc::invalidOption, at the line of an entry.
  [[noreturn]] void refuse(const ConfigEntry& entry, const std::string& what) const {
    ConfigText::refuse(file_, entry.line, what);
  }

 private:
  /// Calls a step of reading a server, and decides what becomes of what that throws.
  using Attempt = std::function<void(const std::string& server, const std::function<void()>& step)>;

  void open(const std::string& typed, const Environment& environment, const Attempt& attempt);
  void read(const std::string& text, const Environment& environment, const Attempt& attempt);
  void checkTogether(const ServerProfile& profile, bool hasUrl) const;
  void take(ServerProfile& profile, ConfigEntry entry, const Environment& environment) const;

  std::string file_;
  bool exists_ = false;
  std::vector<ServerProfile> profiles_;
};

/// Gives an option of a parser the values of an entry, if it has that option. Whether it has.
/// @throws Error with Errc::invalidOption, as refuse(), for values that the option does not take.
bool giveOption(CLI::App& command, const ConfigEntry& entry, const ServerProfiles& profiles);

}  // namespace wsferry::tool
