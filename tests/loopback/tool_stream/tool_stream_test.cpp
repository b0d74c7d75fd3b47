#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/file_bytes.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/gateway_server.hpp"

using namespace support;
using namespace wsferry;
using testing::GatewayFault;
using testing::GatewayServer;
using testing::GatewayServerOptions;

namespace {

constexpr std::size_t oneSecond = 32'000;

/// The tool, audio for it, and the options that every stream needs.
struct StreamTool : Tool {
  StreamTool() { variables = {"WS_GATEWAY_API_KEY=testing-key"}; }

  std::string audio(std::size_t bytes) const {
    std::string path = folder / "audio";
    std::ofstream(path, std::ios::binary) << std::string(bytes, '\x01');
    return path;
  }

  static std::vector<std::string> arguments(const GatewayServer& server, const std::string& input,
                                            const std::vector<std::string>& more = {}) {
    std::vector<std::string> all = {"stream", server.url(), input, "--template", "template"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  Run stream(const GatewayServer& server, const std::vector<std::string>& more = {},
             std::size_t bytes = 3 * oneSecond) {
    return run(arguments(server, audio(bytes), more));
  }
};

GatewayServerOptions withFault(GatewayFault::Moment moment, GatewayFault::Kind kind) {
  GatewayServerOptions options;
  options.fault.moment = moment;
  options.fault.kind = kind;
  options.fault.afterBytes = oneSecond;
  return options;
}

}  // namespace

TEST_CASE("stream prints final results, one a line, and the verdict") {
  const GatewayServer server;
  StreamTool tool;
  const auto run = tool.stream(server);
  CHECK(run.exitCode == 0);
  CHECK(run.output == "one\ntwo\nthree\n");
  CHECK(contains(run.errors, "complete: "));
  CHECK(server.log().audioBytes == 3 * oneSecond);
  CHECK(server.log().completed == 1);
}

TEST_CASE("stream asks for what was asked for, and for nothing else") {
  const GatewayServer server;
  StreamTool tool;
  const auto run = tool.stream(server, {"--language", "ro", "--raw-audio", "linear16,16000,1",
                                        "--persist", "--patch", "utteranceEnd=-5"});
  CHECK(run.exitCode == 0);
  const auto targets = server.log().targets;
  REQUIRE(targets.size() == 1);
  CHECK(targets[0] ==
        "/ws-gateway/api/v1/?streamConfigurationTemplateId=template&persist=true&language=ro&"
        "encoding=linear16&sampleRate=16000&channels=1&utteranceEnd=%5C-5");
}

TEST_CASE("stream sends a configuration first") {
  const GatewayServer server;
  StreamTool tool;
  std::ofstream(tool.folder / "configuration.json") << R"({"patches":{"language":"ro"}})";
  const auto run = tool.stream(server, {"--configuration", tool.folder / "configuration.json"});
  CHECK(run.exitCode == 0);
  const auto log = server.log();
  REQUIRE_FALSE(log.received.empty());
  CHECK(contains(log.received[0].payload, "CONFIGURATION"));
  CHECK(contains(log.targets[0], "configurationMessage=true"));
}

TEST_CASE("stream writes results to a file, and replaces none that it was not told to") {
  const GatewayServer server;
  StreamTool tool;
  const std::string file = tool.folder / "results";
  const auto run = tool.stream(server, {"-o", file});
  CHECK(run.exitCode == 0);
  CHECK(run.output.empty());
  CHECK(readFile(file) == "one\ntwo\nthree\n");
  CHECK(tool.stream(server, {"-o", file}).exitCode == 6);
  CHECK(tool.stream(server, {"-o", file, "--force"}).exitCode == 0);
}

TEST_CASE("stream gives programs an event a line") {
  const GatewayServer server;
  StreamTool tool;
  const auto run = tool.stream(server, {"--json"});
  CHECK(run.exitCode == 0);
  std::istringstream lines(run.output);
  std::string line;
  std::string last;
  unsigned responses = 0;
  bool metadata = false;
  while (std::getline(lines, line)) {
    CHECK(line.front() == '{');
    CHECK(line.back() == '}');
    responses += contains(line, R"("event":"response")") ? 1 : 0;
    metadata = metadata || contains(line, R"("event":"metadata")");
    last = line;
  }
  CHECK(responses >= 3);
  CHECK(metadata);
  CHECK(contains(last, R"("event":"result","ok":true,"exitCode":0,"outcome":"complete")"));
}

TEST_CASE("stream without egress uploads") {
  const GatewayServer server;
  StreamTool tool;
  const auto run = tool.stream(server, {"--no-egress"});
  CHECK(run.exitCode == 0);
  CHECK(run.output.empty());
  CHECK(contains(run.errors, "uploaded: "));
}

TEST_CASE("stream gets raw results as they are") {
  const GatewayServer server;
  StreamTool tool;
  const auto run = tool.stream(server, {"--format", "raw", "--format-parameter", "format"});
  CHECK(run.exitCode == 0);
  CHECK(run.output == "one two three");
  CHECK(tool.stream(server, {"--format", "raw"}).exitCode == 2);
}

TEST_CASE("The exit code of stream says what became of it") {
  using Kind = GatewayFault::Kind;
  using Moment = GatewayFault::Moment;
  struct Case {
    GatewayServerOptions options;
    int exitCode;
    const char* words;
  };
  GatewayServerOptions stranger;
  stranger.apiKey = "another";
  GatewayServerOptions page = withFault(Moment::upgrade, Kind::error);
  page.fault.httpStatus = 503;
  page.fault.httpBody = "<h1>Down</h1>";
  GatewayServerOptions unknownClient = withFault(Moment::metadata, Kind::error);
  unknownClient.fault.error = R"({"statusCode":401,"title":"No","message":"go away",)"
                              R"("internalErrorName":"GENERAL_AUTHENTICATION_ERROR"})";
  const std::vector<Case> cases = {
      {withFault(Moment::metadata, Kind::error), 1, "PROCESSOR_GENERAL_ERROR"},
      {withFault(Moment::audio, Kind::error), 1, "played by the testing server"},
      {withFault(Moment::endOfStream, Kind::error), 1, "played by the testing server"},
      {withFault(Moment::metadata, Kind::close), 4, ""},
      {withFault(Moment::audio, Kind::close), 4, ""},
      {withFault(Moment::audio, Kind::reset), 4, ""},
      {withFault(Moment::endOfStream, Kind::close), 4, ""},
      {withFault(Moment::endOfStream, Kind::disconnect), 4, ""},
      {withFault(Moment::serverEndOfStream, Kind::disconnect), 0, "complete"},
      {stranger, 3, "401"},
      {page, 4, "503"},
      {unknownClient, 3, "go away"}};
  for (const Case& one : cases) {
    const GatewayServer server(one.options);
    StreamTool tool;
    const auto run = tool.stream(server, {}, 40 * oneSecond);
    INFO(run.errors);
    CHECK(run.exitCode == one.exitCode);
    CHECK(contains(run.errors, one.words));
    CHECK_FALSE(contains(run.errors + run.output, "testing-key"));
  }
}

TEST_CASE("stream tells how credentials are given where there were none, and not else") {
  const GatewayServer server;
  StreamTool tool;
  tool.variables.clear();
  const auto run = tool.stream(server);
  INFO(run.errors);
  CHECK(run.exitCode == 3);
  for (const char* words :
       {"WS_GATEWAY_API_KEY", "--api-key-file", "--bearer-file", "--client-secret-file"}) {
    CHECK(contains(run.errors, words));
  }
  CHECK_FALSE(contains(tool.stream(server, {"--api-key", "wrong"}).errors, "--bearer-file"));
  CHECK_FALSE(contains(tool.stream(server, {"--header", "Authorization: Basic eDp5"}).errors,
                       "--bearer-file"));
}

TEST_CASE("stream refuses what cannot work before it connects") {
  const GatewayServer server;
  StreamTool tool;
  CHECK(tool.run({"stream", "ws://192.0.2.1/", tool.audio(1), "--template", "t"}).exitCode == 6);
  CHECK(tool.run({"stream", "nonsense", tool.audio(1), "--template", "t"}).exitCode == 2);
  CHECK(tool.run({"stream", server.url(), tool.audio(1)}).exitCode == 2);
  CHECK(tool.run(StreamTool::arguments(server, "/nonexistent.wav")).exitCode == 2);
  const auto run = tool.stream(server, {"--configuration", "/nonexistent.json"});
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, "/nonexistent.json: No such file or directory"));
  CHECK(tool.run(StreamTool::arguments(server, tool.audio(9), {"--real-time"})).exitCode == 2);
  CHECK(server.log().completed == 0);
}

TEST_CASE("stream takes standard input as it arrives") {
  const GatewayServer server;
  StreamTool tool;
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  ChildProcess child = tool.start(StreamTool::arguments(server, "-"), ends[0]);
  ::close(ends[0]);
  const std::string second(oneSecond, '\x01');
  REQUIRE(::write(ends[1], second.data(), second.size()) == static_cast<ssize_t>(second.size()));
  // The input has not ended.
  CHECK_FALSE(child.readLine().empty());
  SECTION("until it ends") {
    ::close(ends[1]);
    child.readAll();
    CHECK(child.wait() == 0);
  }
  SECTION("until a signal that ends the recorder, too") {
    child.send(SIGINT);
    REQUIRE(::write(ends[1], second.data(), second.size()) == static_cast<ssize_t>(second.size()));
    ::close(ends[1]);
    child.readAll();
    const int exitCode = child.wait();
    INFO(child.errors());
    // The stream may have ended before the signal arrives: then nothing was interrupted, and the
    // signal ends the process, if there is still one. A report there is always.
    const bool isInterrupted = contains(child.errors(), "interrupted: ");
    CHECK(contains(child.errors(), "complete: ") != isInterrupted);
    CHECK((exitCode == 130 || (exitCode == 0 && !isInterrupted)));
    CHECK(contains(child.errors(), "everything recorded was sent") == isInterrupted);
    CHECK_FALSE(contains(child.errors(), "not read"));
    CHECK(server.log().audioBytes == 2 * oneSecond);
  }
  SECTION("until a signal, after which the last results still come") {
    child.send(SIGINT);
    child.readAll();
    CHECK(child.wait() == 130);
    CHECK(contains(child.errors(), "interrupted: "));
    CHECK(contains(child.errors(), "the rest was not read"));
    CHECK_FALSE(contains(child.errors(), "complete"));
    CHECK(server.log().completed == 1);
    ::close(ends[1]);
  }
}

// The input stays open: of audio that is sent whole before the server's end is read, the stream
// would have ended in the usual way.
TEST_CASE("stream ends with the gateway, whatever its input does") {
  struct Case {
    GatewayFault::Kind kind;
    int exitCode;
    const char* words;
  };
  const std::vector<Case> cases = {{GatewayFault::Kind::error, 1, "played by the testing server"},
                                   {GatewayFault::Kind::endOfStream, 4, "by itself"}};
  for (const Case& one : cases) {
    const GatewayServer server(withFault(GatewayFault::Moment::audio, one.kind));
    StreamTool tool;
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    ChildProcess child = tool.start(StreamTool::arguments(server, "-"), ends[0]);
    ::close(ends[0]);
    const std::string second(oneSecond, '\x01');
    REQUIRE(::write(ends[1], second.data(), second.size()) == static_cast<ssize_t>(second.size()));
    child.readAll();
    CHECK(child.wait() == one.exitCode);
    CHECK(contains(child.errors(), one.words));
    ::close(ends[1]);
  }
}

TEST_CASE(
    "a gateway that ends a stream by itself with audio left is no success, and quiet says so") {
  constexpr std::size_t much = 200 * oneSecond;
  SECTION("after some audio") {
    const GatewayServer server(
        withFault(GatewayFault::Moment::audio, GatewayFault::Kind::endOfStream));
    StreamTool tool;
    const Tool::Run run = tool.stream(server, {"-q"}, much);
    CHECK(run.exitCode == 4);
    CHECK(contains(run.errors, "audio was left"));
  }
  SECTION("before any") {
    const GatewayServer server(
        withFault(GatewayFault::Moment::metadata, GatewayFault::Kind::endOfStream));
    StreamTool tool;
    const Tool::Run run = tool.stream(server, {"-q"});
    CHECK(run.exitCode == 4);
    CHECK(run.output.empty());
    CHECK(contains(run.errors, "before any audio was sent"));
  }
  SECTION("in JSON") {
    const GatewayServer server(
        withFault(GatewayFault::Moment::audio, GatewayFault::Kind::endOfStream));
    StreamTool tool;
    const Tool::Run run = tool.stream(server, {"--json", "-q"}, much);
    CHECK(run.exitCode == 4);
    CHECK(contains(run.output, R"("ok":false,"exitCode":4,"outcome":"ended early")"));
    CHECK(contains(run.output, R"("endedByServer":true)"));
  }
}

TEST_CASE("a gateway that ends a stream by itself when it has all of the audio is success") {
  const GatewayServer server(
      withFault(GatewayFault::Moment::audio, GatewayFault::Kind::endOfStream));
  StreamTool tool;
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  ChildProcess child = tool.start(StreamTool::arguments(server, "-"), ends[0]);
  ::close(ends[0]);
  const std::string second(oneSecond, '\x01');
  REQUIRE(::write(ends[1], second.data(), second.size()) == static_cast<ssize_t>(second.size()));
  ::close(ends[1]);
  child.readAll();
  CHECK(child.wait() == 0);
  CHECK(contains(child.errors(), "complete"));
}

TEST_CASE("a partial result that never becomes final is told") {
  GatewayServerOptions options;
  const std::string partial =
      R"({"type":"RESPONSE","response":{"frameType":"partial",)"
      R"("processorId":"other","payloadSchema":"string","payload":"left"}})";
  options.extraMessages = {partial};
  const GatewayServer server(options);
  StreamTool tool;
  const Tool::Run quiet = tool.stream(server, {"-q"});
  CHECK(quiet.exitCode == 0);
  CHECK(contains(quiet.errors, "partial result that never became final: left"));
  CHECK_FALSE(contains(quiet.output, "left"));
  CHECK(contains(tool.stream(server, {"--json", "-q"}).output, R"("openPartials":["left"])"));
}

TEST_CASE("warnings of a kind are counted after the first few") {
  GatewayServerOptions options;
  options.extraMessages.assign(500, "no JSON");
  const GatewayServer server(options);
  StreamTool tool;
  const auto count = [](const std::string& text, const std::string& part) {
    int found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
      ++found;
    }
    return found;
  };
  const Tool::Run people = tool.stream(server, {}, oneSecond);
  CHECK(people.exitCode == 4);  // They may have been results.
  CHECK(count(people.errors, ": no JSON") == 10);
  CHECK(contains(people.errors, " more, not shown: message that cannot be read"));
  const Tool::Run programs = tool.stream(server, {"--json"}, oneSecond);
  CHECK(contains(programs.output, " from the gateway could not be read"));
  CHECK(count(programs.output, ": no JSON") == 10);
  CHECK(contains(programs.output, " more, not shown: message that cannot be read"));
}

TEST_CASE("a paced stream that begins late is not caught up with") {
  GatewayServerOptions options;
  options.metadataDelay = Duration(1'000);
  const GatewayServer server(options);
  StreamTool tool;
  const Tool::Run run = tool.stream(
      server, {"--real-time", "--raw-audio", "linear16,16000,1", "--json", "-q"}, oneSecond);
  CHECK(run.exitCode == 0);
  // A second until audio may flow, and one, but for its last piece, that it plays.
  const std::size_t at = run.output.find(R"("seconds":)");
  REQUIRE(at != std::string::npos);
  CHECK(std::stod(run.output.substr(at + 10)) > 1.8);
}

TEST_CASE("stream paces a file") {
  const GatewayServer server;
  StreamTool tool;
  constexpr std::size_t minute = 60 * oneSecond;
  ChildProcess child = tool.start(StreamTool::arguments(
      server, tool.audio(minute), {"--real-time", "--raw-audio", "linear16,16000,1"}));
  CHECK(child.readLine() == "one");
  child.send(SIGINT);
  child.readAll();
  CHECK(child.wait() == 130);
  CHECK(server.log().audioBytes >= oneSecond);
  CHECK(server.log().audioBytes < minute);
}

TEST_CASE("A file that becomes shorter while it is streamed is no success") {
  const GatewayServer server;
  StreamTool tool;
  const std::string audio = tool.audio(60 * oneSecond);
  ChildProcess child = tool.start(
      StreamTool::arguments(server, audio, {"--real-time", "--raw-audio", "linear16,16000,1"}));
  CHECK(child.readLine() == "one");
  std::filesystem::resize_file(audio, oneSecond);
  child.readAll();
  CHECK(child.wait() == 5);
  CHECK(contains(child.errors(), "shorter while it was sent"));
}

TEST_CASE("A stream that was interrupted is no success, for programs and with -q, too") {
  const GatewayServer server;
  StreamTool tool;
  const bool json = GENERATE(true, false);
  ChildProcess child = tool.start(StreamTool::arguments(
      server, tool.audio(60 * oneSecond),
      {"--real-time", "--raw-audio", "linear16,16000,1", json ? "--json" : "-q", "-q"}));
  CHECK_FALSE(child.readLine().empty());
  child.send(SIGINT);
  const std::string rest = child.readAll();
  CHECK(child.wait() == 130);
  if (json) {
    CHECK(contains(rest, R"("event":"result","ok":false,"exitCode":130,"outcome":"interrupted",)"
                         R"("interrupted":true,"audioLeft":true)"));
    CHECK(contains(rest, R"("error":"cancelled")"));
  } else {
    CHECK(contains(child.errors(), "interrupted: "));
  }
}

TEST_CASE("Results are counted alike for people and programs: partial ones are not among them") {
  const GatewayServer server;
  StreamTool tool;
  CHECK(contains(tool.stream(server).errors, ", 3 results, "));
  const auto run = tool.stream(server, {"--json"});
  CHECK(contains(run.output, R"("results":3,"partials":)"));
}

TEST_CASE("The file of a stream that failed is said to be a part") {
  const GatewayServer server(
      withFault(GatewayFault::Moment::endOfStream, GatewayFault::Kind::error));
  StreamTool tool;
  const std::string file = tool.folder / "part";
  const auto run = tool.stream(server, {"-q", "-o", file});
  CHECK(run.exitCode == 1);
  CHECK(contains(run.errors, file + " has only the results that came before."));
  CHECK(std::filesystem::exists(file));
}

TEST_CASE("A stream that never was leaves files as they are") {
  GatewayServerOptions options;
  options.apiKey = "another";
  const GatewayServer server(options);
  StreamTool tool;
  const std::string fresh = tool.folder / "fresh";
  CHECK(tool.stream(server, {"-o", fresh}).exitCode == 3);
  CHECK_FALSE(std::filesystem::exists(fresh));
  const std::string old = tool.folder / "old";
  std::ofstream(old) << "precious";
  CHECK(tool.stream(server, {"-o", old, "--force"}).exitCode == 3);
  CHECK(readFile(old) == "precious");
}

TEST_CASE("The results never replace the audio") {
  const GatewayServer server;
  StreamTool tool;
  const std::string audio = tool.audio(oneSecond);
  CHECK(tool.run(StreamTool::arguments(server, audio, {"-o", audio, "--force"})).exitCode == 2);
  CHECK(readFile(audio).size() == oneSecond);
}

TEST_CASE("Without audio there is no stream, and no success") {
  const GatewayServer server;
  StreamTool tool;
  const auto run = tool.stream(server, {}, 0);
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "no audio"));
  CHECK(server.log().connections == 0);
}

TEST_CASE("Standard input that is closed is none") {
  const GatewayServer server;
  StreamTool tool;
  std::string command = std::string("exec ") + WSFERRY_TOOL_PATH;
  for (const std::string& argument : StreamTool::arguments(server, "-")) {
    command += " '" + argument + "'";
  }
  ChildProcess child({"/bin/sh", "-c", command + " <&-"}, tool.variables, tool.folder / "errors");
  child.readAll();
  CHECK(child.wait() == 5);
  CHECK(server.log().connections == 0);
}

TEST_CASE("Output that cannot be written ends the stream") {
  const GatewayServer server;
  StreamTool tool;
  const auto run = tool.stream(server, {"-o", "/dev/full"});
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "/dev/full"));
}

TEST_CASE("A signal before there is a stream ends the wait for it") {
  GatewayServerOptions options =
      withFault(GatewayFault::Moment::metadata, GatewayFault::Kind::silence);
  const GatewayServer server(options);
  StreamTool tool;
  ChildProcess child =
      tool.start(StreamTool::arguments(server, tool.audio(oneSecond), {"--json", "--verbose"}));
  CHECK(contains(child.readLine(), R"("event":"start")"));
  CHECK(contains(child.readLine(), R"("event":"progress")"));
  child.send(SIGINT);
  const std::string rest = child.readAll();
  CHECK(child.wait() == 130);
  CHECK(contains(rest, R"("outcome":"cancelled")"));
}
