#include "tool/options/push_options.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>

#include "archive/file/part_names.hpp"
#include "tool/options/pull_options.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/options/value_options.hpp"
#include "tool/push/same_server.hpp"
#include "tool/report/output_options.hpp"
#include "tool/report/tool_error.hpp"
#include "tool/transfer/output_folder.hpp"
#include "tool/transfer/server_source.hpp"
#include "tool/transfer/standard_input.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

const char* const retriesHelp =
    "Start again this many times after a connection failure, as long as the destination is known "
    "to have everything it had";

constexpr ServerRole pushedServer{"", "STRAPI_TRANSFER_TOKEN", "STRAPI_TRANSFER_URL"};
constexpr ServerRole copiedServer{"from-", "STRAPI_TRANSFER_FROM_TOKEN", nullptr};
constexpr ServerRole replacedServer{"to-", "STRAPI_TRANSFER_TO_TOKEN", nullptr};

constexpr std::array versionStrategies = {
    strapi::VersionStrategy::exact, strapi::VersionStrategy::patch, strapi::VersionStrategy::minor,
    strapi::VersionStrategy::major, strapi::VersionStrategy::ignore};
constexpr std::array schemaStrategies = {
    strapi::SchemaStrategy::exact, strapi::SchemaStrategy::strict, strapi::SchemaStrategy::ignore};

template <class Strategies>
std::vector<std::string> namesOf(const Strategies& strategies) {
  std::vector<std::string> names;
  names.reserve(strategies.size());
  for (const auto strategy : strategies) {
    names.emplace_back(strapi::toString(strategy));
  }
  return names;
}

// The option takes no other names.
template <class Strategies>
auto strategyOf(const std::string& name, const Strategies& strategies) {
  const auto names = namesOf(strategies);
  const auto found = std::find(names.begin(), names.end(), name);
  return strategies.at(static_cast<std::size_t>(found - names.begin()));
}

// A server takes no files without their records.
constexpr const char* pushedGroups = "content, config, and files along with content";

void refuseExisting(const std::string& backup) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(backup, error))) {
    throw Error(Errc::fileExists, "Nothing was changed: --backup makes a new archive, and " +
                                      backup + " exists. Choose another name, or move it away.");
  }
}

void resolveBackup(const std::string& typed, const ReportingOptions& reporting,
                   PushRequest& request) {
  const std::string path = asFolderToFill(typed);
  if (path.empty()) {
    return;
  }
  if (!namesPlainArchive(path)) {
    throw Error(
        Errc::invalidOption,
        "--backup takes a file ending in .tar or .tar.gz, or a folder ending in / for one with the "
        "default name; for an encrypted backup, make it first with `wsferry pull --encrypt`");
  }
  archive::ArchiveDestinationOptions backup;
  backup.fileHash = showsArchive(reporting);
  backup.format.compressed = !endsWith(path, ".tar");
  // Not a name that pulls make by default: it is not for their --keep options.
  backup.path = !endsWith(path, "/")
                    ? path
                    : path + "before-push_{host}_{date}{time}" + backup.format.extension();
  const std::string host = hostInName(Url::parse(request.destination.adminUrl));
  request.backupSeries = nameTemplateOf(backup).ofHost(host);
  backup.path = request.backupSeries->path(host, utcTime());
  refuseExisting(backup.path);
  // Before anybody is asked, as what is typed after that should not be in vain, and so that a dry
  // run finds it, too.
  requireWritableFolder(backup.path);
  archive::requireNameFits(backup.path);
  request.backup = std::move(backup);
}

PushRequest resolveSafety(const SafetyOptions& options, const SelectionOptions& selection,
                          const CompletenessOptions& completeness,
                          const ReportingOptions& reporting) {
  checkReporting(reporting);
  PushRequest request;
  request.mayAsk = !reporting.json;
  request.quiet = reporting.quiet;
  request.engine.filter = resolveSelection(selection);
  request.engine.versionStrategy = strategyOf(options.versionStrategy, versionStrategies);
  request.engine.schemas.strategy = strategyOf(options.schemaStrategy, schemaStrategies);
  request.engine.schemas.ignoredTypes = options.ignoredSchemas;
  applyCompleteness(completeness, request.engine);
  request.engine.throttle = options.throttle;
  request.window.batches = options.window;
  request.dryRun = options.dryRun;
  request.force = options.force;
  request.allowEmpty = options.allowEmpty;
  request.allowSharedStorage = options.allowSharedStorage;
  request.forceSame = options.forceSame;
  return request;
}

// A dry run changes nothing, and its plan says it.
void requireConsentOfProtected(const ServerOptions& server, const SafetyOptions& options) {
  if (!server.protectedBy.empty() && !options.forceProtected && !options.dryRun) {
    throw Error(
        ToolErrc::protectedServer,
        "[" + server.protectedBy +
            "] in the configuration protects this server: nothing replaces its content without "
            "--force-protected");
  }
}

// How it is reached again: its profile may have more than its URL.
void nameDestination(const ServerOptions& server, const ConnectionOptions& connection,
                     PushRequest& request) {
  request.destinationName = server.profile.empty() ? request.ends.to : server.profile;
  request.configFile = connection.configFile;
  request.protectedBy = server.protectedBy;
}

std::string shownUrl(const Server& server) {
  return withoutSlashes(Url::parse(server.adminUrl).display());
}

// Those whose files are the destination's. A typed --files-url is the source's.
void resolveBackupFiles(const CopyOptions& options, PushRequest& request) {
  request.backupFiles = options.to.files.value_or(options.files);
  if (!options.to.files) {
    request.backupFiles.url.clear();
  }
  if (request.backup) {
    checkFiles(request.backupFiles);
    checkReuse(request.backupFiles, request.backup->path, request.backupSeries);
  }
}

FilesOptions resolveSourceFiles(const CopyOptions& options, bool hasBackup) {
  FilesOptions files = options.from.files.value_or(options.files);
  if (hasBackup) {  // Which takes all there is. The latest is a backup, of the destination.
    files.reuse.erase(std::remove(files.reuse.begin(), files.reuse.end(), "latest"),
                      files.reuse.end());
  } else {
    refuseWithoutFiles(options.files, options.selection);
  }
  checkFiles(files);
  checkReuse(files, options.safety.backup, std::nullopt);
  return files;
}

void addConsentOptions(CLI::App& command, SafetyOptions& options) {
  const std::string safety = "Safety";
  command.add_flag("--dry-run", options.dryRun, "Show what would happen, and change nothing")
      ->group(safety);
  command
      .add_flag("--force", options.force,
                "Replace the destination's content without asking, and despite schema differences")
      ->group(safety);
  command
      .add_flag("--force-protected", options.forceProtected,
                "Replace the content of a server that the configuration calls protected; --force "
                "does not cover that")
      ->group(safety);
  command
      .add_flag("--allow-empty", options.allowEmpty,
                "Delete content, files or configuration even if the source has none; --force does "
                "not cover that")
      ->group(safety);
  command
      .add_flag("--allow-shared-storage", options.allowSharedStorage,
                "Continue even if the destination may delete the source's files on shared storage; "
                "--force does not cover that")
      ->group(safety);
  command
      .add_option("--backup", options.backup,
                  "First pull the destination's content into this file, named as for -o of pull, "
                  "and stop if that fails; needs a token of type Full access")
      ->type_name("FILE")
      ->group(safety);
}

void addStrategyOptions(CLI::App& command, SafetyOptions& options) {
  const std::string safety = "Safety";
  addListOption(
      command, "--ignore-schema", options.ignoredSchemas,
      "Ignore schema differences of types that match, such as 'plugin::seo.*'; comma list")
      ->type_name("GLOB")
      ->group(safety);
  addChoiceOption(
      command, "--version-strategy", options.versionStrategy, namesOf(versionStrategies),
      "Accepted versions of Strapi: exact, the same; patch, pre-releases of one version; minor, "
      "such as 5.54.0 and 5.54.1; major, such as 5.53.0 and 5.54.0; ignore, any (default: exact)")
      ->type_name("STRATEGY")
      ->group(safety);
  addChoiceOption(command, "--schema-strategy", options.schemaStrategy, namesOf(schemaStrategies),
                  "Differences that count: exact, all; strict, those that change data; ignore, "
                  "none (default: strict)")
      ->group(safety);
}

void addPaceOptions(CLI::App& command, SafetyOptions& options) {
  const std::string pace = "Pace";
  addNumberOption(
      command, "--window", options.window, 1U, 1'000'000U,
      "Maximum number of batches in flight; servers before 5.53.0 always get one (default: 64)")
      ->group(pace);
  addDurationOption(
      command, "--throttle", options.throttle, true,
      "Pause after each record and file, in milliseconds or with a unit: 5ms, 0.5s (default: 0)",
      TimeUnit::milliseconds)
      ->group(pace);
}

void addSafetyOptions(CLI::App& command, SafetyOptions& options) {
  addConsentOptions(command, options);
  addStrategyOptions(command, options);
  addPaceOptions(command, options);
}

}  // namespace

PushRequest resolvePush(const PushOptions& options, const Environment& environment) {
  if (isUrl(options.archive)) {
    throw Error(Errc::invalidOption,
                "ARCHIVE is a URL: the archive comes first, as in wsferry push ARCHIVE ADMIN_URL");
  }
  PushRequest request =
      resolveSafety(options.safety, options.selection, options.completeness, options.reporting);
  requireConsentOfProtected(options.to, options.safety);
  request.destination = resolveServerWithoutToken(options.to, pushedServer, options.connection,
                                                  environment, options.files);
  resolveBackup(options.safety.backup, options.reporting, request);
  archive::ArchiveSourceOptions archive;
  archive.path = archivePath(options.archive, ArchivePasses::several);
  archive.key = archiveKey(options.key, options.keyFile);
  archive.withoutFiles = !request.engine.filter.includes(strapi::TransferStage::assets);
  request.archiveKeyGiven = !archive.key.empty();
  const std::string key = archive.key;
  const std::string path = archive.path;
  request.unusedOptions = request.destination.unusedOptions;
  request.archive = std::make_shared<archive::ArchiveSource>(std::move(archive));
  // It knows the archive that the plan is of, and takes no other.
  request.openSource = [source = request.archive](const auto&) {
    source->renew();
    return ServerSource{source, nullptr, nullptr, {}};
  };
  request.backupFiles = options.to.files.value_or(options.files);
  request.backupFiles.reuse = options.files.reuse;
  request.backupFiles.checkReused = options.files.checkReused;
  request.backupFiles.reuseKey = key;
  if (request.backup) {
    checkFiles(request.backupFiles);
    checkReuse(request.backupFiles, request.backup->path, request.backupSeries);
  } else {
    for (const std::string& option : typedOptions(options.files)) {
      request.unusedOptions.push_back(option + " has no effect without --backup");
    }
  }
  request.retry = options.retry;
  request.ends = {"push", path, shownUrl(request.destination)};
  nameDestination(options.to, options.connection, request);
  addToken(request.destination.connection, options.to, pushedServer, environment);
  return request;
}

PushRequest resolveCopy(const CopyOptions& options, const Environment& environment) {
  if (options.from.tokenFile == "-" && options.to.tokenFile == "-") {
    throw Error(Errc::invalidOption, "only one token can come from standard input");
  }
  PushRequest request =
      resolveSafety(options.safety, options.selection, options.completeness, options.reporting);
  Server from = resolveServerWithoutToken(options.from, copiedServer, options.connection,
                                          environment, options.files);
  requireConsentOfProtected(options.to, options.safety);
  request.destination =
      resolveServerWithoutToken(options.to, replacedServer, options.connection, environment);
  if (isSameServer(from.adminUrl, request.destination.adminUrl)) {
    throw Error(Errc::invalidOption, "a server cannot be copied into itself");
  }
  resolveBackup(options.safety.backup, options.reporting, request);
  resolveBackupFiles(options, request);
  FilesOptions files = resolveSourceFiles(options, request.backup.has_value());
  addToken(from.connection, options.from, copiedServer, environment);
  addToken(request.destination.connection, options.to, replacedServer, environment);
  request.from = from;
  request.openSource = [from, files = std::move(files)](
                           std::function<void(const strapi::Diagnostic&)> onDiagnostic) {
    strapi::RemoteSourceOptions source = sourceOptions(from);
    source.onDiagnostic = std::move(onDiagnostic);
    return openServer(from.adminUrl, source, files);
  };
  request.retry = options.retry;
  request.ends = {"copy", shownUrl(from), shownUrl(request.destination)};
  nameDestination(options.to, options.connection, request);
  // What one of the two uses is not in vain.
  if (!from.unusedOptions.empty()) {
    request.unusedOptions = request.destination.unusedOptions;
  }
  return request;
}

void addPushOptions(CLI::App& command, PushOptions& options) {
  command.add_option("archive", options.archive, "Archive, file or folder; - is standard input")
      ->type_name("ARCHIVE")
      ->required();
  command
      .add_option("url", options.to.url,
                  "URL of the destination's admin panel, https://HOST/admin, or its name in the "
                  "configuration (default: STRAPI_TRANSFER_URL)")
      ->type_name("ADMIN_URL");
  addKeyOptions(command, options.key, options.keyFile);
  addSafetyOptions(command, options.safety);
  addServerOptions(command, options.to, pushedServer);
  addSelectionOptions(command, options.selection, pushedGroups);
  addCompletenessOptions(command, options.completeness);
  addRetriesOption(command, options.retry, retriesHelp);
  addConnectionOptions(command, options.connection);
  addChecksumsOption(command, options.connection);
  addFilesOptions(command, options.files);
  addReuseOption(command, options.files, "--backup");
  addReportingOptions(command, options.reporting);
  command.footer(
      "Replaces the destination's content with that of the archive: everything in the selection is "
      "deleted there first.\n"
      "\n"
      "Examples:\n"
      "  wsferry push backup.tar.gz https://example.org/admin \\\n"
      "    --token-file token.txt --dry-run\n"
      "  wsferry push backup.tar.gz https://example.org/admin \\\n"
      "    --token-file token.txt --backup before.tar.gz\n"
      "  wsferry push backup.tar.gz.enc http://127.0.0.1:1337/admin \\\n"
      "    --key-file key.txt --exclude files --force");
}

void addCopyOptions(CLI::App& command, CopyOptions& options) {
  command
      .add_option("from", options.from.url,
                  "URL of the source's admin panel, or its name in the configuration")
      ->type_name("FROM_URL")
      ->required();
  command.add_option("to", options.to.url, "The same for the destination")
      ->type_name("TO_URL")
      ->required();
  addSafetyOptions(command, options.safety);
  command
      .add_flag("--force-same", options.safety.forceSame,
                "Continue even if source and destination look like one server; --force does not "
                "cover that")
      ->group("Safety");
  addServerOptions(command, options.from, copiedServer);
  addServerOptions(command, options.to, replacedServer);
  addSelectionOptions(command, options.selection, pushedGroups);
  addCompletenessOptions(command, options.completeness);
  addRetriesOption(command, options.retry, retriesHelp);
  addConnectionOptions(command, options.connection);
  addChecksumsOption(command, options.connection);
  addFilesOptions(command, options.files);
  addReuseOption(command, options.files, "--backup");
  addReportingOptions(command, options.reporting);
  command.footer(
      "Replaces the destination's content with that of the source; nothing is written to disk.\n"
      "\n"
      "Examples:\n"
      "  wsferry copy https://example.org/admin https://staging.example.org/admin \\\n"
      "    --from-token-file from.txt --to-token-file to.txt --dry-run\n"
      "  wsferry copy https://example.org/admin http://127.0.0.1:1337/admin \\\n"
      "    --exclude config --force");
}

}  // namespace wsferry::tool
