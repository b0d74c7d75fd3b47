// Audio and results of stream and upload that are not whole, or nearly came to harm.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/file_bytes.hpp"
#include "support/scripted_server.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/gateway_server.hpp"

using namespace support;
using wsferry::testing::GatewayServer;
using wsferry::testing::GatewayServerOptions;

namespace {

std::string number(std::uint64_t value) {
  std::string text;
  for (int i = 0; i < 4; ++i, value >>= 8) {
    text += static_cast<char>(value & 0xFF);
  }
  return text;
}

std::string chunk(const std::string& name, const std::string& content) {
  return name + number(content.size()) + content;
}

/// One second, whose `data` says how much there should be, behind other chunks.
std::string wav(std::uint64_t counted, const std::string& before = "") {
  const std::string format("\1\0\1\0\x80\x3E\0\0\0\x7D\0\0\2\0\x10\0", 16);
  return "RIFF" + number(0) + "WAVE" + before + chunk("fmt ", format) + "data" + number(counted) +
         std::string(32'000, '\x01');
}

/// A gateway, and a line of the shell in which $W is the tool, $STREAM and $UPLOAD its commands.
struct Streaming {
  explicit Streaming(GatewayServerOptions options = {}) : server(std::move(options)) {
    writeFile(file(), wav(32'000));
  }

  std::string file() const { return tool.folder / "speech.wav"; }

  Tool::Run shell(const std::string& line) {
    const std::string name = WSFERRY_TOOL_PATH;
    const std::vector<std::string> variables = {
        "WS_GATEWAY_API_KEY=testing-key",
        "STREAM=" + name + " stream " + server.url() + " --template t",
        "UPLOAD=" + name + " upload --upload-url " + server.uploadUrl() + " --template t",
        "EGRESS=--egress-url " + server.egressUrl(),
        "SERVICE=--stream-service-url",
        "F=" + file(),
        "PATH=/usr/bin:/bin"};
    ChildProcess child({"/bin/sh", "-c", line}, variables, tool.folder / "errors");
    std::string output = child.readAll();
    const int exitCode = child.wait();
    return {exitCode, std::move(output), child.errors()};
  }

  Tool tool;
  GatewayServer server;
};

}  // namespace

TEST_CASE("a WAV file that was cut is noticed in a pipe, too, also where pictures come first") {
  Streaming streaming;
  const std::string pictures =
      GENERATE(0, 1) == 0 ? "" : chunk("id3 ", std::string(100'000, '\x01'));
  const std::string command = GENERATE("$STREAM", "$UPLOAD");
  CAPTURE(command, pictures.size());
  writeFile(streaming.file(), wav(32'001, pictures));
  const auto piped = streaming.shell("cat $F | " + command + " -q -");
  CHECK(piped.exitCode == 5);
  CHECK(contains(piped.errors,
                 "standard input ends 1 byte before the audio that its header announces"));
  const auto named = streaming.shell(command + " -q $F");
  CHECK(named.exitCode == 5);
  CHECK(contains(named.errors, "ends 1 byte before the audio that its header announces"));
  CHECK(streaming.shell("cat $F | " + command + " --force-audio -").exitCode == 0);
  writeFile(streaming.file(), wav(32'000, pictures));
  CHECK(streaming.shell("cat $F | " + command + " -").exitCode == 0);
}

TEST_CASE("the stream of a cut upload is cancelled where that can be") {
  Streaming streaming;
  writeFile(streaming.file(), wav(32'001));
  const auto run =
      streaming.shell("cat $F | $UPLOAD - $SERVICE " + streaming.server.streamServiceUrl());
  CHECK(run.exitCode == 5);
  const bool isCancelled = contains(run.errors, "was cancelled");
  CHECK((isCancelled || contains(run.errors, "was not made")));  // The body may not be there yet.
  CHECK(streaming.server.log().uploads == 0);
}

TEST_CASE("a WAV file whose audio is too far to be looked for is refused") {
  Streaming streaming;
  const std::string command = GENERATE("$STREAM", "$UPLOAD");
  writeFile(streaming.file(), wav(32'001, chunk("id3 ", std::string(1'100'000, '\x01'))));
  const auto run = streaming.shell(command + " $F");
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, "so far from its beginning that it cannot be checked"));
  CHECK(streaming.shell(command + " --force-audio $F").exitCode == 0);
}

TEST_CASE("results do not go into the file that the audio is read from") {
  Streaming streaming;
  const std::string command =
      GENERATE("$STREAM - -o $F --force < $F", "$STREAM $F -o $F --force", "$STREAM $F >> $F",
               "$UPLOAD - $EGRESS -o $F --force < $F", "$UPLOAD $F >> $F");
  CAPTURE(command);
  const auto run = streaming.shell(command);
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, "the results would overwrite the audio"));
  CHECK(readFile(streaming.file()) == wav(32'000));
  CHECK(streaming.server.log().connections == 0);
}

TEST_CASE("a folder as standard input is a mistake of use") {
  Streaming streaming;
  const auto run = streaming.shell(GENERATE("$STREAM - < /", "$UPLOAD - < /"));
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, "standard input is a folder"));
}

TEST_CASE("a stream whose results cannot be written is told of as others are") {
  Streaming streaming;
  const auto run = streaming.shell("$STREAM $F --json -o /dev/full");
  CHECK(run.exitCode == 5);
  CHECK(contains(run.output, R"("event":"result","ok":false,"exitCode":5,"outcome":"incomplete",)"
                             R"("streamId":")"));
  CHECK(contains(run.output, R"("audioBytesSent":)"));
  CHECK(contains(run.output, R"("error":"fileFailed","message":"cannot write the results to)"));
  CHECK(contains(run.errors, "/dev/full has only the results that came before"));
  CHECK_FALSE(contains(run.errors, "prune"));
  CHECK_FALSE(contains(run.errors, "Besides"));
}

TEST_CASE("audio that cannot be read to its end has the results of what was sent") {
  Streaming streaming;
  int ends[2] = {-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  streaming.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  ChildProcess child = streaming.tool.start(
      {"stream", streaming.server.url(), "-", "--template", "t", "--json", "-o", "/dev/stdout"},
      ends[0]);
  const std::string audio(48'000, '\x01');
  REQUIRE(::write(ends[1], audio.data(), audio.size()) == 48'000);
  REQUIRE(streaming.server.waitUntil([](const auto& log) { return log.audioBytes == 48'000; },
                                     patience));
  // What the peer has not read when it closes is a reset here.
  REQUIRE(::write(ends[0], "x", 1) == 1);
  ::close(ends[1]);
  ::close(ends[0]);
  const std::string output = child.readAll();
  CHECK(child.wait() == 5);
  CAPTURE(output);
  CHECK(contains(output, R"("ok":false,"exitCode":5,"outcome":"incomplete","streamId":")"));
  CHECK(contains(output, R"("audioBytesSent":48000)"));
  CHECK(contains(output, R"("text":" two")"));
  CHECK(contains(child.errors(), "cannot read the audio from standard input"));
}

TEST_CASE("the stream of an upload is named where nothing else can be written") {
  Streaming streaming;
  const std::string command =
      GENERATE("$UPLOAD -q $F > /dev/full", "$UPLOAD -q $F $EGRESS > /dev/full",
               "$UPLOAD -q $F $EGRESS -o /dev/full", "$UPLOAD --json $F $EGRESS -o /dev/full");
  CAPTURE(command);
  const auto run = streaming.shell(command);
  CHECK(run.exitCode == 5);
  const std::string target = streaming.server.log().uploadTargets.at(0);
  const std::string id = target.substr(target.find("&id=") + 4, 36);
  CHECK(contains(run.errors, "`wsferry results " + id + " --egress-url URL` reads it"));
}

TEST_CASE("results that cannot be written say nothing of where to go on") {
  Streaming streaming;
  const auto uploaded = streaming.shell("$UPLOAD -q --persist $F");
  REQUIRE(uploaded.exitCode == 0);
  const auto run = streaming.shell("${UPLOAD%% *} results " + uploaded.output.substr(0, 36) +
                                   " $EGRESS --json -o /dev/full");
  CHECK(run.exitCode == 5);
  CHECK(contains(run.output, R"("ok":false,"exitCode":5,"outcome":"incomplete")"));
  CHECK(contains(run.output, R"("resume":[])"));
  CHECK_FALSE(contains(run.errors, "Besides"));
}

TEST_CASE("a stream whose state is not known, or not the last one, has not succeeded") {
  GatewayServerOptions options;
  options.uploadState = "READY";
  Streaming streaming(options);
  SECTION("no answer") {
    const auto run = streaming.shell("$UPLOAD -q $F $EGRESS $SERVICE http://127.0.0.1:1/");
    CHECK(run.exitCode == 4);
    CHECK(run.output == "one\ntwo\n");
    CHECK(contains(run.errors, "Whether the stream failed is not known"));
  }
  SECTION("a state that is not the last one") {
    const auto run = streaming.shell("$UPLOAD --json $F $EGRESS $SERVICE " +
                                     streaming.server.streamServiceUrl());
    CHECK(run.exitCode == 4);
    CHECK(contains(run.output, R"("ok":false,"exitCode":4,"outcome":"incomplete")"));
    CHECK(contains(run.errors, "the stream is READY"));
  }
}
