#include "tool/options/connection_options.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <utility>

#include "tool/options/pasted_text.hpp"
#include "tool/options/proxy_choice.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/options/value_options.hpp"
#include "tool/profiles/token_command.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

// Below it pings and their answers would come too late.
constexpr std::uint64_t leastRate = 1024;

[[noreturn]] void refuse(std::string message) {
  throw Error(Errc::invalidOption, std::move(message));
}

std::string optionName(const ServerRole& role, const char* name) {
  return "--" + std::string(role.prefix) + name;
}

std::pair<std::string, std::string> header(const std::string& text, const std::string& option) {
  const std::size_t colon = text.find(':');
  // The text may hold a secret, so the message does not repeat it.
  if (colon == 0 || colon == std::string::npos) {
    refuse(option + " needs NAME:VALUE");
  }
  const std::size_t value = text.find_first_not_of(" \t", colon + 1);
  const std::size_t end = text.find_last_not_of("\r\n") + 1;
  return {text.substr(0, colon),
          value == std::string::npos || value >= end ? "" : text.substr(value, end - value)};
}

std::string transferToken(const ServerOptions& server, const ServerRole& role,
                          const Environment& environment) {
  if (!server.token.empty()) {
    return pastedSecret(server.token, SecretKind::token, optionName(role, "token"));
  }
  if (!server.tokenFile.empty()) {
    const std::string option = server.hasTokenOfProfile ? "token-file of " + server.profile
                                                        : optionName(role, "token-file");
    return pastedSecret(
        readSecretFile(server.tokenFile, "token", option), SecretKind::token,
        "The token of " + option + (server.tokenFile == "-" ? "" : " in " + server.tokenFile));
  }
  if (!server.tokenCommand.empty()) {
    const std::string source = "token-command of " + server.profile;
    return pastedSecret(outputOfTokenCommand(server.tokenCommand, source, server.interruption),
                        SecretKind::token, "The output of the " + source);
  }
  return pastedSecret(environment(role.tokenVariable), SecretKind::token, role.tokenVariable);
}

void resolvePatience(const ConnectionOptions& options, Server& server) {
  server.retry.retryMessageTimeout = options.retryTimeout;
  server.retry.retryMessageMaxRetries = options.maxRetries;
  server.keepAlive.pingInterval = options.pingInterval;
  server.keepAlive.pongTimeout = options.pingInterval;
  // Of the default of 20 s, 90 s.
  server.keepAlive.livenessWindow = options.pingInterval * 9 / 2;
  server.keepAlive.overallCap = options.maxWait;
}

std::string resolveUrl(const ServerOptions& server, const ServerRole& role,
                       const Environment& environment) {
  std::string url = pastedAdminUrl(server.url);
  if (url.empty() && role.urlVariable != nullptr) {
    url = pastedAdminUrl(environment(role.urlVariable));
  }
  if (url.empty()) {
    refuse("no URL: give the admin panel's, such as https://example.org/admin" +
           (role.urlVariable == nullptr ? std::string()
                                        : ", or set " + std::string(role.urlVariable)));
  }
  if (!isUrl(url)) {
    const std::string prefix = role.prefix;
    const std::string source = pastedAdminUrl(server.url).empty() ? std::string(role.urlVariable)
                               : prefix == "from-"                ? "FROM_URL"
                               : prefix == "to-"                  ? "TO_URL"
                                                                  : "ADMIN_URL";
    throw Error(
        Errc::invalidUrl,
        source +
            " is not a URL: give the admin panel's, such as https://example.org/admin, or a "
            "server's name in the configuration (`wsferry config check` says where that is)");
  }
  static_cast<void>(Url::parse(url));  // Says what is wrong.
  return url;
}

std::vector<std::string> usedUrls(const std::string& adminUrl, const FilesOptions& files) {
  std::vector<std::string> urls = {adminUrl};
  if (files.way != "socket" && !files.url.empty()) {
    checkFilesUrl(files.url);
    urls.push_back(files.url);
  }
  return urls;
}

bool isTokenNamed(const ServerOptions& server) {
  return !server.token.empty() || !server.tokenFile.empty() || !server.tokenCommand.empty();
}

}  // namespace

bool isAuthorization(std::string_view header) {
  return equalsIgnoringCase(trimmed(header.substr(0, header.find(':'))), "Authorization");
}

bool hasOwnCredentials(const ServerOptions& server) {
  return isTokenNamed(server) ||
         std::any_of(server.headers.begin(), server.headers.end(), isAuthorization);
}

bool hasCredentials(const WebSocketOptions& connection) {
  return !connection.bearerToken.empty() ||
         std::any_of(connection.headers.begin(), connection.headers.end(), [](const auto& header) {
           return equalsIgnoringCase(header.first, "Authorization");
         });
}

bool isUrl(std::string_view place) {
  return place.find("://") != std::string_view::npos;
}

std::string serviceUrl(const std::string& typed, const char* standard, const char* option) {
  std::string url = typed == "default" ? standard : pastedUrl(typed);
  if (!isUrl(url)) {
    throw Error(Errc::invalidUrl, std::string(option) + " takes a URL, or default");
  }
  return url;
}

void requireArchive(const std::string& command, const std::string& place) {
  if (isUrl(place)) {
    refuse(command +
           " reads an archive, and ARCHIVE is a URL: first pull the server's content into an "
           "archive, with wsferry pull");
  }
}

std::string environmentVariable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

WebSocketOptions resolveAccess(const AccessOptions& options, const std::string& url,
                               const std::vector<std::string>& headers,
                               const std::string& headerOption, const Environment& environment) {
  WebSocketOptions connection;
  std::transform(headers.begin(), headers.end(), std::back_inserter(connection.headers),
                 [&headerOption](const std::string& text) { return header(text, headerOption); });
  connection.connectTimeout = options.connectTimeout;
  connection.handshakeTimeout = connection.connectTimeout;
  connection.allowPlaintextCredentials = options.insecure;
  connection.tls.caFile = options.caFile;
  connection.tls.clientCertificateFile = options.clientCertificate;
  connection.tls.clientKeyFile = options.clientKey;
  connection.proxy = chooseProxy(options.proxy, Url::parse(url), environment);
  if (connection.tls.clientCertificateFile.empty() != connection.tls.clientKeyFile.empty()) {
    refuse("--client-cert and --client-key belong together");
  }
  return connection;
}

std::vector<std::string> unusedOptions(const AccessOptions& options,
                                       const std::vector<std::string>& urls) {
  std::vector<std::string> unused;
  if (std::any_of(urls.begin(), urls.end(),
                  [](const std::string& url) { return Url::parse(url).secure; })) {
    return unused;
  }
  const auto add = [&unused](const char* option, const std::string& value) {
    if (!value.empty()) {
      unused.push_back(std::string(option) +
                       " has no effect here: by its URL the connection is not encrypted");
    }
  };
  add("--ca-file", options.caFile);
  add("--client-cert", options.clientCertificate);
  return unused;
}

std::string missingTokenAdvice(const ServerRole& role, const Environment& environment) {
  const bool isOfOneServer = *role.prefix == '\0';
  return "set " + std::string(role.tokenVariable) + ", or give " + optionName(role, "token-file") +
         " FILE (a file with the token, - for standard input)" +
         (isOfOneServer || environment("STRAPI_TRANSFER_TOKEN").empty()
              ? ""
              : ". STRAPI_TRANSFER_TOKEN is not used for two servers");
}

Server resolveServerWithoutToken(const ServerOptions& server, const ServerRole& role,
                                 const ConnectionOptions& ofCommand, const Environment& environment,
                                 const FilesOptions& typedFiles) {
  const ConnectionOptions& options = server.connection ? *server.connection : ofCommand;
  Server resolved;
  resolved.adminUrl = resolveUrl(server, role, environment);
  resolved.checksums = !options.noChecksums;
  resolved.unusedOptions = unusedOptions(
      options.access, usedUrls(resolved.adminUrl, server.files ? *server.files : typedFiles));
  resolvePatience(options, resolved);
  resolved.connection = resolveAccess(options.access, resolved.adminUrl, server.headers,
                                      optionName(role, "header"), environment);
  resolved.connection.rateLimit = options.rateLimit;
  return resolved;
}

void addToken(WebSocketOptions& connection, const ServerOptions& server, const ServerRole& role,
              const Environment& environment) {
  // A header that was typed, or that a profile gives, counts before the environment.
  if (isTokenNamed(server) || !hasCredentials(connection)) {
    connection.bearerToken = transferToken(server, role, environment);
  }
  if (role.needsToken && !hasCredentials(connection)) {
    refuse("no transfer token: " + missingTokenAdvice(role, environment));
  }
}

Server resolveServer(const ServerOptions& server, const ServerRole& role,
                     const ConnectionOptions& connection, const Environment& environment,
                     const FilesOptions& files) {
  Server resolved = resolveServerWithoutToken(server, role, connection, environment, files);
  addToken(resolved.connection, server, role, environment);
  return resolved;
}

void addServerOptions(CLI::App& command, ServerOptions& options, const ServerRole& role) {
  const std::string access = "Access";
  auto* token =
      command.add_option(optionName(role, "token"), options.token,
                         "Transfer token; other users of this machine can see it: prefer " +
                             optionName(role, "token-file") + " or " + role.tokenVariable);
  token->type_name("TOKEN")->group(access);
  command
      .add_option(optionName(role, "token-file"), options.tokenFile,
                  "File that contains only the token; - is standard input")
      ->type_name("FILE")
      ->excludes(token)
      ->group(access);
  command
      .add_option(optionName(role, "header"), options.headers,
                  "Additional request header; repeatable")
      ->type_name("NAME:VALUE")
      ->allow_extra_args(false)
      ->group(access);
}

void addAccessOptions(CLI::App& command, AccessOptions& options) {
  const std::string access = "Access";
  command
      .add_flag("--insecure", options.insecure,
                "Allow credentials to cross an unencrypted connection to another machine")
      ->group(access);
  const auto add = [&](const char* name, std::string& value, const char* type, const char* text) {
    command.add_option(name, value, text)->type_name(type)->group(access);
  };
  add("--ca-file", options.caFile, "FILE", "PEM file of trusted roots (default: system's)");
  add("--client-cert", options.clientCertificate, "FILE", "PEM client certificate");
  add("--client-key", options.clientKey, "FILE", "PEM key of the client certificate");
  add("--proxy", options.proxy, "URL",
      "HTTP proxy, http://[USER:PASSWORD@]HOST[:PORT]; none: no proxy (default: HTTPS_PROXY and "
      "the like)");
  addDurationOption(command, "--connect-timeout", options.connectTimeout, false,
                    "Time to connect, and again for the answer to the upgrade (default: 15)")
      ->group(access);
}

CLI::Option* addConfigOption(CLI::App& command, std::string& file) {
  return command
      .add_option("--config", file,
                  "Configuration file that names servers (default: WSFERRY_CONFIG, or "
                  "wsferry/config.toml in XDG_CONFIG_HOME or ~/.config)")
      ->type_name("FILE");
}

void addConnectionOptions(CLI::App& command, ConnectionOptions& options) {
  addAccessOptions(command, options.access);
  addConfigOption(command, options.configFile)->group("Access");
  addParsedOption(command, "--limit-rate",
                  "Bytes per second received and sent, over all connections together: 500K, 2M "
                  "(default: no limit)",
                  "at least 1K bytes, such as 500K, 2M or 1G",
                  [&options](const std::string& typed) {
                    const std::optional<std::uint64_t> rate = parseSize(typed);
                    if (!rate || *rate < leastRate) {
                      return false;
                    }
                    options.rateLimit = std::make_shared<RateLimit>(*rate);
                    return true;
                  })
      ->type_name("BYTES")
      ->group("Access");

  const std::string patience = "Patience (seconds, or with a unit: 500ms, 30s, 2m, 1h)";
  addDurationOption(command, "--retry-timeout", options.retryTimeout, false,
                    "Repeat a message without an answer in this time (default: 30)")
      ->group(patience);
  addNumberOption(command, "--max-retries", options.maxRetries, 0U, 1'000'000U,
                  "Repeats before giving up on a server that shows no sign of life (default: 5)")
      ->group(patience);
  addDurationOption(command, "--ping-interval", options.pingInterval, true,
                    "Ping a server that is silent for this long; after 4.5 times this long it "
                    "counts as lost; 0: never (default: 20)")
      ->group(patience);
  addDurationOption(command, "--max-wait", options.maxWait, false,
                    "Longest wait for one answer from a live server (default: 3600)")
      ->group(patience);
}

void addChecksumsOption(CLI::App& command, ConnectionOptions& options) {
  command
      .add_flag("--no-checksums", options.noChecksums,
                "Transfer files over the network without checksums")
      ->group("Access");
}

}  // namespace wsferry::tool
