#include <asio/read.hpp>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/file_bytes.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_folder.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/gateway_server.hpp"

using namespace support;
using support::contains;
using wsferry::testing::GatewayServer;
using wsferry::testing::GatewayServerOptions;
using wsferry::testing::UploadFault;

namespace {

/// A file, a gateway and the tool.
class Uploading {
 public:
  explicit Uploading(GatewayServerOptions options = {}, std::size_t size = 70'000)
      : server(std::move(options)), url(server.uploadUrl()) {
    writeFile(file(), "ID3" + std::string(size - 3, 'a'));
  }

  std::string file() const { return folder / "speech.mp3"; }

  std::vector<std::string> arguments(const std::vector<std::string>& more) const {
    std::vector<std::string> all = {"upload", "--upload-url", url, "--template",
                                    "668115d123bca7e3509723d4"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  Tool::Run run(const std::vector<std::string>& more = {}) {
    std::vector<std::string> all = {file()};
    all.insert(all.end(), more.begin(), more.end());
    return tool.run(arguments(all));
  }

  TemporaryFolder folder;
  GatewayServer server;
  std::string url;
  Tool tool;
};

constexpr std::size_t large = 40'000'000;

/// Takes the beginning of a large body, and then does something else.
template <class Then>
ScriptedServer::Script takingSome(Then then) {
  return [then](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, "HTTP/1.1 100 Continue\r\n\r\n");
    std::string some(300'000, '\0');
    asio::read(socket, asio::buffer(some));
    then(socket);
    readToEnd(socket);
  };
}

/// The id that the tool gave the stream.
std::string idIn(const std::string& target) {
  return target.substr(target.find("&id=") + 4, 36);
}

}  // namespace

TEST_CASE("upload prints the stream's id alone, which results reads") {
  Uploading uploading;
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  const auto run = uploading.run({"--language", "ro", "--name", "a name"});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  REQUIRE(run.output.size() == 37);
  CHECK(contains(run.errors, "uploaded: "));
  CHECK(contains(uploading.server.log().uploadTargets.at(0), "&language=ro&name=a%20name"));
  CHECK(!contains(uploading.server.log().uploadTargets.at(0), "persist"));
  const std::string id = run.output.substr(0, 36);
  const auto results =
      uploading.tool.run({"results", id, "--egress-url", uploading.server.egressUrl()});
  CHECK(results.output == "one\ntwo\nthree\n");
}

TEST_CASE("upload waits for the results, into a file, with a token for all services") {
  Uploading uploading;
  const std::string target = uploading.folder / "speech.txt";
  const auto run = uploading.run({"--egress-url", uploading.server.egressUrl(),
                                  "--stream-service-url", uploading.server.streamServiceUrl(),
                                  "--token-url", uploading.server.tokenUrl(), "--client-id",
                                  "testing-id", "--client-secret", "testing-secret", "-o", target});
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(run.output.empty());
  CHECK(readFile(target) == "one\ntwo\nthree\n");
  CHECK(contains(run.errors, "stream "));
  CHECK(contains(run.errors, "complete: 3 results"));
  CHECK(uploading.server.log().tokenRequests == 1);
  CHECK(contains(uploading.server.log().uploadTargets.at(0), "&persist=true"));
}

TEST_CASE("upload and results tell how credentials are given where there were none") {
  Uploading uploading;
  const std::string id = "01234567-89ab-4def-8123-456789abcdef";
  for (const auto& run : {uploading.run(), uploading.tool.run({"results", id, "--egress-url",
                                                               uploading.server.egressUrl()})}) {
    INFO(run.errors);
    CHECK(run.exitCode == 3);
    CHECK(contains(run.errors, "set WS_GATEWAY_API_KEY, or give an API key with --api-key-file"));
  }
}

TEST_CASE("upload tells programs what happens") {
  Uploading uploading;
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  SECTION("without results") {
    const auto run = uploading.run({"--json"});
    CHECK(run.exitCode == 0);
    CHECK(contains(run.output, R"("event":"start")"));
    CHECK(contains(run.output, R"("event":"stream","streamId":")"));
    CHECK(contains(run.output, R"("event":"result","ok":true,"exitCode":0,"streamId":")"));
    CHECK(contains(run.output, R"("bytes":70000,"size":70000)"));
  }
  SECTION("with results") {
    const auto run = uploading.run({"--json", "--egress-url", uploading.server.egressUrl()});
    CHECK(run.exitCode == 0);
    CHECK(contains(run.output, R"("text":" two")"));
    CHECK(contains(run.output, R"("outcome":"complete","results":3)"));
  }
}

TEST_CASE("upload fails by the exit code of what went wrong") {
  GatewayServerOptions options;
  std::vector<std::string> more;
  std::string key = "testing-key";
  int exitCode = 0;
  std::string says;
  SECTION("credentials") {
    key = "another";
    exitCode = 3;
    says = "Missing or invalid credentials";
  }
  SECTION("a patch that is not allowed") {
    more = {"--patch", "nonsense=1"};
    exitCode = 1;
    says = "nonsense";
  }
  SECTION("a cut") {
    options.uploadFault.kind = UploadFault::Kind::reset;
    options.uploadFault.afterBytes = 50'000;
    exitCode = 4;
  }
  SECTION("a page of HTML") {
    options.uploadFault.kind = UploadFault::Kind::html;
    exitCode = 4;
    says = "Is that the URL of the HTTP Gateway?";
  }
  Uploading uploading(options);
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=" + key};
  const auto run = uploading.run(more);
  INFO(run.errors);
  CHECK(run.exitCode == exitCode);
  CHECK(run.output.empty());
  CHECK(contains(run.errors, says));
  CHECK(!contains(run.errors, "testing-key"));
}

TEST_CASE("a gateway that answers before it has all of a file has no stream of it") {
  Uploading uploading({}, large);
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  ScriptedServer early(takingSome([](tcp::socket& socket) {
    writeAll(
        socket,
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 16\r\n\r\n{\"streamId\":\"x\"}");
  }));
  uploading.url = "http://" + early.authority() + "/upload";
  const auto run = uploading.run({"--json"});
  INFO(run.output);
  CHECK(run.exitCode == 4);
  CHECK(!contains(run.output, R"("event":"stream")"));
  CHECK(contains(run.output, R"("event":"result","ok":false,"exitCode":4,"streamId":")"));
  CHECK(contains(run.errors, "before it had all of the request's body"));
}

TEST_CASE("an upload that breaks off names the stream that may be there, and has it cancelled") {
  GatewayServerOptions options;
  options.uploadFault.kind = UploadFault::Kind::reset;
  options.uploadFault.afterBytes = 50'000;
  Uploading uploading(options);
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  const auto id = [&] { return idIn(uploading.server.log().uploadTargets.at(0)); };
  SECTION("for people, however quiet") {
    const auto run = uploading.run({"-q"});
    CHECK(run.exitCode == 4);
    CHECK(contains(run.errors, "the stream " + id() + " may have been created"));
  }
  SECTION("for programs") {
    const auto run = uploading.run({"--json"});
    CHECK(contains(run.output, R"("exitCode":4,"streamId":")" + id()));
  }
  SECTION("with a Stream Service") {
    const auto run = uploading.run({"--stream-service-url", uploading.server.streamServiceUrl()});
    CHECK(run.exitCode == 4);
    CHECK(uploading.server.log().cancelled == std::vector<std::string>{id()});
    CHECK(contains(run.errors, "the stream " + id() + " was cancelled"));
  }
}

TEST_CASE("an upload that made no stream names none") {
  Uploading uploading;
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=another"};
  if (GENERATE(true, false)) {
    uploading.url = "http://127.0.0.1:1/upload";
  }
  const auto run =
      uploading.run({"--json", "--stream-service-url", uploading.server.streamServiceUrl()});
  CHECK(run.exitCode != 0);
  CHECK(!contains(run.output, "streamId"));
  CHECK(!contains(run.output, "cancelled"));
}

TEST_CASE("a file that changes its size while it goes up leaves no stream unnamed") {
  Uploading uploading({}, large);
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  const std::uintmax_t size = GENERATE(large - 100'000, large + 1);
  ScriptedServer server(takingSome(
      [file = uploading.file(), size](tcp::socket&) { std::filesystem::resize_file(file, size); }));
  uploading.url = "http://" + server.authority() + "/upload";
  SECTION("without a Stream Service") {
    const auto run = uploading.run();
    CHECK(run.exitCode == 5);
    CHECK(contains(run.errors, "changed its size while it was uploaded, from 40000000 bytes"));
    CHECK(contains(run.errors, "may have been created"));
  }
  SECTION("with one, which knows of none") {
    const auto run = uploading.run({"--stream-service-url", uploading.server.streamServiceUrl()});
    CHECK(run.exitCode == 5);
    CHECK(contains(run.errors, "was not made"));
  }
}

TEST_CASE("a stream that fails behind its last result is told of where its state is asked for") {
  GatewayServerOptions options;
  options.uploadState = "FAILED";
  Uploading uploading(options);
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  const auto run = uploading.run({"--egress-url", uploading.server.egressUrl(),
                                  "--stream-service-url", uploading.server.streamServiceUrl()});
  CHECK(run.exitCode == 1);
  CHECK(contains(run.errors, "the stream is FAILED"));
}

TEST_CASE("results of a stream that fails are told of where its state is asked for") {
  GatewayServerOptions options;
  options.uploadState = GENERATE("COMPLETED", "FAILED");
  Uploading uploading(options);
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  const std::string id = uploading.run({"--persist"}).output.substr(0, 36);
  std::vector<std::string> arguments = {"results", id, "--egress-url",
                                        uploading.server.egressUrl()};
  CHECK(uploading.tool.run(arguments).exitCode == 0);
  arguments.insert(arguments.end(), {"--stream-service-url", uploading.server.streamServiceUrl()});
  const auto run = uploading.tool.run(arguments);
  INFO(run.errors);
  CHECK(run.output == "one\ntwo\nthree\n");
  const bool isWhole = options.uploadState == "COMPLETED";
  CHECK(run.exitCode == (isWhole ? 0 : 1));
  CHECK(contains(run.errors, "the stream is FAILED") == !isWhole);
  arguments.insert(arguments.end(), {"--count", "1"});
  CHECK(uploading.tool.run(arguments).exitCode == 2);
}

TEST_CASE("upload waits for the end of a stream whose results are read elsewhere") {
  GatewayServerOptions options;
  options.uploadState = GENERATE("COMPLETED", "FAILED", "EXPIRED");
  options.drainDelay = wsferry::Duration(300);
  Uploading uploading(options);
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  const bool isWhole = options.uploadState == "COMPLETED";
  const auto run = uploading.run({"--stream-service-url", uploading.server.streamServiceUrl()});
  INFO(run.errors);
  CHECK(run.exitCode == (isWhole ? 0 : 1));
  CHECK(run.output.size() == 37);
  CHECK(contains(run.errors, "the stream is " + options.uploadState));
  CHECK_FALSE(contains(run.errors, "may have been created"));
  const auto json =
      uploading.run({"--stream-service-url", uploading.server.streamServiceUrl(), "--json"});
  CHECK(contains(json.output, R"("state":")" + options.uploadState + '"'));
}

TEST_CASE("a gateway that says that the stream failed is believed, whoever else is asked") {
  GatewayServerOptions options;
  options.uploadFault.kind = UploadFault::Kind::answer;
  options.uploadFault.answer =
      R"({"streamId":"01234567-89ab-4def-8123-456789abcdef","state":"FAILED"})";
  Uploading uploading(options);
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  std::vector<std::string> more;
  if (GENERATE(true, false)) {
    more = {"--egress-url", uploading.server.egressUrl()};
  }
  const auto run = uploading.run(more);
  INFO(run.errors);
  CHECK(run.exitCode == 1);
  CHECK(contains(run.errors, "The gateway says that the stream is FAILED"));
}

TEST_CASE("upload waits for the end of a stream as long as it is told") {
  GatewayServerOptions options;
  options.drainDelay = wsferry::Duration(600'000);
  Uploading uploading(options);
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  const auto run = uploading.run(
      {"--stream-service-url", uploading.server.streamServiceUrl(), "--state-timeout", "300ms"});
  INFO(run.errors);
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "the stream is READY"));
  CHECK(uploading.server.log().cancelled.empty());
}

TEST_CASE("upload says where nobody asks whether the stream failed") {
  Uploading uploading;
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  const auto run = uploading.run({"--egress-url", uploading.server.egressUrl()});
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "whether the stream itself fails is not asked"));
}

TEST_CASE("a signal cancels the stream, whether it is sent or waited for") {
  GatewayServerOptions options;
  options.drainDelay = wsferry::Duration(600'000);
  std::vector<std::string> more;
  const bool isSent = GENERATE(true, false);
  if (!isSent) {
    options.uploadFault.kind = UploadFault::Kind::freeze;
    options.uploadFault.afterBytes = 50'000;
  }
  Uploading uploading(options);
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  ChildProcess process = uploading.tool.start(
      uploading.arguments({uploading.file(), "--egress-url", uploading.server.egressUrl(),
                           "--stream-service-url", uploading.server.streamServiceUrl()}));
  REQUIRE(uploading.server.waitUntil(
      [isSent](const auto& log) {
        return isSent ? log.egressResults >= 2 : log.uploadBytes >= 50'000;
      },
      patience));
  process.send(SIGINT);
  process.readAll();
  const int exitCode = process.wait();
  INFO(process.errors());
  CHECK(exitCode == 130);
  CHECK(uploading.server.log().cancelled.size() == 1);
  CHECK(contains(process.errors(), "was cancelled"));
}

TEST_CASE("a signal cancels a stream whose end is waited for") {
  GatewayServerOptions options;
  const bool hasResults = GENERATE(true, false);
  options.drainDelay = wsferry::Duration(hasResults ? 0 : 600'000);
  options.uploadState = "READY";
  Uploading uploading(options);
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  std::vector<std::string> more = {uploading.file(), "--stream-service-url",
                                   uploading.server.streamServiceUrl()};
  if (hasResults) {
    more.insert(more.end(),
                {"--egress-url", uploading.server.egressUrl(), "--state-timeout", "1m"});
  }
  ChildProcess process = uploading.tool.start(uploading.arguments(more));
  for (int lines = hasResults ? 3 : 1; lines > 0; --lines) {
    process.readLine();  // Results, or the stream's id: the wait follows.
  }
  process.send(SIGINT);
  const int exitCode = process.wait();
  INFO(process.errors());
  CHECK(exitCode == 130);
  CHECK(uploading.server.log().cancelled.size() == 1);
  CHECK(contains(process.errors(), "was cancelled"));
}

TEST_CASE("what cannot be meant is refused, and nothing connected") {
  Uploading uploading;
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  SECTION("no file") {
    CHECK(uploading.tool.run(uploading.arguments({"/no/such/file"})).exitCode == 2);
  }
  SECTION("an empty file") {
    writeFile(uploading.file(), "");
    CHECK(uploading.run().exitCode == 5);
  }
  SECTION("a folder") {
    CHECK(uploading.tool.run(uploading.arguments({uploading.folder / "."})).exitCode == 2);
  }
  SECTION("a WAV header alone") {
    writeFile(uploading.file(), "RIFF....WAVE");
    const auto run = uploading.run();
    CHECK(run.exitCode == 5);
    CHECK(contains(run.errors, "it has a WAV header only"));
  }
  SECTION("what is no audio") {
    writeFile(uploading.file(), "%PDF-1.7 and more");
    const auto run = uploading.run();
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, "is not audio, but a PDF document"));
  }
  SECTION("results into the file itself") {
    CHECK(uploading.run({"--egress-url", "default", "-o", uploading.file(), "--force"}).exitCode ==
          2);
  }
  SECTION("results into a folder, or into one that is not there") {
    const std::string folder = uploading.folder / "folder";
    std::filesystem::create_directory(folder);
    CHECK(uploading.run({"--egress-url", "default", "-o", folder}).exitCode == 2);
    CHECK(uploading.run({"--egress-url", "default", "-o", folder + "/no/x.txt"}).exitCode == 5);
  }
  SECTION("a patch that the gateway would read as its own parameter") {
    const std::string patch =
        GENERATE("id=mine", "name=x", "groupId=x", "persist=false", "egress=true",
                 "streamConfigurationTemplateId=x", "access_token=x", "webhook=https://x.test/");
    const auto run = uploading.run({"--persist", "--patch", patch});
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, "would be read as the gateway's parameter"));
  }
  SECTION("a language twice") {
    const auto run = uploading.run({"--language", "en", "--patch", "language=ro"});
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, "is given twice"));
  }
  SECTION("an output without results") {
    CHECK(uploading.run({"-o", "x"}).exitCode == 2);
  }
  CHECK(uploading.server.log().uploadTargets.empty());
}

TEST_CASE("what is no audio is uploaded where that is forced") {
  Uploading uploading;
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  writeFile(uploading.file(), "%PDF-1.7 and more");
  CHECK(uploading.run({"--force-audio"}).exitCode == 0);
  CHECK(uploading.server.log().uploadBytes == 17);
}

TEST_CASE("a Stream Service that is none cannot say that there is no stream") {
  GatewayServerOptions options;
  options.uploadFault.kind = UploadFault::Kind::reset;
  options.uploadFault.afterBytes = 50'000;
  Uploading uploading(options);
  uploading.tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  ScriptedServer other([](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, "HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>");
  });
  const auto run = uploading.run({"--stream-service-url", "http://" + other.authority() + "/"});
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "may go on"));
  CHECK_FALSE(contains(run.errors, "was not made"));
}
