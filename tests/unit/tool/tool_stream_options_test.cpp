#include <CLI/CLI.hpp>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/temporary_folder.hpp"
#include "tool/audio/audio_rate.hpp"
#include "tool/stream/stream_arguments.hpp"
#include "wsferry/core/error.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::tool;
using gateway::Credentials;
using Operation = gateway::Patch::Operation;

namespace {

StreamArguments parse(std::vector<std::string> more) {
  more.insert(more.begin(), {"wss://gateway.example/api/", "speech.wav", "--template", "t"});
  CLI::App app;
  StreamArguments options;
  addStreamOptions(app, options);
  std::vector<std::string> reversed(more.rbegin(), more.rend());
  app.parse(reversed);
  return options;
}

StreamRequest resolve(const std::vector<std::string>& arguments,
                      const std::map<std::string, std::string>& variables = {}) {
  return resolveStream(parse(arguments), [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

std::string refusal(const std::vector<std::string>& arguments,
                    const std::map<std::string, std::string>& variables = {}) {
  try {
    resolve(arguments, variables);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalidOption);
    return error.what();
  }
  return "nothing was refused";
}

std::string wavStart(std::uint32_t byteRate, const std::string& chunkBefore = "") {
  std::string text = "RIFF....WAVE" + chunkBefore + "fmt ";
  text += std::string("\x10\0\0\0\1\0\1\0", 8) + std::string(4, '\0');
  for (int shift = 0; shift < 32; shift += 8) {
    text += static_cast<char>(byteRate >> shift & 0xff);
  }
  return text + std::string("\2\0\x10\0data....", 12);
}

}  // namespace

TEST_CASE("What is not given is not set") {
  const gateway::StreamOptions stream = resolve({}).stream;
  CHECK(stream.baseUrl == "wss://gateway.example/api/");
  CHECK_FALSE(stream.egress.has_value());
  CHECK_FALSE(stream.persist.has_value());
  CHECK(stream.patches.empty());
  CHECK(stream.configuration.empty());
  CHECK(stream.credentials.kind == Credentials::Kind::none);
  CHECK(stream.keepAlive == gateway::KeepAliveMode::ping);
  CHECK(stream.keepAliveInterval == Duration(5'000));
  CHECK(stream.pongTimeout == Duration(10'000));
  const gateway::StreamOptions defaults;
  CHECK(stream.connection.maxMessageSize == defaults.connection.maxMessageSize);
  CHECK(stream.connection.closeTimeout == defaults.connection.closeTimeout);
}

TEST_CASE("Credentials come from the command line, or else from the environment") {
  const std::map<std::string, std::string> variables = {{"WS_GATEWAY_API_KEY", "env-key"}};
  const auto fromEnvironment = resolve({}, variables).stream.credentials;
  CHECK(fromEnvironment.kind == Credentials::Kind::apiKey);
  CHECK(fromEnvironment.secret == "env-key");

  const auto bearer = resolve({"--bearer", "typed"}, variables).stream.credentials;
  CHECK(bearer.kind == Credentials::Kind::bearer);
  CHECK(bearer.secret == "typed");

  const auto basic =
      resolve({"--client-id", "me", "--client-secret", "hush"}, variables).stream.credentials;
  CHECK(basic.kind == Credentials::Kind::basic);
  CHECK(basic.id == "me");
  CHECK(basic.secret == "hush");

  const auto both = resolve({}, {{"WS_GATEWAY_CLIENT_ID", "i"}, {"WS_GATEWAY_CLIENT_SECRET", "s"}})
                        .stream.credentials;
  CHECK(both.kind == Credentials::Kind::basic);
  CHECK(both.id == "i");

  const TemporaryFolder folder;
  std::ofstream(folder / "key") << "from a file\n";
  CHECK(resolve({"--api-key-file", folder / "key"}).stream.credentials.secret == "from a file");
}

TEST_CASE("Credentials go where they are asked for") {
  const std::vector<std::string> client = {"--client-id", "me", "--client-secret", "hush",
                                           "--auth-placement"};
  const auto placed = [&](const std::string& placement) {
    std::vector<std::string> arguments = client;
    arguments.push_back(placement);
    return resolve(arguments).stream.credentials;
  };
  CHECK(placed("two-headers").kind == Credentials::Kind::twoHeaders);
  CHECK(placed("query").placement == Credentials::Placement::query);
  const auto entries = resolve({"--bearer", "t", "--auth-placement", "subprotocol", "--subprotocol",
                                "{scheme}", "--subprotocol", "token.{token}"})
                           .stream.credentials;
  CHECK(entries.placement == Credentials::Placement::subprotocol);
  CHECK(entries.subprotocols == std::vector<std::string>{"{scheme}", "token.{token}"});
  CHECK_FALSE(resolve({}).stream.connection.rawSubprotocols);
  CHECK(resolve({"--raw-subprotocol"}).stream.connection.rawSubprotocols);
}

TEST_CASE("A client id and its secret may be exchanged for a token") {
  const std::vector<std::string> client = {"--client-id", "me", "--client-secret", "hush",
                                           "--token-url"};
  const auto exchanged = [&](const std::string& url) {
    std::vector<std::string> arguments = client;
    arguments.push_back(url);
    return resolve(arguments, {{"WS_GATEWAY_BEARER", "not used"}});
  };
  const StreamRequest request = exchanged("https://auth.example/token");
  REQUIRE(request.token.has_value());
  CHECK(request.token->id == "me");
  CHECK(request.token->secret == "hush");
  CHECK(request.token->tokenUrl == "https://auth.example/token");
  CHECK(request.stream.credentials.kind == Credentials::Kind::bearer);
  CHECK(request.stream.credentials.secret.empty());
  CHECK(request.stream.credentials.id.empty());
  CHECK(exchanged("default").token->tokenUrl == platform::defaultTokenUrl);
  CHECK_THROWS_AS(exchanged("auth.example"), Error);
  const auto fromEnvironment =
      resolve({"--token-url", "default"}, {{"WS_GATEWAY_CLIENT_ID", "i"},
                                           {"WS_GATEWAY_CLIENT_SECRET", "s"},
                                           {"WS_GATEWAY_API_KEY", "not used"}});
  REQUIRE(fromEnvironment.token.has_value());
  CHECK(fromEnvironment.token->id == "i");
  CHECK_FALSE(resolve({}).token.has_value());
  CHECK(contains(refusal({"--token-url", "default"}), "belong together"));
  CHECK(contains(refusal({"--token-url", "default", "--bearer", "t"}), "--token-url"));
  CHECK(contains(refusal({"--token-url", "default", "--client-id", "i", "--client-secret", "s",
                          "--auth-placement", "two-headers"}),
                 "--token-url"));
}

TEST_CASE("What cannot be meant is refused, and no secret repeated") {
  CHECK(contains(refusal({"--api-key", "hush", "--bearer", "hush"}), "give one of"));
  CHECK(contains(refusal({"--client-id", "me"}), "belong together"));
  CHECK(contains(refusal({"--client-secret", "hush"}), "belong together"));
  CHECK(contains(refusal({"--api-key", "hush", "--auth-placement", "two-headers"}), "two-headers"));
  CHECK(contains(refusal({}, {{"WS_GATEWAY_CLIENT_ID", "me"}}), "belong together"));
  CHECK(contains(refusal({"--auth-placement", "query"}), "without credentials"));
  CHECK(contains(refusal({"--bearer", "t", "--auth-placement", "subprotocol"}), "--subprotocol"));
  CHECK(contains(refusal({"--bearer", "t", "--subprotocol", "{token}"}), "--subprotocol"));
  CHECK(contains(refusal({"--patch", "language"}), "NAME=VALUE"));
  CHECK(contains(refusal({"--raw-audio", "linear16,16000"}), "ENCODING,RATE,CHANNELS"));
  CHECK(contains(refusal({"--raw-audio", "linear16,0,1"}), "ENCODING,RATE,CHANNELS"));
  CHECK(contains(refusal({"--raw-audio", " ,16000,1"}), "ENCODING,RATE,CHANNELS"));
  CHECK(contains(refusal({"--raw-audio", "linear16,16000,1,"}), "ENCODING,RATE,CHANNELS"));
  CHECK(contains(refusal({"--configuration", "/nonexistent.json"}), "/nonexistent.json"));
  CHECK(contains(refusal({"--json", "--format", "raw", "--format-parameter", "f"}), "-o FILE"));
  CHECK(contains(refusal({"--quiet", "--verbose"}), "--quiet"));
  CHECK_FALSE(contains(refusal({"--api-key", "hush", "--bearer", "hush"}), "hush"));
  CHECK_THROWS_AS(parse({"--keep-alive-interval", "0"}), CLI::ParseError);
  CHECK_THROWS_AS(parse({"--keep-alive", "sometimes"}), CLI::ParseError);
  CHECK_THROWS_AS(parse({"--chunk-size", "0"}), CLI::ParseError);
}

TEST_CASE("Standard input is the audio or a secret") {
  StreamArguments options = parse({"--api-key-file", "-"});
  options.input = "-";
  CHECK_THROWS_AS(resolveStream(options, [](const char*) { return std::string(); }), Error);
}

TEST_CASE("Patches keep their order, and a name given again makes an array") {
  const auto stream = resolve({"--language", "ro", "--raw-audio", "mulaw,8000,2", "--patch",
                               "ask0=Who?", "--patch", "list=a", "--patch", "list=b=c"})
                          .stream;
  CHECK(stream.language == "ro");
  REQUIRE(stream.rawAudio);
  CHECK(stream.rawAudio->encoding == "mulaw");
  CHECK(stream.rawAudio->sampleRate == 8'000);
  CHECK(stream.rawAudio->channels == 2);
  const auto& patches = stream.patches;
  REQUIRE(patches.size() == 2);
  CHECK(patches[0].values == std::vector<std::string>{"Who?"});
  CHECK(patches[1].values == std::vector<std::string>{"a", "b=c"});
  CHECK(patches[1].operation == Operation::set);
}

TEST_CASE("A profile gives the URL, keep-alive and the pace, and asks for no template") {
  StreamArguments typed;
  typed.profile = "assemblyai";
  typed.url = "speech.raw";
  typed.rawAudio = "linear16,16000,1";
  const auto none = [](const char*) { return std::string(); };
  const StreamRequest request = resolveStream(typed, none);
  CHECK(request.input == "speech.raw");
  CHECK(request.realTime);
  CHECK(request.stream.baseUrl == request.stream.profile.baseUrl);
  typed.profile = "deepgram";
  CHECK(resolveStream(typed, none).stream.keepAlive == gateway::KeepAliveMode::both);
  CHECK(resolveStream(typed, none).stream.keepAliveInterval == Duration(4'000));
  typed.profile = "gladia";
  CHECK(resolveStream(typed, none).stream.baseUrl == "https://api.gladia.io/v2/live");
  typed.profile = "vosk";
  CHECK_THROWS_AS(resolveStream(typed, none), Error);
}

TEST_CASE("A key in the environment goes to its own vendor alone") {
  StreamArguments typed;
  typed.profile = "deepgram";
  typed.url = "speech.raw";
  std::map<std::string, std::string> variables = {{"WS_GATEWAY_API_KEY", "of-vatis"},
                                                  {"WS_GATEWAY_BEARER", "of-vatis"},
                                                  {"WS_GATEWAY_CLIENT_ID", "of-vatis"},
                                                  {"WS_GATEWAY_CLIENT_SECRET", "of-vatis"}};
  const auto environment = [&](const char* name) { return variables[name]; };
  const StreamRequest without = resolveStream(typed, environment);
  CHECK(without.stream.credentials.kind == Credentials::Kind::none);
  REQUIRE(without.unusedOptions.size() == 1);
  CHECK(without.unusedOptions[0] ==
        "WS_GATEWAY_BEARER is for the profile vatis and was not sent; for deepgram set "
        "DEEPGRAM_API_KEY");
  variables["DEEPGRAM_API_KEY"] = "of-deepgram";
  const StreamRequest with = resolveStream(typed, environment);
  CHECK(with.stream.credentials.kind == Credentials::Kind::apiKey);
  CHECK(with.stream.credentials.secret == "of-deepgram");
  CHECK(with.unusedOptions.empty());
}

TEST_CASE(
    "A ping may stay unanswered as long as the profile says, or two intervals that are given") {
  StreamArguments typed;
  typed.profile = "speechmatics";
  typed.url = "speech.wav";
  const auto none = [](const char*) { return std::string(); };
  CHECK(resolveStream(typed, none).stream.pongTimeout == Duration(60'000));
  typed.keepAliveInterval = Duration(4'000);
  CHECK(resolveStream(typed, none).stream.pongTimeout == Duration(8'000));
}

TEST_CASE("The rate of audio is known from a WAV header, or from what raw audio is") {
  const auto rateOf = [](const std::string& start, const char* raw = nullptr) {
    const auto rate =
        audioRate(start, raw == nullptr ? std::nullopt : std::optional(RawAudio::parse(raw)));
    return rate ? rate->bytesPerSecond : 0.0;
  };
  CHECK(rateOf(wavStart(32'000)) == 32'000.0);
  const std::string padded = std::string("LIST\3\0\0\0abc\0", 12);
  CHECK(rateOf(wavStart(8'000, padded)) == 8'000.0);
  const std::string large = "RF64\xff\xff\xff\xffWAVE" + std::string("ds64\x1c\0\0\0", 8) +
                            std::string(0x1c, 'x') + wavStart(8'000).substr(12);
  CHECK(rateOf(large) == 8'000.0);
  CHECK(rateOf(wavStart(0)) == 0.0);
  CHECK(rateOf("RIFF") == 0.0);
  CHECK(rateOf(wavStart(1).substr(0, 30)) == 0.0);
  CHECK(rateOf("ID3 something else") == 0.0);
  CHECK(rateOf("", "linear16,16000,2") == 64'000.0);
  CHECK(rateOf("", "mulaw, 8000 ,1 ") == 8'000.0);
  CHECK(rateOf("", "opus,48000,1") == 0.0);
}

TEST_CASE("A chunk of a time has whole samples") {
  const auto bytesIn = [](const char* raw, unsigned milliseconds) {
    return audioRate("", RawAudio::parse(raw))->bytesIn(Duration(milliseconds));
  };
  CHECK(bytesIn("linear16,16000,1", 20) == 640);
  CHECK(bytesIn("linear16,22050,2", 25) == 2'204);  // 551.25 samples.
  CHECK(bytesIn("linear16,8000,6", 1) == 96);
  CHECK(bytesIn("alaw,100,3", 1) == 3);
}

TEST_CASE("The rate of compressed audio, and limits, are as typed") {
  CHECK(contains(refusal({"--bytes-per-second", "16000"}), "--real-time and --chunk-ms"));
  const auto request =
      resolve({"--bytes-per-second", "16000", "--real-time", "--chunk-ms", "50",
               "--metadata-timeout", "3", "--drain-timeout", "1m", "--max-message", "1M"});
  CHECK(request.bytesPerSecond == 16'000);
  CHECK(request.chunkTime == Duration(50));
  CHECK(request.stream.metadataTimeout == Duration(3'000));
  CHECK(request.stream.drainTimeout == Duration(60'000));
  CHECK(request.stream.connection.maxMessageSize == 1'048'576);
  const auto plain = resolve({});
  CHECK(plain.chunkTime == Duration(0));
  CHECK(plain.stream.metadataTimeout == gateway::StreamOptions().metadataTimeout);
  CHECK(plain.stream.drainTimeout == gateway::StreamOptions().drainTimeout);
  CHECK(plain.stream.connection.maxMessageSize ==
        gateway::StreamOptions().connection.maxMessageSize);
  CHECK_THROWS_AS(parse({"--chunk-ms", "20", "--chunk-size", "640"}), CLI::ParseError);
}

TEST_CASE("audio is paced from its first piece on, and a stall is not caught up with") {
  using std::chrono::milliseconds;
  AudioPace pace(1000);
  TimePoint now = TimePoint() + std::chrono::hours(1);
  // However long it took until audio could flow.
  CHECK(pace.next(100, now) == now + milliseconds(100));
  now += milliseconds(100);
  CHECK(pace.next(50, now) == now + milliseconds(50));
  // A timer that is late does not slow the audio down.
  now += milliseconds(70);
  CHECK(pace.next(100, now) == now + milliseconds(80));
  now += milliseconds(80);
  // After a stall at most a fifth of a second goes out at once.
  now += std::chrono::seconds(30);
  const TimePoint resumed = now;
  int burst = 0;
  while (pace.next(10, now) <= now) {
    ++burst;
  }
  CHECK(burst == 20);
  for (int i = 0; i < 100; ++i) {
    now = pace.next(10, now);
  }
  CHECK(now == resumed + milliseconds(1010));
}
