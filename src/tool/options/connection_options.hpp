#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/options/environment.hpp"
#include "tool/options/files_options.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/core/keep_alive_options.hpp"
#include "wsferry/core/rate_limit.hpp"
#include "wsferry/core/retry_message_options.hpp"
#include "wsferry/core/websocket_client.hpp"

namespace wsferry::tool {

class Interruption;

/// How a server is reached, as typed.
struct AccessOptions {
  Duration connectTimeout{15'000};
  std::string caFile;
  std::string clientCertificate;
  std::string clientKey;
  bool insecure = false;
  std::string proxy;
};

/// Whether what was typed for a place is the URL of a server, and not the name of a file.
bool isUrl(std::string_view place);

/// The URL of a service of the streaming platform, as pasted; `standard` for `default`. `option` is
/// where it was typed. @throws Error with Errc::invalidUrl.
std::string serviceUrl(const std::string& typed, const char* standard, const char* option);

/// @throws Error with Errc::invalidOption where a command that reads an archive is given a URL.
void requireArchive(const std::string& command, const std::string& place);

void addAccessOptions(CLI::App& command, AccessOptions& options);

/// How `url` is reached; `headers` as typed with the option `headerOption`. @throws Error:
/// invalidOption, invalidUrl.
WebSocketOptions resolveAccess(const AccessOptions& options, const std::string& url,
                               const std::vector<std::string>& headers,
                               const std::string& headerOption, const Environment& environment);

/// What of them does nothing for these URLs, in words.
std::vector<std::string> unusedOptions(const AccessOptions& options,
                                       const std::vector<std::string>& urls);

/// How a Strapi is reached and waited for, as typed.
struct ConnectionOptions {
  AccessOptions access;
  bool noChecksums = false;
  Duration retryTimeout{30'000};
  unsigned maxRetries = 5;
  Duration pingInterval{20'000};
  Duration maxWait{3'600'000};
  std::string configFile;                ///< Where servers have names; see ServerProfiles.
  std::shared_ptr<RateLimit> rateLimit;  ///< Of all connections together; null for none.
};

/// --config alone, for what reaches no server.
CLI::Option* addConfigOption(CLI::App& command, std::string& file);

void addConnectionOptions(CLI::App& command, ConnectionOptions& options);

/// Declares --no-checksums, for a command that transfers files.
void addChecksumsOption(CLI::App& command, ConnectionOptions& options);

/// Who one server is and what it is shown, as typed.
struct ServerOptions {
  std::string url;
  std::string token;
  std::string tokenFile;
  std::vector<std::string> headers;

  // What its profile gives, if its name was typed; see nameServers().
  std::string profile;                          ///< That name.
  std::string tokenCommand;                     ///< Writes the token, where none was typed.
  bool hasTokenOfProfile = false;               ///< tokenFile or tokenCommand are its.
  std::optional<ConnectionOptions> connection;  ///< In place of those of the command.
  std::optional<FilesOptions> files;            ///< The same.

  /// Of the command, for the tokenCommand that it runs. Null: signals do not end that.
  Interruption* interruption = nullptr;

  std::string protectedBy;  ///< The name of the profile that protects it; empty if none does.
};

/// Where a server's options stand: `--token`, or `--from-token`, and the variables behind them.
struct ServerRole {
  const char* prefix;         ///< Of the options: "", "from-", "to-".
  const char* tokenVariable;  ///< STRAPI_TRANSFER_TOKEN and the like.
  const char* urlVariable;    ///< Null where the URL has to be on the command line.
  bool needsToken = true;
};

/// Declares token and headers; the URL is positional, and the command's own.
void addServerOptions(CLI::App& command, ServerOptions& options, const ServerRole& role);

/// One server, checked: what RemoteSource and RemoteDestination take.
struct Server {
  std::string adminUrl;
  WebSocketOptions connection;
  RetryMessageOptions retry;
  KeepAliveOptions keepAlive;
  bool checksums = true;
  /// What was typed in vain, in words: options of TLS for a connection that is not encrypted.
  std::vector<std::string> unusedOptions;
};

/// Whether that is the name of a header as typed, `NAME:VALUE`.
bool isAuthorization(std::string_view header);

/// Whether there is a token, or a header of that kind.
bool hasCredentials(const WebSocketOptions& connection);

/// The same of what was typed or a profile gives: whether nothing is taken from the environment.
bool hasOwnCredentials(const ServerOptions& server);

/// How a token is given to such a server, for who has none.
std::string missingTokenAdvice(const ServerRole& role, const Environment& environment);

/// All of a server but its token; `connection` and `files` as typed, for a server without a
/// profile. @throws Error: invalidOption, invalidUrl.
Server resolveServerWithoutToken(const ServerOptions& server, const ServerRole& role,
                                 const ConnectionOptions& connection,
                                 const Environment& environment, const FilesOptions& files = {});

/// Reads the token, which may run a command that asks somebody for a password: when nothing else
/// can be wrong any more. @throws Error with Errc::invalidOption.
void addToken(WebSocketOptions& connection, const ServerOptions& server, const ServerRole& role,
              const Environment& environment);

/// Both. @throws Error: invalidOption, invalidUrl.
Server resolveServer(const ServerOptions& server, const ServerRole& role,
                     const ConnectionOptions& connection, const Environment& environment,
                     const FilesOptions& files);

}  // namespace wsferry::tool
