// What stream takes for audio, and how it sends it.
#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/gateway_server.hpp"

using namespace support;
using namespace wsferry;
using testing::GatewayServer;
using testing::GatewayServerOptions;

namespace {

struct AudioTool : Tool {
  AudioTool() { variables = {"WS_GATEWAY_API_KEY=testing-key"}; }

  static std::vector<std::string> arguments(const GatewayServer& server, const std::string& input,
                                            const std::vector<std::string>& more = {}) {
    std::vector<std::string> all = {"stream", server.url(), input, "--template", "template"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  std::string file(const std::string& bytes) const {
    std::string path = folder / "audio";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
};

const std::string oneSecond(32'000, '\x01');

// Of 16,000 samples a second, and of a recorder's pipe: its sizes are 0.
const std::string wavHeader(
    "RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\x3E\0\0\0\x7D\0\0\2\0\x10\0data\0\0\0\0", 44);

}  // namespace

TEST_CASE("What is no audio is refused before a stream is asked for") {
  const GatewayServer server;
  AudioTool tool;
  const std::string page = tool.folder / "page";
  std::ofstream(page) << "<!doctype html><title>Not found</title>";
  const auto refused = tool.run(AudioTool::arguments(server, page));
  CHECK(refused.exitCode == 2);
  CHECK(contains(refused.errors, "is not audio, but an HTML page"));
  CHECK(contains(refused.errors, "--force-audio"));
  CHECK(server.log().connections == 0);
  CHECK(tool.run(AudioTool::arguments(server, page, {"--force-audio"})).exitCode == 0);
  CHECK(tool.run(AudioTool::arguments(server, page, {"--raw-audio", "mulaw,8000,1"})).exitCode ==
        0);
  CHECK(server.log().connections == 2);
}

TEST_CASE("What a pipe says in short pieces is looked at as a whole") {
  const GatewayServer server;
  AudioTool tool;
  std::string command = "(printf 'no '; printf 'such '; printf 'device') | exec ";
  command += WSFERRY_TOOL_PATH;
  for (const std::string& argument : AudioTool::arguments(server, "-")) {
    command += " '" + argument + "'";
  }
  ChildProcess child({"/bin/sh", "-c", command}, tool.variables, tool.folder / "errors");
  child.readAll();
  CHECK(child.wait() == 2);
  CHECK(contains(child.errors(), "standard input is not audio, but text"));
  CHECK(server.log().connections == 0);
}

TEST_CASE("Chunks hold so many milliseconds of audio") {
  const GatewayServer server;
  AudioTool tool;
  const auto run = tool.run(AudioTool::arguments(
      server, tool.file(oneSecond), {"--chunk-ms", "30", "--raw-audio", "linear16,16000,1"}));
  CHECK(run.exitCode == 0);
  std::size_t whole = 0;
  std::size_t bytes = 0;
  for (const auto& message : server.log().received) {
    if (message.type == MessageType::binary) {
      whole += message.payload.size() == 960 ? 1 : 0;
      bytes += message.payload.size();
    }
  }
  CHECK(whole == 33);
  CHECK(bytes == oneSecond.size());
}

TEST_CASE("Compressed audio is paced, and cut by time, by the rate that is typed") {
  const GatewayServer server;
  AudioTool tool;
  const std::string audio = tool.file("ID3" + oneSecond.substr(0, 3'200));
  for (const std::vector<std::string>& option :
       {std::vector<std::string>{"--real-time"}, std::vector<std::string>{"--chunk-ms", "50"}}) {
    const auto refused = tool.run(AudioTool::arguments(server, audio, option));
    CHECK(refused.exitCode == 2);
    CHECK(contains(refused.errors, option[0] + " needs to know"));
    CHECK(contains(refused.errors, "--bytes-per-second"));
  }
  CHECK(server.log().connections == 0);
  const auto run = tool.run(AudioTool::arguments(
      server, audio,
      {"--real-time", "--chunk-ms", "50", "--bytes-per-second", "6400", "--json", "-q"}));
  CHECK(run.exitCode == 0);
  CHECK(server.log().audioBytes == 3'203);
  // Half a second, but for the last piece.
  const std::size_t at = run.output.find(R"("seconds":)");
  REQUIRE(at != std::string::npos);
  CHECK(std::stod(run.output.substr(at + 10)) > 0.4);
}

TEST_CASE("The waits for a gateway, and its messages, are as long as they are told to") {
  GatewayServerOptions options;
  std::vector<std::string> limit;
  SECTION("the announcement of the stream") {
    options.metadataDelay = Duration(60'000);
    limit = {"--metadata-timeout", "0.1"};
  }
  SECTION("the last results") {
    options.drainDelay = Duration(60'000);
    limit = {"--drain-timeout", "100ms"};
  }
  SECTION("a message") {
    options.extraMessages = {R"({"type":"X","y":")" + std::string(70'000, 'y') + "\"}"};
    limit = {"--max-message", "64K"};
  }
  const GatewayServer server(options);
  AudioTool tool;
  const auto run = tool.run(AudioTool::arguments(server, tool.file(oneSecond), limit));
  CAPTURE(run.errors);
  CHECK(run.exitCode == 4);
}

TEST_CASE("A wait that there is not is told of") {
  const GatewayServer server;
  AudioTool tool;
  const auto run = tool.run(AudioTool::arguments(server, tool.file(oneSecond),
                                                 {"--no-egress", "--metadata-timeout", "1"}));
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "--metadata-timeout has no effect here"));
}

TEST_CASE("A WAV header without audio is none, and no stream is made") {
  const GatewayServer server;
  AudioTool tool;
  const std::size_t size = GENERATE(std::size_t{20}, std::size_t{44});
  const auto run = tool.run(AudioTool::arguments(server, tool.file(wavHeader.substr(0, size))));
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "there is no audio in "));
  CHECK(contains(run.errors, "it has a WAV header only, and no stream was made"));
  CHECK(server.log().connections == 0);
  CHECK(tool.run(AudioTool::arguments(server, tool.file(wavHeader + "ab"))).exitCode == 0);
  CHECK(server.log().audioBytes == 46);
}

TEST_CASE("A WAV file that was cut short is told of, and sent where that is forced") {
  const GatewayServer server;
  AudioTool tool;
  std::string header = wavHeader;
  header.replace(40, 4, std::string("\0\x7D\0\0", 4));  // One second.
  const std::string cut = header + oneSecond.substr(0, 31'999);
  SECTION("a file, before there is a stream") {
    const auto refused = tool.run(AudioTool::arguments(server, tool.file(cut)));
    CHECK(refused.exitCode == 5);
    CHECK(contains(refused.errors, "ends 1 byte before the audio that its header announces"));
    CHECK(server.log().connections == 0);
    CHECK(tool.run(AudioTool::arguments(server, tool.file(cut), {"--force-audio"})).exitCode == 0);
    CHECK(tool.run(AudioTool::arguments(server, tool.file(header + oneSecond))).exitCode == 0);
    CHECK(tool.run(AudioTool::arguments(server, tool.file(header + oneSecond + "LIST"))).exitCode ==
          0);
  }
  SECTION("a pipe, at its end") {
    const auto run = [&](const std::string& bytes, const std::vector<std::string>& more) {
      int ends[2] = {-1, -1};
      REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
      REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
      ::close(ends[1]);
      ChildProcess child = tool.start(AudioTool::arguments(server, "-", more), ends[0]);
      ::close(ends[0]);
      child.readAll();
      return std::make_pair(child.wait(), child.errors());
    };
    const auto [exitCode, errors] = run(cut, {"-q"});
    CHECK(exitCode == 5);
    CHECK(
        contains(errors, "standard input ends 1 byte before the audio that its header announces"));
    CHECK(server.log().audioBytes == cut.size());
    CHECK(run(cut, {"--force-audio"}).first == 0);
    CHECK(run(header + oneSecond, {}).first == 0);
  }
}

TEST_CASE("A recorder that dies behind its WAV header has made no stream") {
  const GatewayServer server;
  AudioTool tool;
  int ends[2] = {-1, -1};
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  ChildProcess child = tool.start(AudioTool::arguments(server, "-", {"--json"}), ends[0]);
  ::close(ends[0]);
  REQUIRE(::write(ends[1], wavHeader.data(), wavHeader.size()) == 44);
  CHECK(contains(child.readLine(), R"("event":"start")"));
  ::close(ends[1]);
  child.readAll();
  CHECK(child.wait() == 5);
  CHECK(server.log().connections == 0);
}

TEST_CASE("Audio with a header is not sent as raw audio") {
  const GatewayServer server;
  AudioTool tool;
  const auto run = [&](const std::string& bytes, std::vector<std::string> more) {
    more.insert(more.begin(), "--raw-audio");
    return tool.run(AudioTool::arguments(server, tool.file(bytes), more));
  };
  const auto wav = run(wavHeader + oneSecond, {"linear16,16000,1"});
  CHECK(wav.exitCode == 2);
  CHECK(contains(wav.errors, "audio has a WAV header: leave --raw-audio out"));
  CHECK(contains(run("fLaC" + oneSecond, {"linear16,16000,1"}).errors, "has a FLAC header"));
  CHECK(run(wavHeader + oneSecond, {"flac,16000,1"}).exitCode == 2);
  CHECK(server.log().connections == 0);
  CHECK(run("fLaC" + oneSecond, {"flac,16000,1"}).exitCode == 0);
  CHECK(run("\xFF\xFF" + oneSecond, {"linear16,16000,1"}).exitCode == 0);  // No MP3, but silence.
  CHECK(run("ab", {"linear16,16000,1"}).exitCode == 0);
  CHECK(run(wavHeader + oneSecond, {"linear16,16000,1", "--force-audio"}).exitCode == 0);
  CHECK(server.log().connections == 4);
}

TEST_CASE("A gateway of raw audio alone gets a file by the command that is told") {
  AudioTool tool;
  const std::string file = tool.file(wavHeader + oneSecond);
  tool.variables = {"OPENAI_API_KEY=testing-key", "VOSK_API_KEY=testing-key"};
  const auto openai = tool.run({"stream", "--profile", "openai", file});
  CHECK(openai.exitCode == 2);
  CHECK(contains(openai.errors, "`ffmpeg -i " + file +
                                    " -f s16le -ac 1 -ar 24000 - | wsferry stream ... - "
                                    "--raw-audio linear16,24000,1`"));
  const auto vosk = [&](const std::string& bytes, const std::vector<std::string>& more = {}) {
    std::vector<std::string> all = {"stream", "ws://127.0.0.1:1/", tool.file(bytes), "--profile",
                                    "vosk"};
    all.insert(all.end(), more.begin(), more.end());
    const auto run = tool.run(all);
    CHECK(run.exitCode == 2);
    return run.errors;
  };
  CHECK(contains(vosk(wavHeader + oneSecond, {"--raw-audio", "linear16,16000,1"}),
                 "has a WAV header: leave --raw-audio out"));
  const std::string flac = vosk("fLaC" + oneSecond);
  CHECK(contains(flac, "has a FLAC header"));
  CHECK(contains(flac, "-ar 16000 - | wsferry stream"));
  CHECK(contains(vosk(oneSecond), "describe them with --raw-audio, or convert the file: `ffmpeg"));
  std::string wide = wavHeader + oneSecond;
  wide[34] = 24;  // Bits of a sample.
  CHECK(contains(vosk(wide), "samples of a kind that this gateway does not take: `ffmpeg"));
  std::string stereo = wavHeader + oneSecond;
  stereo[22] = 2;
  CHECK(contains(vosk(stereo), "send one channel: `ffmpeg"));
}

TEST_CASE("A folder is no audio") {
  const GatewayServer server;
  AudioTool tool;
  const auto run = tool.run(AudioTool::arguments(server, tool.folder / "."));
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, "is a folder"));
  CHECK(server.log().connections == 0);
}
