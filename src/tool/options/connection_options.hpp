#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tool/options/environment.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/core/keep_alive.hpp"
#include "wsferry/core/retry_message_options.hpp"
#include "wsferry/core/websocket_client.hpp"

namespace wsferry::tool {

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

/// @throws Error with Errc::invalidOption where a command that reads an archive is given a URL.
void requireArchive(const std::string& command, const std::string& place);

void addAccessOptions(CLI::App& command, AccessOptions& options);

/// How `url` is reached; `headers` as typed with the option `headerOption`. @throws Error:
/// invalidOption, invalidUrl.
WebSocketOptions resolveAccess(const AccessOptions& options, const std::string& url,
                               const std::vector<std::string>& headers,
                               const std::string& headerOption, const Environment& environment);

/// What of them does nothing for this URL, in words.
std::vector<std::string> unusedOptions(const AccessOptions& options, const std::string& url);

/// How a Strapi is reached and waited for, as typed.
struct ConnectionOptions {
  AccessOptions access;
  bool noChecksums = false;
  Duration retryTimeout{30'000};
  unsigned maxRetries = 5;
  Duration pingInterval{20'000};
  Duration maxWait{3'600'000};
};

void addConnectionOptions(CLI::App& command, ConnectionOptions& options);

/// Who one server is and what it is shown, as typed.
struct ServerOptions {
  std::string url;
  std::string token;
  std::string tokenFile;
  std::vector<std::string> headers;
};

/// Where a server's options stand: `--token`, or `--from-token`, and the variables behind them.
struct ServerRole {
  const char* prefix;         ///< Of the options: "", "from-", "to-".
  const char* tokenVariable;  ///< STRAPI_TRANSFER_TOKEN and the like.
  const char* urlVariable;    ///< Null where the URL has to be on the command line.
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

/// Reads the token. @throws Error: invalidOption, invalidUrl.
Server resolveServer(const ServerOptions& server, const ServerRole& role,
                     const ConnectionOptions& connection, const Environment& environment);

}  // namespace wsferry::tool
