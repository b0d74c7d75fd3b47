#include "tool/stream/stream_arguments.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "tool/options/pasted_text.hpp"
#include "tool/options/value_options.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

constexpr std::size_t largestConfiguration = std::size_t{16} << 20;

[[noreturn]] void refuseArguments(std::string message) {
  throw Error(Errc::invalidOption, std::move(message));
}

}  // namespace

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

namespace {

// A file of JSON that `what` names in messages, such as "configuration".
std::string readJsonFile(const std::string& path, const std::string& what) {
  std::error_code unknown;  // Opening tells why.
  const auto type = std::filesystem::status(path, unknown).type();
  if (path.find('{') != std::string::npos && type != std::filesystem::file_type::regular) {
    // The text itself, whose secrets are not to be repeated.
    refuseArguments("--" + what + " takes the name of a file, but there is no such file");
  }
  if (!unknown && type != std::filesystem::file_type::regular) {
    refuseArguments("the " + what + " " + path + " is no file");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(largestConfiguration + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (!file.is_open() || file.bad()) {
    refuseArguments("cannot read the " + what + " from " + path + ": " +
                    std::generic_category().message(errno));
  }
  if (text.empty()) {
    refuseArguments("the " + what + " " + path + " is empty");
  }
  if (text.size() > largestConfiguration) {
    refuseArguments("the " + what + " in " + path + " must be a JSON object of at most " +
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

// Of a gateway, or of the request that brings one.
const std::string& urlOf(const gateway::Profile& profile) {
  return profile.baseUrl.empty() ? profile.sessionRequest.url : profile.baseUrl;
}

// The gateway's URL, which a profile may have.
std::string gatewayUrl(const StreamArguments& options, const gateway::Profile& profile) {
  if (options.url.empty() && !urlOf(profile).empty()) {
    return urlOf(profile);
  }
  std::string url = pastedUrl(options.url);
  if (!isUrl(url)) {
    throw Error(Errc::invalidUrl,
                std::string("GATEWAY_URL is not a URL: ") +
                    (isUrl(options.input) ? "it comes first, as in wsferry stream GATEWAY_URL AUDIO"
                                          : "give one such as wss://host/ws-gateway/api/v1/"));
  }
  return url;
}

// Whether it is one that a request has brought, token included.
bool hasSessionUrl(const gateway::Profile& profile, const std::string& typed) {
  const std::string url = pastedUrl(typed);
  return !profile.sessionRequest.url.empty() && isUrl(url) &&
         Url::parse(url).scheme.compare(0, 2, "ws") == 0;
}

void setConversation(const StreamArguments& options, gateway::StreamOptions& stream) {
  stream.language = options.language;
  for (const std::string& patch : options.patches) {
    addPatch(patch, stream.patches);
  }
  if (!options.configurationFile.empty()) {
    stream.configuration = readJsonFile(options.configurationFile, "configuration");
  }
  if (options.format == "raw") {
    stream.format = gateway::EgressFormat::raw;
  }
  stream.formatParameter = options.formatParameter;
  if (!options.keepAlive.empty()) {
    stream.keepAlive = keepAliveMode(options.keepAlive);
  }
  if (options.keepAliveInterval.count() > 0) {
    stream.keepAliveInterval = options.keepAliveInterval;
  }
  if (options.metadataTimeout.count() > 0) {
    stream.metadataTimeout = options.metadataTimeout;
  }
  if (options.drainTimeout.count() > 0) {
    stream.drainTimeout = options.drainTimeout;
  }
  // A ping may stay unanswered for two intervals, and longer where the gateway asks for it.
  const Duration twoIntervals = 2 * stream.keepAliveInterval;
  stream.pongTimeout = options.keepAliveInterval.count() > 0
                           ? twoIntervals
                           : std::max(twoIntervals, stream.profile.pongTimeout);
}

gateway::StreamOptions resolveGateway(const StreamArguments& options, gateway::Profile profile,
                                      const Environment& environment) {
  gateway::StreamOptions stream(std::move(profile));
  stream.baseUrl = gatewayUrl(options, stream.profile);
  stream.templateId = options.templateId;
  const Duration closeTimeout = stream.connection.closeTimeout;
  const std::size_t maxMessageSize = stream.connection.maxMessageSize;
  stream.connection = resolveAccess(options.access, stream.baseUrl, options.credentials.headers,
                                    "--header", environment);
  stream.connection.closeTimeout = closeTimeout;
  stream.connection.maxMessageSize = options.maxMessage > 0 ? options.maxMessage : maxMessageSize;
  stream.connection.rawSubprotocols = options.credentials.rawSubprotocols;
  if (options.noEgress) {
    stream.egress = false;
  }
  if (options.persist) {
    stream.persist = true;
  }
  setConversation(options, stream);
  if (options.realTime || stream.profile.realTime) {
    // What a stall held up would go out in one burst.
    stream.sendQueueBytes = options.chunkSize;
  }
  return stream;
}

void addGatewayOptions(CLI::App& command, StreamArguments& options) {
  const std::string stream = "Stream";
  command
      .add_option("--profile", options.profile,
                  "Which gateway it is: the name of a profile, or a file with one (default: vatis)")
      ->type_name("NAME|FILE")
      ->group(stream);
  addTemplateOptions(command, options.templateId, options.patches);
  command.add_option("--language", options.language, "Language, as the gateway names it")
      ->type_name("LANGUAGE")
      ->group(stream);
  command
      .add_option("--configuration", options.configurationFile,
                  "File with the first message to send, a JSON object")
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
                  "How to stay connected (default: the profile's, ping)")
      ->group(stream);
  addDurationOption(
      command, "--keep-alive-interval", options.keepAliveInterval, false,
      "Time between two; a ping may stay unanswered for twice as long (default: the profile's, 5)")
      ->group(stream);
  addDurationOption(command, "--metadata-timeout", options.metadataTimeout, false,
                    "Longest wait for the gateway to announce the stream (default: 10)")
      ->group(stream);
  addDurationOption(command, "--drain-timeout", options.drainTimeout, false,
                    "Longest wait for the last results, after the audio (default: 30m)")
      ->group(stream);
  addSizeOption(command, "--max-message", options.maxMessage, std::size_t{1} << 10,
                std::size_t{1} << 30, "Longest message from the gateway (default: 16M)")
      ->group(stream);
}

}  // namespace

void addTemplateOptions(CLI::App& command, std::string& templateId,
                        std::vector<std::string>& patches) {
  const std::string stream = "Stream";
  command.add_option("--template", templateId, "Id of the stream configuration template")
      ->type_name("ID")
      ->group(stream);
  command
      .add_option("--patch", patches,
                  "Change the template's configuration; repeatable, a name given again makes an "
                  "array")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group(stream);
}

void addStreamOptions(CLI::App& command, StreamArguments& options) {
  command
      .add_option(
          "url", options.url,
          "The gateway, such as wss://host/ws-gateway/api/v1/; may be omitted if --profile has one")
      ->type_name("GATEWAY_URL")
      ->required();
  command.add_option("audio", options.input, "Audio file; - is standard input")->type_name("AUDIO");
  command
      .add_option("-o,--output", options.output,
                  "File for the results (default, and -: standard output)")
      ->type_name("FILE");
  command.add_flag("--force", options.force, "Replace an existing file");
  addCredentialOptions(command, options.credentials, CredentialUse::upgrade);
  addAccessOptions(command, options.access);
  addGatewayOptions(command, options);
  const std::string audio = "Audio";
  command
      .add_option("--raw-audio", options.rawAudio,
                  "Description of audio without a header, such as linear16,16000,1 or mulaw,8000,1")
      ->type_name("ENCODING,RATE,CHANNELS")
      ->group(audio);
  command
      .add_flag("--force-audio", options.forceAudio,
                "Send the input even if it is not audio, such as a text or an archive")
      ->group(audio);
  auto* chunkSize =
      addSizeOption(command, "--chunk-size", options.chunkSize, 1, largestChunk,
                    "Most bytes of audio in one message, also as 64K or 1M (default: 4096)")
          ->group(audio);
  addNumberOption(command, "--chunk-ms", options.chunkMilliseconds, 1U, 10'000U,
                  "The same in milliseconds of audio, whose rate must be known")
      ->excludes(chunkSize)
      ->group(audio);
  command
      .add_flag("--real-time", options.realTime,
                "Send at playback speed; needs a WAV file, --raw-audio linear16, mulaw or alaw, or "
                "--bytes-per-second")
      ->group(audio);
  addSizeOption(command, "--bytes-per-second", options.bytesPerSecond, 1, std::size_t{1} << 30,
                "Bytes per second of audio, such as 16000 for MP3 at 128 kbit/s, for --real-time "
                "and --chunk-ms")
      ->group(audio);
  addTranscriptOptions(command, options.transcripts);
  const std::string reporting = "Reporting";
  command
      .add_flag("--json", options.reporting.json,
                "Events as JSON, one per line, on standard output")
      ->group(reporting);
  command
      .add_flag("-q,--quiet", options.reporting.quiet,
                "Results, failures and the gateway's warnings only")
      ->group(reporting);
  command.add_flag("-v,--verbose", options.reporting.verbose, "Also messages of unknown types")
      ->group(reporting);
  command.footer(
      "Final results go to standard output, one per line; a terminal also shows partial ones\n"
      "until they are final. The verdict goes to standard error.\n"
      "\n"
      "Examples:\n"
      "  wsferry stream wss://host/ws-gateway/api/v1/ speech.wav \\\n"
      "    --template ID --api-key-file key.txt\n"
      "  arecord -f S16_LE -r 16000 -t wav |\n"
      "    wsferry stream wss://host/ws-gateway/api/v1/ - --template ID\n"
      "  wsferry stream --profile deepgram speech.wav --api-key-file key.txt \\\n"
      "    --output-format srt -o speech.srt");
}

gateway::Profile readProfile(const std::string& nameOrFile) {
  const auto& names = gateway::profileNames();
  std::error_code unknown;
  if (std::find(names.begin(), names.end(), nameOrFile) != names.end() ||
      !std::filesystem::exists(nameOrFile, unknown)) {
    const bool looksLikeFile = nameOrFile.find_first_of("/.") != std::string::npos;
    return looksLikeFile ? gateway::parseProfile(readJsonFile(nameOrFile, "profile"))
                         : gateway::profileNamed(nameOrFile);
  }
  const std::string text = readJsonFile(nameOrFile, "profile");
  try {
    return gateway::parseProfile(text);
  } catch (const Error& error) {
    throw Error(error.code(), nameOrFile + ": " + error.info().message);
  }
}

StreamRequest resolveStream(const StreamArguments& typed, const Environment& environment) {
  StreamArguments options = typed;
  checkReporting(options.reporting);
  gateway::Profile profile = readProfile(options.profile.empty() ? "vatis" : options.profile);
  if (options.input.empty() && !urlOf(profile).empty() && !options.profile.empty()) {
    options.input = std::exchange(options.url, {});
  }
  if (options.input.empty()) {
    const bool isUrlThere = isUrl(pastedUrl(options.url));
    refuseArguments(std::string(isUrlThere ? "AUDIO" : "GATEWAY_URL") +
                    " is missing: wsferry stream GATEWAY_URL AUDIO, - for standard input");
  }
  const bool goesToFile = !options.output.empty() && options.output != "-";
  StreamRequest request;
  request.transcriptForm =
      resolveTranscripts(options.transcripts,
                         {profile, options.profile.empty() ? "vatis" : options.profile,
                          options.format == "raw", goesToFile},
                         options.reporting);
  if (options.reporting.json && options.format == "raw" && !goesToFile) {
    refuseArguments("--json with --format raw needs -o FILE: raw results are bytes");
  }
  if (options.noEgress &&
      (goesToFile || request.transcriptForm != gateway::detail::TranscriptForm::text)) {
    refuseArguments(
        "-o, --output-format and --timestamps are for results, and --no-egress brings none: read "
        "them with `wsferry results`");
  }
  if (options.input == "-" && options.credentials.readsStandardInput()) {
    refuseArguments("standard input cannot be both the audio and a secret");
  }
  if (options.templateId.empty() && !profile.templateParameter.empty()) {
    refuseArguments("--template is needed: the id of the stream configuration template to run");
  }
  request.reporting = options.reporting;
  request.realTime = options.realTime || profile.realTime;
  options.credentials.hasSubprotocols = !profile.subprotocols.empty();
  options.credentials.profile = options.profile.empty() ? "vatis" : options.profile;
  options.credentials.hasTokenInUrl = hasSessionUrl(profile, options.url);
  if (!options.rawAudio.empty()) {
    request.rawAudio = RawAudio::parse(options.rawAudio);
  } else {
    request.readsWav = profile.needsRawAudio && !options.credentials.hasTokenInUrl;
  }
  request.stream = resolveGateway(options, std::move(profile), environment);
  request.stream.rawAudio = request.rawAudio;
  ResolvedCredentials resolved =
      resolveCredentials(options.credentials, options.access, environment);
  request.stream.credentials = std::move(resolved.credentials);
  request.token = std::move(resolved.token);
  request.unusedOptions = unusedOptions(options.access, {request.stream.baseUrl}, request.token);
  const bool isAnnounced =
      request.stream.profile.sendsMetadata && request.stream.egress.value_or(true);
  if (options.metadataTimeout.count() > 0 && !isAnnounced) {
    request.unusedOptions.emplace_back(
        "--metadata-timeout has no effect here: nothing waits for an announcement of the stream");
  }
  request.howToGiveCredentials = std::move(resolved.howToGive);
  if (!resolved.unusedVariable.empty()) {
    request.unusedOptions.push_back(std::move(resolved.unusedVariable));
  }
  request.input = options.input;
  request.output = options.output;
  request.chunkSize = options.chunkSize;
  request.chunkTime = Duration(options.chunkMilliseconds);
  request.bytesPerSecond = options.bytesPerSecond;
  if (options.bytesPerSecond > 0 && !request.realTime && options.chunkMilliseconds == 0) {
    refuseArguments("--bytes-per-second is for --real-time and --chunk-ms, but neither is given");
  }
  request.forceAudio = options.forceAudio;
  return request;
}

}  // namespace wsferry::tool
