#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tool/options/selection_options.hpp"
#include "tool/series/name_template.hpp"
#include "wsferry/core/clock.hpp"

namespace wsferry::tool {

/// How the files of a server come, as typed.
struct FilesOptions {
  std::string way = "auto";  ///< auto, http or socket.
  std::string url;
  unsigned connections = 0;        ///< 0: 8, and up to 16 where the way is long.
  unsigned compare = 0;            ///< Files to have both ways.
  bool keepGoing = false;          ///< Where a server cannot give a file.
  std::vector<std::string> reuse;  ///< Paths of earlier archives.
  bool noReuse = false;            ///< Nothing of earlier runs is taken, not even of killed ones.
  bool checkReused = false;        ///< Whether the server still has what is reused.
  std::string reuseKey;            ///< Of those that are encrypted; not typed.
  std::vector<std::string> unfinished;  ///< The same that were not finished; not typed.
  std::optional<TimePoint> deadline;    ///< Of all attempts; not typed.
  std::vector<std::string> notes;       ///< What is to be told of `latest`; not typed.
};

void addFilesOptions(CLI::App& command, FilesOptions& options);

/// Declares --keep-going, for a command that stores the files.
void addKeepGoingOption(CLI::App& command, FilesOptions& options);

/// Declares --reuse, for a command that stores the files or passes them on.
/// `output` is the option that names the new archive.
void addReuseOption(CLI::App& command, FilesOptions& options, const std::string& output);

/// @throws Error with Errc::invalidUrl where what was typed for --files-url is none.
void checkFilesUrl(const std::string& url);

/// To be called before anybody is asked for a token or for consent. @throws Error as that does, and
/// with Errc::invalidOption for what --files socket has no use for.
void checkFiles(const FilesOptions& options);

/// What was typed of them.
std::vector<std::string> typedOptions(const FilesOptions& options);

/// @throws Error with Errc::invalidOption for what was typed of them where the selection takes no
/// files.
void refuseWithoutFiles(const FilesOptions& options, const SelectionOptions& selection);

/// Puts the latest archive of `series`, of which `output` is to be the next one, in place of
/// `latest`, and leaves out of `reuse` what is not there before the first run: that, and `output`
/// itself. @throws Error with Errc::invalidOption where there is no use for it.
void chooseReused(FilesOptions& options, const std::string& output,
                  const std::optional<NameTemplate>& series);

/// @throws Error with Errc::invalidOption for what cannot be reused.
void requireReusable(const std::string& archive);

/// Both. @throws Error as they do.
void checkReuse(FilesOptions& options, const std::string& output,
                const std::optional<NameTemplate>& series);

}  // namespace wsferry::tool
