#include "tool/options/pull_options.hpp"

#include "archive/file/part_names.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

constexpr ServerRole pulledServer{"", "STRAPI_TRANSFER_TOKEN", "STRAPI_TRANSFER_URL"};

}  // namespace

strapi::RemoteSourceOptions sourceOptions(const Server& server) {
  strapi::RemoteSourceOptions source;
  source.connection = server.connection;
  source.retry = server.retry;
  source.keepAlive = server.keepAlive;
  source.checksums = server.checksums;
  return source;
}

PullRequest resolvePullWithoutToken(const PullOptions& options, const Environment& environment,
                                    const std::tm& now) {
  checkReporting(options.reporting);
  const Server server = resolveServerWithoutToken(options.server, pulledServer, options.connection,
                                                  environment, options.files);
  PullRequest request;
  request.adminUrl = server.adminUrl;
  request.source = sourceOptions(server);
  request.filter = resolveSelection(options.selection);
  request.completeness = options.completeness;
  request.files = options.server.files.value_or(options.files);
  request.files.reuse = options.files.reuse;
  request.files.checkReused = options.files.checkReused;
  request.files.keepGoing = options.files.keepGoing;
  refuseWithoutFiles(request.files, options.selection);
  checkFiles(request.files);
  request.unusedOptions = server.unusedOptions;
  request.destination = resolveOutput(options.output);
  request.destination.fileHash = showsArchive(options.reporting);
  if (request.destination.path != "-") {
    const std::string host = hostInName(Url::parse(request.adminUrl));
    request.series = nameTemplateOf(request.destination).ofHost(host);
    request.destination.path = request.series->path(host, now);
    archive::requireNameFits(request.destination.path);
  }
  request.retry = options.retry;
  if (!request.series && request.retry.retries.value_or(0) > 0) {
    request.unusedOptions.emplace_back(
        "--retries has no effect with -o -: what has gone out cannot be taken back");
  }
  request.retention = options.retention;
  checkRetention(request.retention);
  if (request.retention.counts.areGiven() && !(request.series && request.series->hasDate())) {
    throw Error(Errc::invalidOption,
                "the --keep options, typed or from the configuration, need a new name for each "
                "archive: give -o a name with {date}, or a folder ending in /");
  }
  request.files.reuseKey = request.destination.key;
  checkReuse(request.files, request.destination.path, request.series);
  return request;
}

PullRequest resolvePull(const PullOptions& options, const Environment& environment,
                        const std::tm& now) {
  PullRequest request = resolvePullWithoutToken(options, environment, now);
  if (!request.retention.dryRun) {  // Which asks no server.
    addToken(request.source.connection, options.server, pulledServer, environment);
  }
  return request;
}

void addPullOptions(CLI::App& command, PullOptions& options) {
  command
      .add_option("url", options.server.url,
                  "URL of the admin panel, https://HOST/admin, or the server's name in the "
                  "configuration (default: STRAPI_TRANSFER_URL)")
      ->type_name("ADMIN_URL");
  command
      .add_option("-o,--output", options.output.path,
                  "File or folder to make. {host}, {date} and {time} are filled in; in a folder "
                  "ending in / the archive gets the default name, export_{host}_{date}{time} with "
                  "the format's extension; - streams the tar to standard output")
      ->type_name("FILE");
  addOutputOptions(command, options.output);
  addRetentionOptions(command, options.retention,
                      "Show what would be kept and removed, and do nothing else");
  addServerOptions(command, options.server, pulledServer);
  addSelectionOptions(command, options.selection);
  addCompletenessOptions(command, options.completeness);
  addFilesOptions(command, options.files);
  addKeepGoingOption(command, options.files);
  addReuseOption(command, options.files, "-o");
  addRetryOptions(command, options.retry);
  addConnectionOptions(command, options.connection);
  addChecksumsOption(command, options.connection);
  addReportingOptions(command, options.reporting, "-o -");
  command.footer(
      "Examples:\n"
      "  STRAPI_TRANSFER_TOKEN=... wsferry pull https://example.org/admin\n"
      "  wsferry pull https://example.org/admin --token-file token.txt -o backups/\n"
      "  wsferry pull https://example.org/admin --token-file token.txt -q \\\n"
      "    -o backups/ --keep-daily 7 --keep-weekly 4 --keep-monthly 12\n"
      "  wsferry pull https://example.org/admin --token-file token.txt \\\n"
      "    -o backup.tar.gz --force --reuse backup.tar.gz\n"
      "  wsferry pull https://example.org/admin --token-file token.txt \\\n"
      "    --exclude files -o - | ssh host 'cat > content.tar.gz'\n"
      "  wsferry pull http://127.0.0.1:1337/admin --token-file - --json < token.txt");
}

}  // namespace wsferry::tool
