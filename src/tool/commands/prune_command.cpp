#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tool/commands/commands.hpp"
#include "tool/options/completeness_options.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/profiles/profile_pull.hpp"
#include "tool/report/json_line.hpp"
#include "tool/report/output_options.hpp"
#include "tool/report/tool_error.hpp"
#include "tool/series/retention.hpp"
#include "tool/series/target_lock.hpp"
#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/terminal.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

void addPruneOptions(CLI::App& command, PruneOptions& options) {
  options.command = &command;
  command
      .add_option(
          "target", options.target,
          "Folder with archives of the default name, a name with {host}, {date} and {time}, as for "
          "-o of pull, or a server's name in the configuration, for the archives of its pulls")
      ->type_name("TARGET")
      ->required();
  addConfigOption(command, options.configFile);
  addRetentionOptions(command, options.retention,
                      "Show what would be kept and removed, and remove nothing");
  addKeyOptions(command, options.key, options.keyFile);
  addMissingFilesOption(command, options.allowMissingFiles);
  command.add_flag("--json", options.json, "JSON, an object for each series and one at the end");
  command.add_flag("-q,--quiet", options.quiet, "Only archives left alone, and failures");
  command.footer(
      "Removes only archives that a pull of this tool made and that are whole. The archives of "
      "each server are counted separately.\n"
      "\n"
      "Exit code 0: done, even if archives were left alone because they are damaged, encrypted "
      "with a key that was not given, or not made by a pull; each is reported with the reason. 5: "
      "one could not be removed. 8: another run is using a series.\n"
      "\n"
      "Examples:\n"
      "  wsferry prune backups/ --keep-daily 7 --keep-weekly 4 --dry-run\n"
      "  wsferry prune production --dry-run\n"
      "  wsferry prune 'backups/{host}-{date}.tar.gz.enc' --keep-last 10 \\\n"
      "    --key-file key.txt");
}

namespace {

// What a pull by the name of a server would do after its archive. What is typed counts before it.
PruneOptions ofProfile(const PruneOptions& typed, const ServerProfile& profile,
                       const ServerProfiles& profiles) {
  const PullOptions pull = pullOptionsOf(profile, profiles);
  const std::optional<NameTemplate> series = seriesOf(profile, pull);
  if (!series || !series->hasDate()) {
    throw Error(Errc::invalidOption, "a pull from " + profile.name +
                                         " makes a single archive, not a series: its output needs "
                                         "a name with {date}, or a folder ending in /");
  }
  PruneOptions options = typed;
  options.target = series->folder() + series->name();
  RetentionCounts& counts = options.retention.counts;
  const RetentionCounts& byDefault = pull.retention.counts;
  counts.last = counts.last ? counts.last : byDefault.last;
  counts.daily = counts.daily ? counts.daily : byDefault.daily;
  counts.weekly = counts.weekly ? counts.weekly : byDefault.weekly;
  counts.monthly = counts.monthly ? counts.monthly : byDefault.monthly;
  if (options.key.empty() && options.keyFile.empty()) {
    options.keyFile = pull.output.keyFile;
  }
  // What is switched off by typing so is typed, too.
  if (typed.command->count("--allow-missing-files") == 0) {
    options.allowMissingFiles = pull.completeness.allowMissingFiles;
  }
  if (typed.command->count("--quiet") == 0) {
    options.quiet = pull.reporting.quiet;
  }
  return options;
}

PruneOptions resolveTarget(const PruneOptions& typed) {
  if (!ConfigText::isBareName(typed.target) && typed.configFile.empty()) {
    return typed;
  }
  const ServerProfiles profiles = ServerProfiles::load(typed.configFile, environmentVariable);
  const ServerProfile* const profile = profiles.find(typed.target);
  return profile == nullptr ? typed : ofProfile(typed, *profile, profiles);
}

std::vector<NameTemplate> templatesOf(const std::string& target) {
  const NameTemplate named(target);
  if (named.hasDate()) {
    return {named};
  }
  std::error_code error;
  if (!std::filesystem::is_directory(target, error)) {
    throw Error(Errc::invalidOption,
                target +
                    " is neither a folder, nor a name with {date}, nor a server's name in the "
                    "configuration: use the value of -o of pull");
  }
  const std::string folder = target + (target.back() == '/' ? "" : "/");
  std::vector<NameTemplate> templates;
  for (const bool compressed : {false, true}) {
    for (const bool encrypted : {false, true}) {
      archive::ArchiveDestinationOptions destination;
      destination.path = folder;
      destination.format = {archive::Container::tar, compressed, encrypted};
      templates.push_back(nameTemplateOf(destination));
    }
  }
  archive::ArchiveDestinationOptions exported;
  exported.format = {archive::Container::directory, false, false};
  templates.emplace_back(folder + nameTemplateOf(exported).name());
  return templates;
}

// What is counted together: the archives of one server, in one format.
std::map<std::string, NameTemplate> seriesAt(const std::string& target) {
  std::map<std::string, NameTemplate> series;
  for (const NameTemplate& names : templatesOf(target)) {
    for (const SeriesArchive& archive : archivesOf(names)) {
      const auto match = names.match(archive.name);
      NameTemplate own = names.ofHost(match ? match->host : "");
      series.emplace(own.name(), std::move(own));
    }
  }
  return series;
}

std::string seriesName(const NameTemplate& series) {
  return series.folder() + series.name();
}

void show(const NameTemplate& series, const RetentionResult& result, const PruneOptions& options) {
  if (!options.json) {
    std::cout << retentionText(result, options.quiet && !result.dryRun) << std::flush;
    return;
  }
  JsonLine line;
  line.text("event", "retention");
  line.text("series", seriesName(series));
  writeRetention(line, result);
  line.finish(std::cout);
}

void showBusy(const NameTemplate& series, const Error& error, bool json) {
  std::cerr << "wsferry: " << printable(error.info().message) << '\n';
  if (json) {
    JsonLine line;
    line.text("event", "retention");
    line.text("series", seriesName(series));
    line.text("busy", error.info().message);
    line.finish(std::cout);
  }
}

ExitCode prune(const NameTemplate& series, const PruneOptions& options,
               const SeriesReading& reading) {
  std::optional<TargetLock> lock;
  if (!options.retention.dryRun) {
    lock.emplace(series, printNote);
    lock->removeLeftovers();
  }
  const RetentionResult result = applyRetention(series, options.retention, reading);
  show(series, result, options);
  return result.failed.empty() ? ExitCode::done : ExitCode::data;
}

// What another run works on keeps nobody from the others.
ExitCode pruneAll(const std::map<std::string, NameTemplate>& all, const PruneOptions& options,
                  const SeriesReading& reading) {
  ExitCode code = ExitCode::done;
  for (const auto& named : all) {
    if (*reading.interrupted) {
      break;
    }
    try {
      code = std::max(code, prune(named.second, options, reading));
    } catch (const Error& error) {
      if (error.code() != ToolErrc::targetBusy) {
        throw;
      }
      showBusy(named.second, error, options.json);
      code = ExitCode::busy;
    }
  }
  return code;
}

// A schedule that removes nothing fills a disk.
std::string nothingText(const std::string& target) {
  std::error_code isNoFolder;
  std::string text = "no archives of earlier pulls at " + printable(target);
  if (std::filesystem::is_directory(target, isNoFolder)) {
    text += ": none has the default name, export_{host}_{date}{time}. For your own names give " +
            printable((std::filesystem::path(target) / "NAME-{date}.tar.gz").string());
  }
  return text;
}

}  // namespace

ExitCode runPrune(const PruneOptions& typed, CommandRun& run) {
  run.failure.useJson(typed.json);
  const PruneOptions options = resolveTarget(typed);
  checkRetention(options.retention);
  if (!options.retention.counts.areGiven()) {
    throw Error(Errc::invalidOption,
                "prune needs to know what to keep: give one of --keep-last, --keep-daily, "
                "--keep-weekly and --keep-monthly");
  }
  const SeriesReading reading{archiveKey(options.key, options.keyFile), options.allowMissingFiles,
                              nullptr, &run.interruption.requested()};
  const auto all = seriesAt(options.target);
  run.interruption.holdEnd();
  ExitCode code = pruneAll(all, options, reading);
  code = run.interruption.requested() ? ExitCode::interrupted : code;
  if (options.json) {
    JsonLine line;
    line.text("event", "result");
    line.flag("ok", code == ExitCode::done);
    line.number("exitCode", static_cast<std::uint64_t>(code));
    line.finish(std::cout);
  } else if (all.empty() && !options.quiet) {
    std::cout << nothingText(options.target) << '\n';
  }
  return code;
}

}  // namespace wsferry::tool
