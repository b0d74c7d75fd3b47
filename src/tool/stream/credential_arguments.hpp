#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "tool/options/connection_options.hpp"
#include "tool/options/environment.hpp"
#include "tool/report/failure_report.hpp"
#include "wsferry/gateway/stream_options.hpp"
#include "wsferry/platform/client_credentials.hpp"

namespace wsferry::tool {

/// Who the client is that the streaming platform sees, as typed.
struct CredentialArguments {
  std::string apiKey;
  std::string apiKeyFile;
  std::string clientId;
  std::string clientSecret;
  std::string clientSecretFile;
  std::string bearer;
  std::string bearerFile;
  std::string tokenUrl;
  std::string placement = "header";
  std::vector<std::string> subprotocols;
  bool rawSubprotocols = false;
  std::vector<std::string> headers;
  bool hasSubprotocols = false;  ///< The gateway's profile has entries: none have to be typed.
  /// Name or file. Variables of the environment are of one vendor, and for no other.
  std::string profile = "vatis";
  bool hasTokenInUrl = false;  ///< The URL has come with a token in it: no key is looked for.

  /// Whether a secret is read from standard input.
  bool readsStandardInput() const {
    return apiKeyFile == "-" || bearerFile == "-" || clientSecretFile == "-";
  }
};

/// What they are for: some places for them are only in a request for a WebSocket.
enum class CredentialUse { upgrade, request };

void addCredentialOptions(CLI::App& command, CredentialArguments& options, CredentialUse use);

struct ResolvedCredentials {
  gateway::Credentials credentials;
  std::optional<platform::ClientCredentialsOptions> token;  ///< To be fetched for them.
  std::string unusedVariable;  ///< That one is set and of another vendor, in words; or empty.
  std::string howToGive;       ///< Where there are none: how they are given.
};

/// Reads secrets. What the command line names counts; without any of it, the environment: a token,
/// then a key, then a client; of another vendor than Vatis its own variable with a key. @throws
/// Error: invalidOption, invalidUrl.
ResolvedCredentials resolveCredentials(const CredentialArguments& options,
                                       const AccessOptions& access, const Environment& environment);

/// Adds how credentials are given to a failure for which their lack is the likely cause.
void adviseCredentials(FailureReport& failure, const std::error_code& error,
                       const std::string& howToGive);

/// What of `access` does nothing for these URLs, nor for the service that gives the token.
std::vector<std::string> unusedOptions(
    const AccessOptions& access, std::vector<std::string> urls,
    const std::optional<platform::ClientCredentialsOptions>& token);

}  // namespace wsferry::tool
