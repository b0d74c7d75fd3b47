#include <CLI/CLI.hpp>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/temporary_folder.hpp"
#include "tool/stream/audio_rate.hpp"
#include "tool/stream/stream_arguments.hpp"
#include "wsferry/core/error.hpp"

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

TEST_CASE("What cannot be meant is refused, and no secret repeated") {
  CHECK(contains(refusal({"--api-key", "hush", "--bearer", "hush"}), "give one of"));
  CHECK(contains(refusal({"--client-id", "me"}), "belong together"));
  CHECK(contains(refusal({"--client-secret", "hush"}), "belong together"));
  CHECK(contains(refusal({"--api-key", "hush", "--auth-placement", "two-headers"}), "two-headers"));
  CHECK(contains(refusal({}, {{"WS_GATEWAY_CLIENT_ID", "me"}}), "belong together"));
  CHECK(contains(refusal({"--auth-placement", "query"}), "no credentials"));
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
  const auto patches = resolve({"--language", "ro", "--raw-audio", "mulaw,8000,2", "--patch",
                                "ask0=Who?", "--patch", "list=a", "--patch", "list=b=c"})
                           .stream.patches;
  REQUIRE(patches.size() == 6);
  CHECK(patches[0].path == "language");
  CHECK(patches[0].values == std::vector<std::string>{"ro"});
  CHECK(patches[1].path == "encoding");
  CHECK(patches[2].values == std::vector<std::string>{"8000"});
  CHECK(patches[3].path == "channels");
  CHECK(patches[4].values == std::vector<std::string>{"Who?"});
  CHECK(patches[5].values == std::vector<std::string>{"a", "b=c"});
  CHECK(patches[5].operation == Operation::set);
}

TEST_CASE("The rate of audio is known from a WAV header, or from what raw audio is") {
  CHECK(bytesPerSecond(wavStart(32'000), std::nullopt) == 32'000.0);
  const std::string padded = std::string("LIST\3\0\0\0abc\0", 12);
  CHECK(bytesPerSecond(wavStart(8'000, padded), std::nullopt) == 8'000.0);
  const std::string large = "RF64\xff\xff\xff\xffWAVE" + std::string("ds64\x1c\0\0\0", 8) +
                            std::string(0x1c, 'x') + wavStart(8'000).substr(12);
  CHECK(bytesPerSecond(large, std::nullopt) == 8'000.0);
  CHECK_FALSE(bytesPerSecond(wavStart(0), std::nullopt).has_value());
  CHECK_FALSE(bytesPerSecond("RIFF", std::nullopt).has_value());
  CHECK_FALSE(bytesPerSecond(wavStart(1).substr(0, 30), std::nullopt).has_value());
  CHECK_FALSE(bytesPerSecond("ID3 something else", std::nullopt).has_value());
  CHECK(bytesPerSecond("", RawAudio::parse("linear16,16000,2")) == 64'000.0);
  CHECK(bytesPerSecond("", RawAudio::parse("mulaw, 8000 ,1 ")) == 8'000.0);
  CHECK_FALSE(bytesPerSecond("", RawAudio::parse("opus,48000,1")).has_value());
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
