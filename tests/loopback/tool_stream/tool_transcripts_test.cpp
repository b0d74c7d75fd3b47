// Where final results go, and their forms: -o, --output-format and --timestamps of stream, results
// and upload.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/file_bytes.hpp"
#include "support/scripted_server.hpp"
#include "support/tool/root_permissions.hpp"
#include "support/tool_process.hpp"
#include "support/vendors/vendors.hpp"
#include "wsferry/testing/gateway_server.hpp"

using namespace support;
using wsferry::testing::GatewayServer;

namespace {

struct TranscriptTool : Tool {
  TranscriptTool() { variables = {"WS_GATEWAY_API_KEY=testing-key"}; }

  Run stream(const std::vector<std::string>& more) { return stream(GatewayServer(), more); }

  Run stream(const GatewayServer& server, const std::vector<std::string>& more) {
    const std::string audio = folder / "audio";
    std::ofstream(audio, std::ios::binary) << std::string(64'000, '\x01');
    std::vector<std::string> arguments = {"stream", server.url(), audio, "--template", "template"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  Run streamTo(const std::string& vendorName, const std::vector<std::string>& more) {
    const Vendor vendor = vendorNamed(vendorName);
    const VendorServer server(vendor);
    const std::string audio = folder / "audio";
    std::ofstream(audio, std::ios::binary) << std::string(9'600, 'a');
    variables = {keyVariable(vendor) + "=" + vendorKey};
    std::vector<std::string> arguments = {"stream",
                                          server.url(),
                                          audio,
                                          "--profile",
                                          vendorName,
                                          "--raw-audio",
                                          "linear16," + std::to_string(vendor.sampleRate) + ",1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  Run results(const std::string& lines, const std::vector<std::string>& more) {
    ScriptedServer server([&](tcp::socket& socket) {
      readHead(socket);
      writeAll(socket, "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: " +
                           std::to_string(lines.size()) + "\r\n\r\n" + lines);
    });
    std::vector<std::string> arguments = {"results", "s", "--egress-url",
                                          "http://" + server.authority() + "/live"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
};

std::string transcription(int number, const std::string& text, const std::string& start,
                          const std::string& end) {
  return R"({"streamId":"s","sinkTopicName":"t","messageId":"1:)" + std::to_string(number) +
         R"(","frameType":"final","payloadSchema":"a.TranscriptionResponseDto","payload":)" +
         R"({"transcription":")" + text + R"(","start":)" + start + R"(,"end":)" + end + "}}\n";
}

}  // namespace

TEST_CASE("stream writes subtitles") {
  TranscriptTool tool;
  const auto vtt = tool.stream({"--output-format", "vtt"});
  CHECK(vtt.exitCode == 0);
  CHECK(vtt.output ==
        "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\none\n\n"
        "2\n00:00:01.000 --> 00:00:02.000\ntwo\n\n");
  CHECK(contains(vtt.errors, "complete: "));
  CHECK(contains(vtt.errors, "2 results"));
  const auto srt = tool.streamTo("deepgram", {"--output-format", "srt"});
  CAPTURE(srt.errors);
  CHECK(srt.exitCode == 0);
  CHECK(contains(srt.output, "1\n00:00:00,100 --> "));
  CHECK(contains(srt.output, "0: hello"));
  CHECK(contains(srt.output, "00:00:01,000 --> 00:00:01,500\ngood bye\n\n"));
}

TEST_CASE("subtitles of a stream without results are a file of its kind") {
  TranscriptTool tool;
  const std::string file = tool.folder / "subtitles";
  CHECK(tool.results("", {"--output-format", "vtt", "-o", file}).exitCode == 0);
  CHECK(readFile(file) == "WEBVTT\n\n");
}

TEST_CASE("results are asked for in no form where there are to be none") {
  TranscriptTool tool;
  const std::string file = tool.folder / "subtitles";
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"-o", file}, {"--output-format", "vtt"}, {"--timestamps"}}) {
    std::vector<std::string> arguments = {"--no-egress"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const auto run = tool.stream(arguments);
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, "--no-egress brings none"));
  }
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("stream writes words and times") {
  TranscriptTool tool;
  const auto words = tool.stream({"--output-format", "words"});
  CHECK(words.exitCode == 0);
  CHECK(words.output == "0.000\t1.000\tone\t\t1.000\n1.000\t2.000\ttwo\t\t1.000\n");
  const auto text = tool.stream({"--timestamps"});
  CHECK(text.exitCode == 0);
  CHECK(text.output ==
        "[00:00:00.000 --> 00:00:01.000] one\n[00:00:01.000 --> 00:00:02.000] two\n");
  // Parts of sentences are joined before.
  const auto parts = tool.streamTo("soniox", {"--output-format", "words"});
  CHECK(contains(parts.output, "0.100\t0.500\thello\t"));
  CHECK(contains(parts.output, "\tworld\t"));
}

TEST_CASE("json is --json, and a file has the other forms as well") {
  TranscriptTool tool;
  const auto json = tool.stream({"--output-format", "json"});
  CHECK(json.exitCode == 0);
  CHECK(contains(json.output, R"("event":"result","ok":true)"));
  const std::string file = tool.folder / "subtitles";
  const auto both = tool.stream({"--json", "--output-format", "srt", "-o", file});
  CHECK(both.exitCode == 0);
  CHECK(contains(both.output, R"("event":"result","ok":true)"));
  CHECK(contains(readFile(file), "2\n00:00:01,000 --> 00:00:02,000\ntwo\n"));
}

TEST_CASE("a result without times is told of, and the run is not whole") {
  TranscriptTool tool;
  const auto srt = tool.streamTo("assemblyai", {"--output-format", "srt", "-q"});
  CHECK(srt.exitCode == 5);
  CHECK(contains(srt.output, "hello world"));
  CHECK_FALSE(contains(srt.output, "good bye"));
  CHECK(contains(srt.errors, "1 result without times, missing from the subtitles: good bye"));
  const auto words = tool.streamTo("assemblyai", {"--output-format", "words"});
  CHECK(words.exitCode == 5);
  CHECK(contains(words.output, "\n\t\tgood\tA\t\n\t\tbye\tA\t\n"));
  CHECK(contains(words.errors, "1 result came without the requested times"));
  const auto json =
      tool.streamTo("assemblyai", {"--json", "--output-format", "vtt", "-o", tool.folder / "vtt"});
  CHECK(json.exitCode == 5);
  CHECK(contains(json.output, R"("ok":false,"exitCode":5,"outcome":"incomplete")"));
}

TEST_CASE("what no result will have is refused before there is a connection") {
  TranscriptTool tool;
  const auto refusal = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"stream", "ws://127.0.0.1:1/", "audio"});
    const auto run = tool.run(more);
    CHECK(run.exitCode == 2);
    return run.errors;
  };
  for (const char* format : {"words", "srt", "vtt"}) {
    CHECK(contains(refusal({"--profile", "openai", "--output-format", format}),
                   "the profile openai has none"));
    CHECK(contains(refusal({"--template", "t", "--format", "raw", "--format-parameter", "f",
                            "--output-format", format}),
                   "raw results"));
    CHECK(contains(refusal({"--template", "t", "--json", "--output-format", format}), "-o FILE"));
    CHECK(contains(refusal({"--template", "t", "--timestamps", "--output-format", format}),
                   "--timestamps is for --output-format text"));
  }
  CHECK(contains(refusal({"--profile", "openai", "--timestamps"}), "--timestamps needs the times"));
  CHECK(contains(tool.run({"results", "s", "--egress-url", "http://127.0.0.1:1/", "--omit-payload",
                           "--output-format", "srt"})
                     .errors,
                 "without payload"));
}

TEST_CASE("subtitles of several streams, whose times begin anew each, are refused") {
  TranscriptTool tool;
  for (const std::vector<std::string>& streams :
       {std::vector<std::string>{"a", "b"}, std::vector<std::string>{"--group", "g"}}) {
    std::vector<std::string> arguments = {"results", "--egress-url", "http://127.0.0.1:1/",
                                          "--output-format", "vtt"};
    arguments.insert(arguments.end(), streams.begin(), streams.end());
    const auto run = tool.run(arguments);
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, "subtitles are for a single stream"));
  }
}

TEST_CASE("results writes the same forms") {
  TranscriptTool tool;
  const std::string lines = transcription(1, "one", "0", "2000") +
                            transcription(2, "two", "500", "1500") +
                            transcription(3, "three", "2500", "3500");
  const auto srt = tool.results(lines, {"--output-format", "srt"});
  CHECK(srt.exitCode == 0);
  CHECK(srt.output ==
        "1\n00:00:00,000 --> 00:00:02,000\none\n\n2\n00:00:02,000 --> 00:00:02,100\ntwo\n\n"
        "3\n00:00:02,500 --> 00:00:03,500\nthree\n\n");
  CHECK(contains(srt.errors, "1 subtitle was moved after an earlier one"));
  const auto untimed = tool.results(lines + transcription(4, "four", "0", "0"),
                                    {"--output-format", "vtt", "--json", "-o", "/dev/null"});
  CHECK(untimed.exitCode == 5);
  CHECK(contains(untimed.output, R"("ok":false,"exitCode":5,"outcome":"incomplete")"));
  CHECK(contains(untimed.errors, "missing from the subtitles: four"));
  CHECK(tool.results(lines, {"--timestamps"}).output ==
        "[00:00:00.000 --> 00:00:02.000] one\n[00:00:00.500 --> 00:00:01.500] two\n"
        "[00:00:02.500 --> 00:00:03.500] three\n");
}

TEST_CASE("upload writes the same forms of the results that it waits for") {
  const GatewayServer server;
  TranscriptTool tool;
  const std::string audio = tool.folder / "audio";
  std::ofstream(audio, std::ios::binary) << std::string(64'000, '\x01');
  std::vector<std::string> arguments = {"upload",           audio,        "--upload-url",
                                        server.uploadUrl(), "--template", "template",
                                        "--output-format",  "srt"};
  const auto refused = tool.run(arguments);
  CHECK(refused.exitCode == 2);
  CHECK(contains(refused.errors, "--egress-url waits for them"));
  arguments.insert(arguments.end(), {"--egress-url", server.egressUrl()});
  const auto run = tool.run(arguments);
  CAPTURE(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, "2\n00:00:01,000 --> 00:00:02,000\ntwo\n"));
}

TEST_CASE("subtitles that cannot be written end the run with 5") {
  TranscriptTool tool;
  const auto run = tool.stream({"--output-format", "srt", "-o", "/dev/full"});
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "cannot write the results to /dev/full"));
}

TEST_CASE("A file that cannot be made is refused before there is a stream") {
  const GatewayServer server;
  TranscriptTool tool;
  const auto missing = tool.stream(server, {"-o", tool.folder / "no/results"});
  CHECK(missing.exitCode == 5);
  CHECK(contains(missing.errors, "the folder " + (tool.folder / "no") + " does not exist"));
  const std::string folder = tool.folder / "folder";
  std::filesystem::create_directory(folder);
  const auto refused = tool.stream(server, {"-o", folder, "--force"});
  CHECK(refused.exitCode == 2);
  CHECK(contains(refused.errors, folder + " is a folder"));
  const std::string link = tool.folder / "link";
  std::filesystem::create_symlink("no/results", link);
  CHECK(tool.stream(server, {"-o", link}).exitCode == 5);
  CHECK(server.log().connections == 0);
  std::filesystem::remove(link);
  std::filesystem::create_symlink("folder/results", link);
  CHECK(tool.stream(server, {"-o", link}).exitCode == 0);
  CHECK(readFile(folder + "/results") == "one\ntwo\n");
}

TEST_CASE("A folder or file that this user may not write is refused before there is a stream") {
  letPermissionsCountForRoot();
  namespace fs = std::filesystem;
  const GatewayServer server;
  TranscriptTool tool;
  const std::string folder = tool.folder / "folder";
  fs::create_directory(folder);
  std::ofstream(folder + "/old") << "precious";
  fs::permissions(folder + "/old", fs::perms::owner_read);
  CHECK(tool.stream(server, {"-o", folder + "/old", "--force"}).exitCode == 5);
  fs::permissions(folder, fs::perms::owner_read | fs::perms::owner_exec);
  CHECK(tool.stream(server, {"-o", folder + "/new"}).exitCode == 5);
  fs::permissions(folder, fs::perms::owner_all);
  CHECK(server.log().connections == 0);
}
