#include "tool/doctor/doctor_options.hpp"

#include <utility>

#include "tool/options/pasted_text.hpp"
#include "tool/options/secret_input.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

constexpr ServerRole examinedServer{"", "STRAPI_TRANSFER_TOKEN", "STRAPI_TRANSFER_URL",
                                    /*needsToken=*/false};
constexpr ServerRole examinedGateway{"", "WS_GATEWAY_BEARER", nullptr, /*needsToken=*/false};

// As `wsferry stream` finds them where its command line names none.
void addGatewayCredentials(const std::string& apiKeyFile, const Environment& environment,
                           WebSocketOptions& connection) {
  if (apiKeyFile.empty() && hasCredentials(connection)) {
    return;
  }
  const std::string key = apiKeyFile.empty()
                              ? pastedSecret(environment("WS_GATEWAY_API_KEY"), SecretKind::apiKey,
                                             "WS_GATEWAY_API_KEY")
                              : readApiKeyFile(apiKeyFile, "--api-key-file");
  const std::string secret = pastedSecret(environment("WS_GATEWAY_CLIENT_SECRET"),
                                          SecretKind::clientSecret, "WS_GATEWAY_CLIENT_SECRET");
  const std::string id = unwrapped(environment("WS_GATEWAY_CLIENT_ID"));
  if (!key.empty()) {
    connection.bearerToken.clear();
    connection.headers.emplace_back("Authorization", "Basic " + key);
  } else if (!id.empty() && !secret.empty()) {
    std::string value = "Basic ";
    encodeBase64(id + ":" + secret, value);
    connection.headers.emplace_back("Authorization", std::move(value));
  }
}

void checkApiKeyFile(const DoctorOptions& options, bool isGateway) {
  if (options.apiKeyFile.empty()) {
    return;
  }
  if (!isGateway) {
    throw Error(Errc::invalidOption,
                "--api-key-file is for a gateway, whose URL begins with ws:// or wss://");
  }
  if (hasOwnCredentials(options.server)) {
    throw Error(Errc::invalidOption,
                "give one of a token, an Authorization header and an API key, not two");
  }
}

void noteContentOptions(const DoctorOptions& options, const FilesOptions& files,
                        std::vector<std::string>& unused) {
  const auto note = [&unused](const char* option, const std::string& value) {
    if (!value.empty()) {
      unused.push_back(std::string(option) + " has no effect here: a gateway has no content");
    }
  };
  note("--output", options.output);
  note("--files-url", files.url);
}

}  // namespace

void addDoctorOptions(CLI::App& command, DoctorOptions& options) {
  command
      .add_option("url", options.server.url,
                  "URL of the admin panel, https://HOST/admin, or of a gateway, wss://HOST/..., or "
                  "the server's name in the configuration (default: STRAPI_TRANSFER_URL)")
      ->type_name("URL");
  command
      .add_option("-o,--output", options.output,
                  "Target of a pull, to check the free disk space (default: the current folder)")
      ->type_name("FILE");
  command.add_flag("--json", options.json, "One JSON object on standard output");
  addServerOptions(command, options.server, examinedServer);
  command
      .add_option("--api-key-file", options.apiKeyFile,
                  "For a gateway: file with the API key (or WS_GATEWAY_API_KEY); - is standard "
                  "input")
      ->type_name("FILE")
      ->group("Access");
  command
      .add_option("--files-url", options.files.url,
                  "URL that /uploads is appended to (default: the admin URL without its last part)")
      ->type_name("URL")
      ->group("Access");
  addConnectionOptions(command, options.connection);
  command.footer(
      "Checks everything between this machine and a transfer, step by step, and changes nothing on "
      "the server.\n"
      "Exit code 0: nothing failed. Otherwise that of the first failed check.\n"
      "\n"
      "Examples:\n"
      "  wsferry doctor https://example.org/admin --token-file token.txt\n"
      "  wsferry doctor https://example.org/admin -o /backups/x.tar.gz --json\n"
      "  wsferry doctor wss://gateway.example.org/stream --api-key-file key.txt");
}

bool isGatewayUrl(const std::string& typed) {
  const std::string url = asciiLowerCase(pastedUrl(typed));
  return startsWith(url, "ws://") || startsWith(url, "wss://");
}

std::string readApiKeyFile(const std::string& file, const std::string& option) {
  return pastedSecret(readSecretFile(file, "API key", option), SecretKind::apiKey, option);
}

DoctorRequest resolveDoctor(const DoctorOptions& options, const Environment& environment) {
  DoctorRequest request;
  request.isGateway = isGatewayUrl(options.server.url);
  checkApiKeyFile(options, request.isGateway);
  const ServerRole& role = request.isGateway ? examinedGateway : examinedServer;
  const FilesOptions& files = options.server.files ? *options.server.files : options.files;
  checkFilesUrl(files.url);
  request.filesUrl = files.url;
  request.server = resolveServer(options.server, role, options.connection, environment, files);
  if (request.isGateway) {
    noteContentOptions(options, files, request.server.unusedOptions);
    addGatewayCredentials(options.apiKeyFile, environment, request.server.connection);
  }
  if (!hasCredentials(request.server.connection)) {
    request.missingToken = missingTokenAdvice(role, environment);
  }
  return request;
}

}  // namespace wsferry::tool
