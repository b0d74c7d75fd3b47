#include "tool/options/pull_options.hpp"

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

PullRequest resolvePull(const PullOptions& options, const Environment& environment,
                        const std::tm& now) {
  checkReporting(options.reporting);
  const Server server =
      resolveServer(options.server, pulledServer, options.connection, environment);
  PullRequest request;
  request.adminUrl = server.adminUrl;
  request.source = sourceOptions(server);
  request.filter = resolveSelection(options.selection);
  request.completeness = options.completeness;
  request.unusedOptions = server.unusedOptions;
  request.destination = resolveOutput(options.output);
  if (request.destination.path.empty()) {
    request.destination.path =
        defaultArchiveName(Url::parse(request.adminUrl), now, request.destination.format);
  }
  return request;
}

void addPullOptions(CLI::App& command, PullOptions& options) {
  command
      .add_option("url", options.server.url,
                  "URL of the admin panel, https://HOST/admin (default: STRAPI_TRANSFER_URL)")
      ->type_name("ADMIN_URL");
  command
      .add_option("-o,--output", options.output.path,
                  "File or folder to make; - streams the tar to standard output (default: "
                  "export_HOST_YYYYMMDDHHMMSS with the format's extension)")
      ->type_name("FILE");
  addOutputOptions(command, options.output);
  addServerOptions(command, options.server, pulledServer);
  addSelectionOptions(command, options.selection);
  addCompletenessOptions(command, options.completeness);
  addConnectionOptions(command, options.connection);
  addReportingOptions(command, options.reporting, "-o -");
  command.footer(
      "Examples:\n"
      "  STRAPI_TRANSFER_TOKEN=... wsferry pull https://example.org/admin\n"
      "  wsferry pull https://example.org/admin --token-file token.txt -o backup.tar.gz\n"
      "  wsferry pull https://example.org/admin --token-file token.txt \\\n"
      "    --exclude files -o - | ssh host 'cat > content.tar.gz'\n"
      "  wsferry pull http://127.0.0.1:1337/admin --token-file - --json < token.txt");
}

}  // namespace wsferry::tool
