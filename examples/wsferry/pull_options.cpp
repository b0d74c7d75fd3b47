#include "pull_options.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include "secret_input.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

constexpr double longestSeconds = 10'000'000;

// Of the default ping interval of 20 s, the liveness window of 90 s.
constexpr double livenessFactor = 4.5;

[[noreturn]] void refuse(std::string message) {
  throw Error(Errc::invalidOption, std::move(message));
}

Duration seconds(const char* option, double value, bool zeroAllowed) {
  if (!std::isfinite(value) || value < 0 || value > longestSeconds ||
      (value < 0.001 && !(zeroAllowed && value == 0))) {
    refuse(std::string(option) + " needs a number of seconds " +
           (zeroAllowed ? "from 0" : "above 0") + " to 10000000, such as 2.5");
  }
  return Duration(std::llround(value * 1000));
}

std::vector<strapi::TransferGroup> groups(const char* option,
                                          const std::vector<std::string>& names) {
  std::vector<strapi::TransferGroup> result;
  for (const std::string& name : names) {
    if (name == "content") {
      result.push_back(strapi::TransferGroup::content);
    } else if (name == "files") {
      result.push_back(strapi::TransferGroup::files);
    } else if (name == "config") {
      result.push_back(strapi::TransferGroup::config);
    } else if (name == "media-library") {
      result.push_back(strapi::TransferGroup::mediaLibrary);
    } else {
      refuse(std::string(option) + " takes content, files, config and media-library, not '" + name +
             "'");
    }
  }
  return result;
}

std::pair<std::string, std::string> header(const std::string& text) {
  const std::size_t colon = text.find(':');
  // The text may hold a secret, so the message does not repeat it.
  if (colon == 0 || colon == std::string::npos) {
    refuse("--header needs NAME:VALUE");
  }
  const std::size_t value = text.find_first_not_of(" \t", colon + 1);
  return {text.substr(0, colon), value == std::string::npos ? "" : text.substr(value)};
}

bool isAuthorization(const std::pair<std::string, std::string>& header) {
  constexpr std::string_view name = "authorization";
  return header.first.size() == name.size() &&
         std::equal(name.begin(), name.end(), header.first.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

std::string transferToken(const PullOptions& options, const Environment& environment) {
  if (!options.token.empty()) {
    return options.token;
  }
  if (!options.tokenFile.empty()) {
    return readSecretFile(options.tokenFile, "token");
  }
  return environment("STRAPI_TRANSFER_TOKEN");
}

strapi::RemoteSourceOptions sourceOptions(const PullOptions& options,
                                          const Environment& environment) {
  strapi::RemoteSourceOptions source;
  source.checksums = !options.noChecksums;
  source.retry.retryMessageTimeout = seconds("--retry-timeout", options.retryTimeout, false);
  source.retry.retryMessageMaxRetries = options.maxRetries;
  source.keepAlive.pingInterval = seconds("--ping-interval", options.pingInterval, true);
  source.keepAlive.pongTimeout = source.keepAlive.pingInterval;
  source.keepAlive.livenessWindow =
      seconds("--ping-interval", options.pingInterval * livenessFactor, true);
  source.keepAlive.overallCap = seconds("--max-wait", options.maxWait, false);

  WebSocketOptions& connection = source.connection;
  connection.connectTimeout = seconds("--connect-timeout", options.connectTimeout, false);
  connection.handshakeTimeout = connection.connectTimeout;
  std::transform(options.headers.begin(), options.headers.end(),
                 std::back_inserter(connection.headers), header);
  connection.allowPlaintextCredentials = options.insecure;
  connection.tls.caFile = options.caFile;
  connection.tls.clientCertificateFile = options.clientCertificate;
  connection.tls.clientKeyFile = options.clientKey;
  connection.proxy = options.proxy;
  if (connection.tls.clientCertificateFile.empty() != connection.tls.clientKeyFile.empty()) {
    refuse("--client-cert and --client-key belong together");
  }
  connection.bearerToken = transferToken(options, environment);
  if (connection.bearerToken.empty() &&
      std::none_of(connection.headers.begin(), connection.headers.end(), isAuthorization)) {
    refuse(
        "no transfer token: set STRAPI_TRANSFER_TOKEN, or give --token-file FILE (a file with the "
        "token in its first line, - for standard input)");
  }
  return source;
}

bool endsWith(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending;
}

// `strapi import` takes such a file for one that is not compressed.
bool namesPlainTar(std::string_view output) {
  return endsWith(output, ".tar") || endsWith(output, ".tar.enc");
}

archive::ArchiveDestinationOptions destinationOptions(const PullOptions& options,
                                                      const std::tm& now) {
  archive::ArchiveDestinationOptions destination;
  archive::ArchiveFormat& format = destination.format;
  if (options.format == "dir") {
    if (options.encrypt) {
      refuse("--encrypt needs --format tar: a directory is not encrypted");
    }
    if (options.output == "-") {
      refuse("-o - needs --format tar: a directory cannot go to standard output");
    }
    format.container = archive::Container::directory;
    format.compressed = false;
  } else if (options.format == "tar") {
    format.compressed = !options.noCompress && !namesPlainTar(options.output);
    format.encrypted = options.encrypt;
  } else {
    refuse("--format takes tar or dir");
  }
  const bool keyGiven = !options.key.empty() || !options.keyFile.empty();
  if (keyGiven && !options.encrypt) {
    refuse("a key is given without --encrypt: the archive would be readable by everybody");
  }
  if (options.encrypt) {
    if (!keyGiven) {
      throw Error(Errc::keyRequired, "--encrypt needs a key");
    }
    destination.key = archiveKey(options.key, options.keyFile);
  }
  destination.overwrite = options.force;
  destination.path = options.output.empty() ? defaultArchiveName(now, format) : options.output;
  return destination;
}

}  // namespace

std::string defaultArchiveName(const std::tm& now, const archive::ArchiveFormat& format) {
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "export_%Y%m%d%H%M%S", &now);
  return text.data() + format.extension();
}

PullRequest resolvePull(const PullOptions& options, const Environment& environment,
                        const std::tm& now) {
  PullRequest request;
  request.adminUrl = options.url.empty() ? environment("STRAPI_TRANSFER_URL") : options.url;
  if (request.adminUrl.empty()) {
    refuse(
        "no URL: give that of the admin panel, such as https://example.org/admin, or set "
        "STRAPI_TRANSFER_URL");
  }
  Url::parse(request.adminUrl);
  if (options.quiet && options.verbose) {
    refuse("--quiet and --verbose exclude each other");
  }
  strapi::TransferFilterOptions filter;
  filter.only = groups("--only", options.only);
  filter.exclude = groups("--exclude", options.exclude);
  filter.onlyContentTypes = options.onlyContentTypes;
  filter.excludeContentTypes = options.excludeContentTypes;
  request.filter = strapi::TransferFilter(std::move(filter));
  request.source = sourceOptions(options, environment);
  request.destination = destinationOptions(options, now);
  return request;
}

void addPullOptions(CLI::App& command, PullOptions& options) {
  command.add_option("url", options.url,
                     "URL of the admin panel, https://HOST/admin (default: STRAPI_TRANSFER_URL)");
  command.add_option("-o,--output", options.output,
                     "File or folder to make; - streams the tar to standard output (default: "
                     "export_YYYYMMDDHHMMSS with the format's extension)");
  command.add_flag("--force", options.force, "Replace an existing file");

  const std::string access = "Access";
  auto* token = command.add_option("--token", options.token,
                                   "Transfer token; other users of this machine can see it: prefer "
                                   "--token-file or STRAPI_TRANSFER_TOKEN");
  token->group(access);
  command
      .add_option("--token-file", options.tokenFile,
                  "File with the token in its first line; - is standard input")
      ->excludes(token)
      ->group(access);
  command.add_option("--header", options.headers, "Further request header NAME:VALUE; repeatable")
      ->allow_extra_args(false)
      ->group(access);
  command
      .add_flag("--insecure", options.insecure,
                "Allow the token to cross an unencrypted connection to another machine")
      ->group(access);
  command.add_option("--ca-file", options.caFile, "PEM file of trusted roots (default: system's)")
      ->group(access);
  command.add_option("--client-cert", options.clientCertificate, "PEM client certificate")
      ->group(access);
  command.add_option("--client-key", options.clientKey, "PEM key of the client certificate")
      ->group(access);
  command.add_option("--proxy", options.proxy, "HTTP proxy, http://[USER:PASSWORD@]HOST[:PORT]")
      ->group(access);

  const std::string archive = "Archive";
  command.add_option("--format", options.format, "tar or dir (default: tar)")->group(archive);
  command
      .add_flag("--no-compress", options.noCompress,
                "Leave gzip out, as for a name that ends in .tar or .tar.enc")
      ->group(archive);
  command.add_flag("--encrypt", options.encrypt, "Encrypt; needs a key")->group(archive);
  auto* key = command.add_option("-k,--key", options.key,
                                 "Key for --encrypt; visible to other users as --token is");
  key->group(archive);
  command.add_option("--key-file", options.keyFile, "File with the key; - is standard input")
      ->excludes(key)
      ->group(archive);

  const std::string selection = "Selection (comma lists)";
  const auto addList = [&](const char* name, std::vector<std::string>& values, const char* text) {
    command.add_option(name, values, text)
        ->delimiter(',')
        ->allow_extra_args(false)
        ->group(selection);
  };
  addList("--only", options.only, "Take these only: content, files, config");
  addList("--exclude", options.exclude, "Leave these out: content, files, config, media-library");
  addList("--only-content-types", options.onlyContentTypes, "Take these types only, by uid");
  addList("--exclude-content-types", options.excludeContentTypes, "Leave these types out, by uid");
  command.add_flag("--no-checksums", options.noChecksums, "Do not ask for checksums of files")
      ->group(selection);

  const std::string patience = "Patience (seconds, decimals allowed)";
  const auto addSeconds = [&](const char* name, double& value, const char* text) {
    command.add_option(name, value, text)->group(patience);
  };
  addSeconds("--connect-timeout", options.connectTimeout,
             "To connect, and once more for the answer to the upgrade (default: 15)");
  addSeconds("--retry-timeout", options.retryTimeout,
             "Repeat a message not answered in this time (default: 30)");
  command
      .add_option("--max-retries", options.maxRetries,
                  "Repeats before giving up on a server that shows no life (default: 5)")
      ->group(patience);
  addSeconds("--ping-interval", options.pingInterval,
             "Ping a silent server; 4.5 times this long silent, it counts as lost; 0: never "
             "(default: 20)");
  addSeconds("--max-wait", options.maxWait,
             "Longest wait for one answer of a server that lives (default: 3600)");

  const std::string reporting = "Reporting";
  command
      .add_flag("--json", options.json,
                "Events as JSON, one a line, on standard output (with -o -: standard error)")
      ->group(reporting);
  command.add_flag("-q,--quiet", options.quiet, "Errors only")->group(reporting);
  command.add_flag("-v,--verbose", options.verbose, "The server's messages and statistics too")
      ->group(reporting);
  command.footer(
      "Examples:\n"
      "  STRAPI_TRANSFER_TOKEN=... wsferry pull https://example.org/admin\n"
      "  wsferry pull https://example.org/admin --token-file token.txt -o backup.tar.gz\n"
      "  wsferry pull https://example.org/admin --token-file token.txt --exclude files -o - | "
      "ssh host 'cat > content.tar.gz'\n"
      "  wsferry pull http://127.0.0.1:1337/admin --token-file - --json --quiet < token.txt");
}

}  // namespace wsferry::tool
