#include "tool/options/files_options.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <system_error>

#include "tool/options/value_options.hpp"
#include "tool/report/output_options.hpp"
#include "tool/series/archive_mark.hpp"
#include "tool/series/latest_archive.hpp"
#include "tool/series/series_archive.hpp"
#include "wsferry/archive/earlier_archive.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

void addFilesOptions(CLI::App& command, FilesOptions& options) {
  const std::string group = "Files of a server";
  addChoiceOption(command, "--files", options.way, {"auto", "http", "socket"},
                  "How files come: by HTTP, several at a time, or over the transfer's socket; auto "
                  "gives up HTTP if the first ones do not match their records (default: auto). "
                  "Files that HTTP does not deliver come over the socket")
      ->group(group);
  command
      .add_option("--files-url", options.url,
                  "URL that /uploads is appended to (default: the admin URL without its last part)")
      ->type_name("URL")
      ->group(group);
  addNumberOption(
      command, "--file-connections", options.connections, 1U, 64U,
      "Maximum number of files fetched at a time (default: 8, and up to 16 if round trips "
      "are slow)")
      ->group(group);
  addNumberOption(
      command, "--compare-files", options.compare, 1U, 10'000U,
      "First fetch N files both ways and compare their bytes; if one differs, all come over the "
      "socket (default: none, because a server keeps a file open for each such comparison)")
      ->group(group);
}

void addKeepGoingOption(CLI::App& command, FilesOptions& options) {
  command
      .add_flag("--keep-going", options.keepGoing,
                "Make the archive without files that the server's storage has lost or forbids; "
                "they are listed, and the exit code is 5")
      ->group("Files of a server");
}

void checkFilesUrl(const std::string& url) {
  if (url.empty()) {
    return;
  }
  try {
    static_cast<void>(Url::parse(url));
  } catch (const Error& error) {
    throw error.withMessage("--files-url: " + error.info().message).ofOption("--files-url");
  }
}

void checkFiles(const FilesOptions& options) {
  if (options.way != "socket") {
    checkFilesUrl(options.url);
    return;
  }
  if (options.compare != 0) {
    throw Error(Errc::invalidOption,
                "--compare-files has no use with --files socket: nothing comes by HTTP")
        .ofOption("--compare-files");
  }
  if (options.checkReused) {
    throw Error(Errc::invalidOption,
                "--check-reused has no use with --files socket: over the socket a server sends "
                "every file")
        .ofOption("--check-reused");
  }
  if (options.keepGoing) {
    throw Error(Errc::invalidOption,
                "--keep-going has no use with --files socket: over the socket a server sends "
                "nothing after a file that it cannot read")
        .ofOption("--keep-going");
  }
}

void addReuseOption(CLI::App& command, FilesOptions& options, const std::string& output) {
  CLI::Option* const reuse =
      command
          .add_option("--reuse", options.reuse,
                      "Earlier archive of the same server, possibly the one to replace: unchanged "
                      "files are taken from it instead of being fetched; repeatable. latest is the "
                      "newest one in the folder of " +
                          output + ", if there is one")
          ->type_name("ARCHIVE")
          ->expected(1)
          ->take_all()
          ->group("Files of a server");
  command
      .add_flag("--no-reuse", options.noReuse,
                "Take nothing from an earlier archive, whatever the profile says")
      ->excludes(reuse)
      ->group("Files of a server");
  command
      .add_flag("--check-reused", options.checkReused,
                "First ask the server for each file by HEAD, and fetch those that it has lost, or "
                "that differ from the earlier archive in size or were modified after it was made")
      ->group("Files of a server");
}

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuseReuse(const std::string& message) {
  throw Error(Errc::invalidOption, message).ofOption("--reuse");
}

// Why nothing can be taken from there; empty if something may be.
std::string whyNotReusable(const std::string& path) {
  std::error_code unknown;
  if (fs::is_directory(path, unknown) && !fs::exists(fs::path(path) / "metadata.json", unknown)) {
    return path + " is not an exported folder";
  }
  try {
    archive::EarlierArchive earlier({path, {}, {}});
  } catch (const Error& error) {
    return error.info().message;
  }
  return {};
}

void findLatest(FilesOptions& options, const std::optional<NameTemplate>& series) {
  auto& reuse = options.reuse;
  const auto latest = std::find(reuse.begin(), reuse.end(), "latest");
  if (latest == reuse.end()) {
    return;
  }
  if (!series || !series->hasDate()) {
    refuseReuse(
        "--reuse latest is the newest of a series: the new archive needs a name with {date}, or a "
        "folder ending in /");
  }
  const std::string folder = series->folder();
  // One that is missing is refused as the place of the new archive, with what to do.
  std::error_code unknown;
  const bool isThere = folder.empty() || std::filesystem::is_directory(folder, unknown);
  std::vector<SeriesArchive> archives =
      isThere ? archivesOf(*series) : std::vector<SeriesArchive>();
  const auto find = [&] {
    return latestOf(archives, std::time(nullptr), [&folder](const SeriesArchive& archive) {
      return isMarkedIncomplete(folder + archive.name);
    });
  };
  LatestArchive found = find();
  for (const std::string& name : found.ahead) {
    options.notes.push_back(folder + name +
                            " is dated ahead of the clock, and is the latest only if there is no "
                            "other: correct the clock, or rename or remove it");
  }
  // One that nobody here may read, or that is no archive, must not end each night's run.
  while (!found.name.empty()) {
    const std::string why = whyNotReusable(folder + found.name);
    if (why.empty()) {
      break;
    }
    options.notes.push_back(
        "nothing is reused from the latest archive, and the one before it is used: " + why);
    archives.erase(std::find_if(archives.begin(), archives.end(), [&found](const auto& archive) {
      return archive.name == found.name;
    }));
    found = find();
  }
  if (found.name.empty()) {
    reuse.erase(latest);
  } else {
    *latest = folder + found.name;
  }
}

}  // namespace

std::vector<std::string> typedOptions(const FilesOptions& options) {
  std::vector<std::string> typed;
  const auto add = [&typed](const char* option, bool isTyped) {
    if (isTyped) {
      typed.emplace_back(option);
    }
  };
  add("--files", options.way != FilesOptions().way);
  add("--files-url", !options.url.empty());
  add("--compare-files", options.compare != 0);
  add("--file-connections", options.connections != 0);
  add("--reuse", !options.reuse.empty());
  add("--check-reused", options.checkReused);
  add("--keep-going", options.keepGoing);
  return typed;
}

void refuseWithoutFiles(const FilesOptions& options, const SelectionOptions& selection) {
  const std::vector<std::string> typed = typedOptions(options);
  if (!typed.empty() && !resolveSelection(selection).includes(strapi::TransferStage::assets)) {
    throw Error(Errc::invalidOption, typed.front() + " has no use with " +
                                         leavingOutFiles(selection) +
                                         ", which takes no files: leave one of them out")
        .ofOption(typed.front());
  }
}

void requireReusable(const std::string& path) {
  if (const std::string why = whyNotReusable(path); !why.empty()) {
    std::error_code unknown;
    refuseReuse("nothing can be reused: " + why +
                (fs::is_directory(path, unknown)
                     ? ". --reuse latest takes the newest archive in the folder of the new one"
                     : ""));
  }
}

void chooseReused(FilesOptions& options, const std::string& output,
                  const std::optional<NameTemplate>& series) {
  if (options.reuse.empty()) {
    return;
  }
  if (options.way == "socket") {
    refuseReuse(
        "--reuse has no use with --files socket: over the socket a server sends every file");
  }
  auto& paths = options.reuse;
  findLatest(options, series);
  const auto isFirst = [&output](const std::string& path) {
    std::error_code error;
    return areOnePath(path, output) &&
           fs::symlink_status(path, error).type() == fs::file_type::not_found;
  };
  paths.erase(std::remove_if(paths.begin(), paths.end(), isFirst), paths.end());
}

void checkReuse(FilesOptions& options, const std::string& output,
                const std::optional<NameTemplate>& series) {
  chooseReused(options, output, series);
  std::for_each(options.reuse.begin(), options.reuse.end(), requireReusable);
}

}  // namespace wsferry::tool
