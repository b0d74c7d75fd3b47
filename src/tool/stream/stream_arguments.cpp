#include "tool/stream/stream_arguments.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "tool/options/pasted_text.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/options/value_options.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

using gateway::Credentials;

constexpr std::size_t largestChunk = std::size_t{1} << 20;
constexpr std::size_t largestConfiguration = std::size_t{16} << 20;

[[noreturn]] void refuseArguments(std::string message) {
  throw Error(Errc::invalidOption, std::move(message));
}

// A secret as an option, as a file, or in the environment.
struct SecretSource {
  const std::string& value;
  const std::string& file;
  const char* what;
  const char* option;
  const char* variable;
  SecretKind kind;

  bool isTyped() const { return !value.empty() || !file.empty(); }

  std::string read(const Environment& environment) const {
    if (!value.empty()) {
      return pastedSecret(value, kind, option);
    }
    if (!file.empty()) {
      const std::string fileOption = std::string(option) + "-file";
      return pastedSecret(readSecretFile(file, what, fileOption), kind, fileOption);
    }
    return pastedSecret(environment(variable), kind, variable);
  }
};

Credentials::Placement placementOf(const StreamArguments& options) {
  if (options.placement == "subprotocol") {
    return Credentials::Placement::subprotocol;
  }
  return options.placement == "query" ? Credentials::Placement::query
                                      : Credentials::Placement::header;
}

void checkPlacement(const StreamArguments& options, const Credentials& credentials) {
  if (options.placement == "two-headers" && credentials.kind != Credentials::Kind::twoHeaders) {
    refuseArguments("--auth-placement two-headers is for --client-id and --client-secret");
  }
  if (options.placement != "header" && credentials.kind == Credentials::Kind::none) {
    refuseArguments("--auth-placement is given, and no credentials are");
  }
  if ((options.placement == "subprotocol") == options.subprotocols.empty()) {
    refuseArguments("--auth-placement subprotocol and --subprotocol belong together");
  }
}

// What the command line names counts; without any of it, the environment: a token, then a key, then
// a client.
Credentials resolveCredentials(const StreamArguments& options, const Environment& environment) {
  const SecretSource key{options.apiKey, options.apiKeyFile,   "API key",
                         "--api-key",    "WS_GATEWAY_API_KEY", SecretKind::apiKey};
  const SecretSource bearer{options.bearer, options.bearerFile,  "token",
                            "--bearer",     "WS_GATEWAY_BEARER", SecretKind::token};
  const SecretSource secret{
      options.clientSecret, options.clientSecretFile,   "client secret",
      "--client-secret",    "WS_GATEWAY_CLIENT_SECRET", SecretKind::clientSecret};
  const bool client = !options.clientId.empty() || secret.isTyped();
  if (key.isTyped() + bearer.isTyped() + client > 1) {
    refuseArguments("give one of --api-key, --bearer, and --client-id with --client-secret");
  }
  const bool typed = key.isTyped() || bearer.isTyped() || client;
  Credentials credentials;
  credentials.placement = placementOf(options);
  credentials.subprotocols = options.subprotocols;
  const auto use = [&](Credentials::Kind kind, std::string value) {
    credentials.kind = kind;
    credentials.secret = std::move(value);
  };
  const auto takes = [&](const SecretSource& source) {
    return typed ? source.isTyped() : !environment(source.variable).empty();
  };
  if (takes(bearer)) {
    use(Credentials::Kind::bearer, bearer.read(environment));
  } else if (takes(key)) {
    use(Credentials::Kind::apiKey, key.read(environment));
  } else if (client || takes(secret) || (!typed && !environment("WS_GATEWAY_CLIENT_ID").empty())) {
    use(options.placement == "two-headers" ? Credentials::Kind::twoHeaders
                                           : Credentials::Kind::basic,
        secret.read(environment));
    credentials.id = unwrapped(options.clientId.empty() ? environment("WS_GATEWAY_CLIENT_ID")
                                                        : options.clientId);
    if (credentials.id.empty() || credentials.secret.empty()) {
      refuseArguments(
          "a client id and its secret belong together: --client-id and --client-secret-file");
    }
  }
  checkPlacement(options, credentials);
  return credentials;
}

void addRawAudio(const RawAudio& audio, std::vector<gateway::Patch>& patches) {
  patches.push_back(gateway::setPatch("encoding", audio.encoding));
  patches.push_back(gateway::setPatch("sampleRate", std::to_string(audio.sampleRate)));
  patches.push_back(gateway::setPatch("channels", std::to_string(audio.channels)));
}

// A name given again makes an array.
void addPatch(const std::string& text, std::vector<gateway::Patch>& patches) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    refuseArguments("--patch needs NAME=VALUE");
  }
  const std::string name = text.substr(0, equals);
  for (gateway::Patch& patch : patches) {
    if (patch.path == name) {
      patch.values.push_back(text.substr(equals + 1));
      return;
    }
  }
  patches.push_back(gateway::setPatch(name, text.substr(equals + 1)));
}

std::string readConfiguration(const std::string& path) {
  std::error_code unknown;  // Opening tells why.
  const auto type = std::filesystem::status(path, unknown).type();
  if (path.find('{') != std::string::npos && type != std::filesystem::file_type::regular) {
    // The configuration itself, whose secrets are not to be repeated.
    refuseArguments("--configuration takes the name of a file, and there is no such file");
  }
  if (!unknown && type != std::filesystem::file_type::regular) {
    refuseArguments("the configuration " + path + " is no file");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(largestConfiguration + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (!file.is_open() || file.bad()) {
    refuseArguments("cannot read the configuration from " + path + ": " +
                    std::generic_category().message(errno));
  }
  if (text.empty() || text.size() > largestConfiguration) {
    refuseArguments("the configuration in " + path + " has to be a JSON object of at most " +
                    std::to_string(largestConfiguration >> 20) + " MB");
  }
  return text;
}

gateway::KeepAliveMode keepAliveMode(const std::string& text) {
  using Mode = gateway::KeepAliveMode;
  return text == "ping"      ? Mode::ping
         : text == "message" ? Mode::message
         : text == "both"    ? Mode::both
                             : Mode::off;
}

gateway::StreamOptions resolveGateway(const StreamArguments& options,
                                      const std::optional<RawAudio>& rawAudio,
                                      const Environment& environment) {
  gateway::StreamOptions stream;
  stream.baseUrl = pastedUrl(options.url);
  if (!isUrl(stream.baseUrl)) {
    throw Error(Errc::invalidUrl,
                std::string("GATEWAY_URL is not a URL: ") +
                    (isUrl(options.input) ? "it comes first, as in wsferry stream GATEWAY_URL AUDIO"
                                          : "give one such as wss://host/ws-gateway/api/v1/"));
  }
  stream.templateId = options.templateId;
  stream.credentials = resolveCredentials(options, environment);
  const Duration closeTimeout = stream.connection.closeTimeout;
  const std::size_t maxMessageSize = stream.connection.maxMessageSize;
  stream.connection =
      resolveAccess(options.access, stream.baseUrl, options.headers, "--header", environment);
  stream.connection.closeTimeout = closeTimeout;
  stream.connection.maxMessageSize = maxMessageSize;
  stream.connection.rawSubprotocols = options.rawSubprotocols;
  if (options.noEgress) {
    stream.egress = false;
  }
  if (options.persist) {
    stream.persist = true;
  }
  if (!options.language.empty()) {
    stream.patches.push_back(gateway::setPatch("language", options.language));
  }
  if (rawAudio) {
    addRawAudio(*rawAudio, stream.patches);
  }
  for (const std::string& patch : options.patches) {
    addPatch(patch, stream.patches);
  }
  if (!options.configurationFile.empty()) {
    stream.configuration = readConfiguration(options.configurationFile);
  }
  if (options.format == "raw") {
    stream.format = gateway::EgressFormat::raw;
  }
  stream.formatParameter = options.formatParameter;
  stream.keepAlive = keepAliveMode(options.keepAlive);
  stream.keepAliveInterval = options.keepAliveInterval;
  if (options.realTime) {
    // What a stall held up would go out in one burst.
    stream.sendQueueBytes = options.chunkSize;
  }
  // A ping may stay unanswered for two intervals.
  stream.pongTimeout = 2 * stream.keepAliveInterval;
  return stream;
}

void addCredentialOptions(CLI::App& command, StreamArguments& options) {
  const std::string access = "Access";
  const auto addSecret = [&](const std::string& name, std::string& value, std::string& file,
                             const char* type, const std::string& text, const char* variable) {
    auto* plain = command.add_option(
        "--" + name, value,
        text + "; other users of this machine can see it: prefer the file or " + variable);
    plain->type_name(type)->group(access);
    command.add_option("--" + name + "-file", file, "File with it alone; - is standard input")
        ->type_name("FILE")
        ->excludes(plain)
        ->group(access);
  };
  addSecret("api-key", options.apiKey, options.apiKeyFile, "KEY", "API key, as the gateway gave it",
            "WS_GATEWAY_API_KEY");
  addSecret("bearer", options.bearer, options.bearerFile, "TOKEN", "Access token",
            "WS_GATEWAY_BEARER");
  command
      .add_option("--client-id", options.clientId,
                  "Client id, with a client secret (or WS_GATEWAY_CLIENT_ID)")
      ->type_name("ID")
      ->group(access);
  addSecret("client-secret", options.clientSecret, options.clientSecretFile, "SECRET",
            "Secret of the client id", "WS_GATEWAY_CLIENT_SECRET");
  addChoiceOption(command, "--auth-placement", options.placement,
                  {"header", "two-headers", "query", "subprotocol"},
                  "Where the credentials go; two-headers are X-Client-Id and X-Client-Secret "
                  "(default: header)")
      ->group(access);
  command
      .add_option("--subprotocol", options.subprotocols,
                  "For --auth-placement subprotocol: an entry of Sec-WebSocket-Protocol, with "
                  "{scheme} and {token} where they go; repeatable")
      ->type_name("ENTRY")
      ->allow_extra_args(false)
      ->group(access);
  command
      .add_flag("--raw-subprotocol", options.rawSubprotocols,
                "Allow entries that HTTP forbids in this header, as most base64 texts are")
      ->group(access);
  command.add_option("--header", options.headers, "Further request header; repeatable")
      ->type_name("NAME:VALUE")
      ->allow_extra_args(false)
      ->group(access);
}

void addGatewayOptions(CLI::App& command, StreamArguments& options) {
  const std::string stream = "Stream";
  command.add_option("--template", options.templateId, "Id of the stream configuration template")
      ->type_name("ID")
      ->group(stream);
  command.add_option("--language", options.language, "Language, as the patch `language`")
      ->type_name("LANGUAGE")
      ->group(stream);
  command
      .add_option("--patch", options.patches,
                  "Change the template's configuration; repeatable, a name given again makes an "
                  "array")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group(stream);
  command
      .add_option("--configuration", options.configurationFile,
                  "File with a CONFIGURATION message, a JSON object, to send first")
      ->type_name("FILE")
      ->group(stream);
  command.add_flag("--no-egress", options.noEgress, "Upload only: no results on this connection")
      ->group(stream);
  command.add_flag("--persist", options.persist, "Let the gateway keep the results for hours")
      ->group(stream);
  addChoiceOption(command, "--format", options.format, {"events", "raw"},
                  "Form of the results; raw needs --format-parameter (default: events)")
      ->group(stream);
  command
      .add_option("--format-parameter", options.formatParameter,
                  "The gateway's name of the query parameter for the format")
      ->type_name("NAME")
      ->group(stream);
  addChoiceOption(command, "--keep-alive", options.keepAlive, {"ping", "message", "both", "off"},
                  "How to stay connected (default: ping)")
      ->group(stream);
  addDurationOption(command, "--keep-alive-interval", options.keepAliveInterval, false,
                    "Time between two; a ping may stay unanswered twice as long (default: 5)")
      ->group(stream);
}

}  // namespace

void addStreamOptions(CLI::App& command, StreamArguments& options) {
  command.add_option("url", options.url, "The gateway, such as wss://host/ws-gateway/api/v1/")
      ->type_name("GATEWAY_URL")
      ->required();
  command.add_option("audio", options.input, "Audio file; - is standard input")
      ->type_name("AUDIO")
      ->required();
  command
      .add_option("-o,--output", options.output,
                  "File for the results (default, and -: standard output)")
      ->type_name("FILE");
  command.add_flag("--force", options.force, "Replace an existing file");
  addCredentialOptions(command, options);
  addAccessOptions(command, options.access);
  addGatewayOptions(command, options);
  const std::string audio = "Audio";
  command
      .add_option("--raw-audio", options.rawAudio,
                  "What audio without a header is, such as linear16,16000,1 or mulaw,8000,1")
      ->type_name("ENCODING,RATE,CHANNELS")
      ->group(audio);
  addSizeOption(command, "--chunk-size", options.chunkSize, 1, largestChunk,
                "Most bytes of audio in one message, also as 64K or 1M (default: 4096)")
      ->group(audio);
  command
      .add_flag("--real-time", options.realTime,
                "Send at playback speed; needs a WAV file, or --raw-audio linear16 or mulaw")
      ->group(audio);
  const std::string reporting = "Reporting";
  command
      .add_flag("--json", options.reporting.json, "Events as JSON, one a line, on standard output")
      ->group(reporting);
  command.add_flag("-q,--quiet", options.reporting.quiet, "Results and failures only")
      ->group(reporting);
  command.add_flag("-v,--verbose", options.reporting.verbose, "Messages of unknown types too")
      ->group(reporting);
  command.footer(
      "Final results go to standard output, a line each; on a terminal partial ones are shown\n"
      "until they are final. The verdict goes to standard error.\n\n"
      "Examples:\n"
      "  wsferry stream wss://host/ws-gateway/api/v1/ speech.wav \\\n"
      "    --template ID --api-key-file key.txt\n"
      "  arecord -f S16_LE -r 16000 -t wav |\n"
      "    wsferry stream wss://host/ws-gateway/api/v1/ - --template ID");
}

StreamRequest resolveStream(const StreamArguments& options, const Environment& environment) {
  checkReporting(options.reporting);
  if (options.reporting.json && options.format == "raw" &&
      (options.output.empty() || options.output == "-")) {
    refuseArguments("--json with --format raw needs -o FILE: raw results are bytes");
  }
  if (options.input == "-" &&
      (options.apiKeyFile == "-" || options.bearerFile == "-" || options.clientSecretFile == "-")) {
    refuseArguments("standard input cannot be both the audio and a secret");
  }
  if (options.templateId.empty()) {
    refuseArguments("--template is needed: the id of the stream configuration template to run");
  }
  StreamRequest request;
  if (!options.rawAudio.empty()) {
    request.rawAudio = RawAudio::parse(options.rawAudio);
  }
  request.stream = resolveGateway(options, request.rawAudio, environment);
  request.unusedOptions = unusedOptions(options.access, request.stream.baseUrl);
  request.input = options.input;
  request.output = options.output;
  request.chunkSize = options.chunkSize;
  request.realTime = options.realTime;
  return request;
}

}  // namespace wsferry::tool
