#include "tool/stream/credential_arguments.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "tool/options/pasted_text.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/options/value_options.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

using gateway::Credentials;

[[noreturn]] void refuseCredentials(std::string message) {
  throw Error(Errc::invalidOption, std::move(message));
}

// A secret as an option, as a file, or in the environment.
struct SecretSource {
  const std::string& value;
  const std::string& file;
  const char* what;
  const char* option;
  std::string variable;  ///< Empty: there is none.
  SecretKind kind;

  bool isSet(const Environment& environment) const {
    return !variable.empty() && !environment(variable.c_str()).empty();
  }
  bool isTyped() const { return !value.empty() || !file.empty(); }

  std::string read(const Environment& environment) const {
    if (!value.empty()) {
      return pastedSecret(value, kind, option);
    }
    if (!file.empty()) {
      const std::string fileOption = std::string(option) + "-file";
      return pastedSecret(readSecretFile(file, what, fileOption), kind, fileOption);
    }
    return pastedSecret(isSet(environment) ? environment(variable.c_str()) : std::string(), kind,
                        variable);
  }
};

Credentials::Placement placementOf(const CredentialArguments& options) {
  if (options.placement == "subprotocol") {
    return Credentials::Placement::subprotocol;
  }
  if (options.placement == "first-message") {
    return Credentials::Placement::firstMessage;
  }
  return options.placement == "query" ? Credentials::Placement::query
                                      : Credentials::Placement::header;
}

void checkPlacement(const CredentialArguments& options, const Credentials& credentials) {
  if (options.placement == "two-headers" && credentials.kind != Credentials::Kind::twoHeaders) {
    refuseCredentials("--auth-placement two-headers is for --client-id and --client-secret");
  }
  if (options.placement != "header" && credentials.kind == Credentials::Kind::none) {
    refuseCredentials("--auth-placement is given without credentials");
  }
  const bool isSubprotocol = options.placement == "subprotocol";
  const bool hasEntries = !options.subprotocols.empty() || options.hasSubprotocols;
  if (isSubprotocol ? !hasEntries : !options.subprotocols.empty()) {
    refuseCredentials("--auth-placement subprotocol and --subprotocol belong together");
  }
}

bool isVatis(const CredentialArguments& options) {
  return options.profile == "vatis";
}

// The variable with the API key, as the vendor's own pages name it. Empty: there is none.
std::string keyVariable(const CredentialArguments& options) {
  static const std::map<std::string, std::string> variables = {
      {"vatis", "WS_GATEWAY_API_KEY"},      {"deepgram", "DEEPGRAM_API_KEY"},
      {"assemblyai", "ASSEMBLYAI_API_KEY"}, {"speechmatics", "SPEECHMATICS_API_KEY"},
      {"soniox", "SONIOX_API_KEY"},         {"gladia", "GLADIA_API_KEY"},
      {"openai", "OPENAI_API_KEY"}};
  if (options.hasTokenInUrl) {
    return {};
  }
  const auto found = variables.find(options.profile);
  return found == variables.end() ? std::string() : found->second;
}

// What is set for Vatis must not reach another vendor; whoever expects that is told.
std::string unusedVariable(const CredentialArguments& options, const Environment& environment) {
  const std::string own = keyVariable(options);
  const auto& builtIn = gateway::profileNames();
  if (own.empty() && std::find(builtIn.begin(), builtIn.end(), options.profile) != builtIn.end()) {
    return {};  // No header of its takes a key.
  }
  for (const char* name : {"WS_GATEWAY_BEARER", "WS_GATEWAY_API_KEY", "WS_GATEWAY_CLIENT_SECRET"}) {
    if (!isVatis(options) && !environment(name).empty()) {
      return std::string(name) + " is for the profile vatis and was not sent; for " +
             options.profile + (own.empty() ? " give --api-key-file" : " set " + own);
    }
  }
  return {};
}

// A URL with a token in it, or a header that was typed, may be all that a gateway wants.
std::string howToGiveCredentials(const CredentialArguments& options) {
  if (options.hasTokenInUrl ||
      std::any_of(options.headers.begin(), options.headers.end(), isAuthorization)) {
    return {};
  }
  const std::string variable = keyVariable(options);
  return "No credentials were given: " + (variable.empty() ? "" : "set " + variable + ", or ") +
         "give an API key with --api-key-file, a token with --bearer-file, or a client with "
         "--client-id and --client-secret-file (each FILE holds only the secret; - is standard "
         "input).";
}

Credentials shownCredentials(const CredentialArguments& options, const Environment& environment) {
  const auto ofVatis = [&](const char* name) { return isVatis(options) ? name : ""; };
  const SecretSource key{options.apiKey, options.apiKeyFile,   "API key",
                         "--api-key",    keyVariable(options), SecretKind::apiKey};
  const SecretSource bearer{options.bearer, options.bearerFile,           "token",
                            "--bearer",     ofVatis("WS_GATEWAY_BEARER"), SecretKind::token};
  const SecretSource secret{options.clientSecret,
                            options.clientSecretFile,
                            "client secret",
                            "--client-secret",
                            ofVatis("WS_GATEWAY_CLIENT_SECRET"),
                            SecretKind::clientSecret};
  const std::string idInEnvironment =
      isVatis(options) ? environment("WS_GATEWAY_CLIENT_ID") : std::string();
  const bool client = !options.clientId.empty() || secret.isTyped() || !options.tokenUrl.empty();
  if (key.isTyped() + bearer.isTyped() + client > 1) {
    refuseCredentials(
        "give one of --api-key, --bearer, and --client-id with --client-secret, which --token-url "
        "is for");
  }
  const bool typed = key.isTyped() || bearer.isTyped() || client;
  const auto takes = [&](const SecretSource& source) {
    return typed ? source.isTyped() : source.isSet(environment);
  };
  Credentials credentials;
  if (takes(bearer)) {
    credentials = Credentials::bearer(bearer.read(environment));
  } else if (takes(key)) {
    credentials = Credentials::apiKey(key.read(environment));
  } else if (client || takes(secret) || (!typed && !idInEnvironment.empty())) {
    const auto make =
        options.placement == "two-headers" ? Credentials::twoHeaders : Credentials::basic;
    credentials = make(unwrapped(options.clientId.empty() ? idInEnvironment : options.clientId),
                       secret.read(environment));
    if (credentials.id.empty() || credentials.secret.empty()) {
      refuseCredentials(
          "a client id and its secret belong together: --client-id and --client-secret-file");
    }
  }
  credentials.placement = placementOf(options);
  credentials.subprotocols = options.subprotocols;
  checkPlacement(options, credentials);
  return credentials;
}

// The exchange of id and secret for an access token; the credentials are that token's then.
std::optional<platform::ClientCredentialsOptions> resolveToken(const CredentialArguments& options,
                                                               const AccessOptions& access,
                                                               const Environment& environment,
                                                               Credentials& credentials) {
  if (options.tokenUrl.empty()) {
    return std::nullopt;
  }
  if (credentials.kind != Credentials::Kind::basic) {
    refuseCredentials(
        "--token-url exchanges a client id and its secret for one token, which --auth-placement "
        "two-headers cannot carry");
  }
  platform::ClientCredentialsOptions token;
  token.id = std::exchange(credentials.id, {});
  token.secret = std::exchange(credentials.secret, {});
  if (options.tokenUrl != "default") {
    token.tokenUrl = pastedUrl(options.tokenUrl);
  }
  if (!isUrl(token.tokenUrl)) {
    throw Error(Errc::invalidUrl, "--token-url takes the URL of a token endpoint, or default");
  }
  static_cast<wsferry::ConnectionOptions&>(token.connection) =
      resolveAccess(access, token.tokenUrl, {}, "--header", environment);
  // Before the stream gives up the wait for it, which says less.
  token.timeout = access.connectTimeout * 9 / 10;
  credentials.kind = Credentials::Kind::bearer;
  return token;
}

// Where credentials may be but in headers, for requests that make a WebSocket.
void addSubprotocolOptions(CLI::App& command, CredentialArguments& options) {
  const std::string access = "Access";
  command
      .add_option("--subprotocol", options.subprotocols,
                  "For --auth-placement subprotocol: an entry of Sec-WebSocket-Protocol, with "
                  "{scheme} and {token} where they go; repeatable")
      ->type_name("ENTRY")
      ->allow_extra_args(false)
      ->group(access);
  command
      .add_flag("--raw-subprotocol", options.rawSubprotocols,
                "Allow entries that HTTP forbids in this header, such as most base64 texts")
      ->group(access);
}

}  // namespace

void addCredentialOptions(CLI::App& command, CredentialArguments& options, CredentialUse use) {
  const std::string access = "Access";
  const auto addSecret = [&](const std::string& name, std::string& value, std::string& file,
                             const char* type, const std::string& text, const char* variable,
                             const std::string& what) {
    auto* plain = command.add_option(
        "--" + name, value,
        text + "; other users of this machine can see it: prefer the file or " + variable);
    plain->type_name(type)->group(access);
    command
        .add_option("--" + name + "-file", file,
                    "File that contains only the " + what + "; - is standard input")
        ->type_name("FILE")
        ->excludes(plain)
        ->group(access);
  };
  addSecret("api-key", options.apiKey, options.apiKeyFile, "KEY",
            "API key, as the gateway issued it", "WS_GATEWAY_API_KEY", "key");
  addSecret("bearer", options.bearer, options.bearerFile, "TOKEN", "Access token",
            "WS_GATEWAY_BEARER", "token");
  command
      .add_option("--client-id", options.clientId,
                  "Client id, with a client secret (or WS_GATEWAY_CLIENT_ID)")
      ->type_name("ID")
      ->group(access);
  addSecret("client-secret", options.clientSecret, options.clientSecretFile, "SECRET",
            "Secret of the client id", "WS_GATEWAY_CLIENT_SECRET", "secret");
  command
      .add_option("--token-url", options.tokenUrl,
                  "Token endpoint that issues an access token for client id and secret; default: "
                  "that of Vatis Tech")
      ->type_name("URL")
      ->group(access);
  std::vector<std::string> places = {"header", "two-headers", "query"};
  if (use == CredentialUse::upgrade) {
    places.emplace_back("subprotocol");
    places.emplace_back("first-message");
  }
  addChoiceOption(command, "--auth-placement", options.placement, places,
                  "Where the credentials go; two-headers are X-Client-Id and X-Client-Secret "
                  "(default: header)")
      ->group(access);
  if (use == CredentialUse::upgrade) {
    addSubprotocolOptions(command, options);
  }
  command.add_option("--header", options.headers, "Additional request header; repeatable")
      ->type_name("NAME:VALUE")
      ->allow_extra_args(false)
      ->group(access);
}

ResolvedCredentials resolveCredentials(const CredentialArguments& options,
                                       const AccessOptions& access,
                                       const Environment& environment) {
  ResolvedCredentials resolved;
  resolved.credentials = shownCredentials(options, environment);
  if (resolved.credentials.kind == Credentials::Kind::none) {
    resolved.unusedVariable = unusedVariable(options, environment);
    resolved.howToGive = howToGiveCredentials(options);
  }
  resolved.token = resolveToken(options, access, environment, resolved.credentials);
  return resolved;
}

void adviseCredentials(FailureReport& failure, const std::error_code& error,
                       const std::string& howToGive) {
  if (failure.remedy.empty() && (error == Errc::notAuthenticated || error == Errc::notAuthorized)) {
    failure.remedy = howToGive;
  }
}

std::vector<std::string> unusedOptions(
    const AccessOptions& access, std::vector<std::string> urls,
    const std::optional<platform::ClientCredentialsOptions>& token) {
  if (token) {
    urls.push_back(token->tokenUrl);
  }
  return unusedOptions(access, urls);
}

}  // namespace wsferry::tool
