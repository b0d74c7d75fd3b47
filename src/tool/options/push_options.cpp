#include "tool/options/push_options.hpp"

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "tool/options/pull_options.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/options/value_options.hpp"
#include "tool/push/same_server.hpp"
#include "tool/report/output_options.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

constexpr ServerRole pushedServer{"", "STRAPI_TRANSFER_TOKEN", "STRAPI_TRANSFER_URL"};
constexpr ServerRole copiedServer{"from-", "STRAPI_TRANSFER_FROM_TOKEN", nullptr};
constexpr ServerRole replacedServer{"to-", "STRAPI_TRANSFER_TO_TOKEN", nullptr};

constexpr std::array versionStrategies = {
    strapi::VersionStrategy::exact, strapi::VersionStrategy::patch, strapi::VersionStrategy::minor,
    strapi::VersionStrategy::major, strapi::VersionStrategy::ignore};
constexpr std::array schemaStrategies = {
    strapi::SchemaStrategy::exact, strapi::SchemaStrategy::strict, strapi::SchemaStrategy::ignore};

template <class Strategies>
auto strategyOf(const char* option, const std::string& name, const Strategies& strategies) {
  std::string names;
  for (const auto strategy : strategies) {
    if (strapi::toString(strategy) == name) {
      return strategy;
    }
    names += (names.empty() ? "" : ", ") + std::string(strapi::toString(strategy));
  }
  throw Error(Errc::invalidOption, std::string(option) + " takes " + names);
}

// A server takes no files without their records.
constexpr const char* pushedGroups = "content, config, and files along with content";

// Before anybody is asked: what is typed after that should not be in vain.
void refuseExisting(const std::string& backup) {
  const std::string target = backup.substr(0, backup.find_last_not_of('/') + 1);
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(target, error))) {
    throw Error(Errc::fileExists, "Nothing was changed: --backup makes a new archive, and " +
                                      target + " exists. Name another one, or move it away.");
  }
}

std::optional<archive::ArchiveDestinationOptions> backupOptions(const std::string& path) {
  if (path.empty()) {
    return std::nullopt;
  }
  if (!namesPlainArchive(path)) {
    throw Error(Errc::invalidOption,
                "--backup takes a file that ends in .tar or .tar.gz, or a folder that ends in /; "
                "for an encrypted one pull it first, with `wsferry pull --encrypt`");
  }
  refuseExisting(path);
  archive::ArchiveDestinationOptions backup;
  backup.format = formatOfName(path);
  backup.path = path;
  return backup;
}

PushRequest resolveSafety(const SafetyOptions& options, const SelectionOptions& selection,
                          const CompletenessOptions& completeness,
                          const ReportingOptions& reporting) {
  checkReporting(reporting);
  PushRequest request;
  request.mayAsk = !reporting.json;
  request.quiet = reporting.quiet;
  request.engine.filter = resolveSelection(selection);
  request.engine.versionStrategy =
      strategyOf("--version-strategy", options.versionStrategy, versionStrategies);
  request.engine.schemas.strategy =
      strategyOf("--schema-strategy", options.schemaStrategy, schemaStrategies);
  request.engine.schemas.ignoredTypes = options.ignoredSchemas;
  applyCompleteness(completeness, request.engine);
  request.engine.throttle = options.throttle;
  request.window.messages = options.window;
  request.backup = backupOptions(options.backup);
  request.dryRun = options.dryRun;
  request.force = options.force;
  request.allowEmpty = options.allowEmpty;
  request.allowSharedStorage = options.allowSharedStorage;
  request.forceSame = options.forceSame;
  return request;
}

std::string shownUrl(const Server& server) {
  std::string url = Url::parse(server.adminUrl).display();
  while (!url.empty() && url.back() == '/') {
    url.pop_back();
  }
  return url;
}

void addSafetyOptions(CLI::App& command, SafetyOptions& options) {
  const std::string safety = "Safety";
  command.add_flag("--dry-run", options.dryRun, "Show what would happen, and change nothing")
      ->group(safety);
  command
      .add_flag("--force", options.force,
                "Replace the destination's content without asking, and in spite of schema "
                "differences")
      ->group(safety);
  command
      .add_flag("--allow-empty", options.allowEmpty,
                "Delete content, files or configuration of which the source has none; --force "
                "does not cover that")
      ->group(safety);
  command
      .add_flag("--allow-shared-storage", options.allowSharedStorage,
                "Go on where the destination may delete files on storage that the source's are on; "
                "--force does not cover that")
      ->group(safety);
  command
      .add_option("--backup", options.backup,
                  "First pull the destination's content into this file, and stop if that fails; "
                  "needs a token of type Full access")
      ->type_name("FILE")
      ->group(safety);
  addListOption(command, "--ignore-schema", options.ignoredSchemas,
                "Schema differences of types that match this do not count, such as "
                "'plugin::seo.*'; comma list")
      ->type_name("GLOB")
      ->group(safety);
  command
      .add_option("--version-strategy", options.versionStrategy,
                  "Versions of Strapi that are accepted: exact, the same; patch, pre-releases of "
                  "one version; minor, such as 5.54.0 and 5.54.1; major, such as 5.53.0 and "
                  "5.54.0; ignore, any (default: exact)")
      ->type_name("STRATEGY")
      ->group(safety);
  command
      .add_option(
          "--schema-strategy", options.schemaStrategy,
          "exact: no difference; strict: only differences that change data; ignore (default: "
          "strict)")
      ->type_name("exact|strict|ignore")
      ->group(safety);
  const std::string pace = "Pace";
  addNumberOption(command, "--window", options.window, 1U, 1'000'000U,
                  "Messages in flight, at most; servers before 5.53.0 always get one (default: 64)")
      ->group(pace);
  addDurationOption(
      command, "--throttle", options.throttle, true,
      "Pause after each record and file, in milliseconds or with a unit: 5ms, 0.5s (default: 0)",
      TimeUnit::milliseconds)
      ->group(pace);
}

}  // namespace

PushRequest resolvePush(const PushOptions& options, const Environment& environment) {
  if (isUrl(options.archive)) {
    throw Error(Errc::invalidOption,
                "ARCHIVE is a URL: the archive comes first, as in wsferry push ARCHIVE ADMIN_URL");
  }
  PushRequest request =
      resolveSafety(options.safety, options.selection, options.completeness, options.reporting);
  request.destination = resolveServer(options.to, pushedServer, options.connection, environment);
  archive::ArchiveSourceOptions archive;
  archive.path = options.archive;
  archive.key = archiveKey(options.key, options.keyFile);
  request.archiveKeyGiven = !archive.key.empty();
  request.unusedOptions = request.destination.unusedOptions;
  request.archive = std::make_shared<archive::ArchiveSource>(std::move(archive));
  request.openSource = [source = request.archive](const auto&) { return source; };
  request.ends = {"push", options.archive, shownUrl(request.destination)};
  return request;
}

PushRequest resolveCopy(const CopyOptions& options, const Environment& environment) {
  if (options.from.tokenFile == "-" && options.to.tokenFile == "-") {
    throw Error(Errc::invalidOption, "only one token can come from standard input");
  }
  PushRequest request =
      resolveSafety(options.safety, options.selection, options.completeness, options.reporting);
  const Server from = resolveServer(options.from, copiedServer, options.connection, environment);
  request.destination = resolveServer(options.to, replacedServer, options.connection, environment);
  request.from = from;
  request.openSource = [from](std::function<void(const strapi::Diagnostic&)> onDiagnostic) {
    strapi::RemoteSourceOptions source = sourceOptions(from);
    source.onDiagnostic = std::move(onDiagnostic);
    return std::make_shared<strapi::RemoteSource>(from.adminUrl, std::move(source));
  };
  request.ends = {"copy", shownUrl(from), shownUrl(request.destination)};
  // What one of the two uses is not in vain.
  if (!from.unusedOptions.empty()) {
    request.unusedOptions = request.destination.unusedOptions;
  }
  if (isSameServer(from.adminUrl, request.destination.adminUrl)) {
    throw Error(Errc::invalidOption, "a server cannot be copied into itself");
  }
  return request;
}

void addPushOptions(CLI::App& command, PushOptions& options) {
  command.add_option("archive", options.archive, "Archive, file or folder")
      ->type_name("ARCHIVE")
      ->required();
  command
      .add_option("url", options.to.url,
                  "URL of the destination's admin panel, https://HOST/admin (default: "
                  "STRAPI_TRANSFER_URL)")
      ->type_name("ADMIN_URL");
  addKeyOptions(command, options.key, options.keyFile);
  addSafetyOptions(command, options.safety);
  addServerOptions(command, options.to, pushedServer);
  addSelectionOptions(command, options.selection, pushedGroups);
  addCompletenessOptions(command, options.completeness);
  addConnectionOptions(command, options.connection);
  addReportingOptions(command, options.reporting);
  command.footer(
      "Replaces the destination's content by that of the archive: what is in the selection is "
      "deleted there first.\n\n"
      "Examples:\n"
      "  wsferry push backup.tar.gz https://example.org/admin \\\n"
      "    --token-file token.txt --dry-run\n"
      "  wsferry push backup.tar.gz https://example.org/admin \\\n"
      "    --token-file token.txt --backup before.tar.gz\n"
      "  wsferry push backup.tar.gz.enc http://127.0.0.1:1337/admin \\\n"
      "    --key-file key.txt --exclude files --force");
}

void addCopyOptions(CLI::App& command, CopyOptions& options) {
  command.add_option("from", options.from.url, "URL of the source's admin panel")
      ->type_name("FROM_URL")
      ->required();
  command.add_option("to", options.to.url, "URL of the destination's admin panel")
      ->type_name("TO_URL")
      ->required();
  addSafetyOptions(command, options.safety);
  command
      .add_flag("--force-same", options.safety.forceSame,
                "Go on where source and destination look like one server; --force does not cover "
                "that")
      ->group("Safety");
  addServerOptions(command, options.from, copiedServer);
  addServerOptions(command, options.to, replacedServer);
  addSelectionOptions(command, options.selection, pushedGroups);
  addCompletenessOptions(command, options.completeness);
  addConnectionOptions(command, options.connection);
  addReportingOptions(command, options.reporting);
  command.footer(
      "Replaces the destination's content by that of the source; nothing goes to the disk.\n\n"
      "Examples:\n"
      "  wsferry copy https://example.org/admin https://staging.example.org/admin \\\n"
      "    --from-token-file from.txt --to-token-file to.txt --dry-run\n"
      "  wsferry copy https://example.org/admin http://127.0.0.1:1337/admin \\\n"
      "    --exclude config --force");
}

}  // namespace wsferry::tool
