#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/client_calls.hpp"
#include "support/file_bytes.hpp"
#include "support/push_server.hpp"
#include "support/tool_process.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/archive/archive_source.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/strapi/remote_destination.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

using namespace support;
using namespace wsferry;

namespace {

/// What `serve` prints behind a word.
std::string valueOf(const std::string& line, const std::string& word) {
  REQUIRE(line.find(word + " ") == 0);
  return line.substr(word.size() + 1);
}

void push(const std::string& archive, const std::string& url, const std::string& token) {
  archive::ArchiveSourceOptions archiveOptions;
  archiveOptions.path = archive;
  archive::ArchiveSource source(archiveOptions);
  strapi::RemoteDestinationOptions options;
  options.connection.bearerToken = token;
  strapi::RemoteDestination destination(url, options);
  const strapi::TransferResult result = strapi::TransferEngine(source, destination).run();
  CHECK(result.isWhole());  // CHECK around run() would take its exceptions.
}

}  // namespace

TEST_CASE("serve accepts a push with the token that it prints, and with no other") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  const std::string target = tool.folder / GENERATE("pushed.tar", "pushed.tar.gz", "pushed/");
  ChildProcess child = tool.start({"serve", "--sample", "--accept", target});
  const std::string url = valueOf(child.readLine(), "serving");
  const std::string token = valueOf(child.readLine(), "token");
  for (const std::string known : {"testing-token", "testing-push-token"}) {
    CHECK_THROWS_AS(push(archive, url, known), Error);
  }
  push(archive, url, token);
  const auto stored = archive::verifyArchive(target);
  CHECK(stored.problems.empty());
  CHECK(stored.digest == archive::verifyArchive(archive).digest);
  push(archive, url, token);  // replaces what the first one has stored
  CHECK(archive::verifyArchive(target).digest == stored.digest);
  child.send(SIGTERM);
  CHECK(child.wait() == 0);
}

TEST_CASE("serve warns of an archive that is damaged, and of no other") {
  Tool tool;
  const std::string archive = tool.folder / "x";
  const std::string packed = sampleArchive(tool.folder);
  REQUIRE(tool.run({"convert", packed, archive, "--format", "dir"}).exitCode == 0);
  const std::string damage = GENERATE("none", "metadata.json is missing", "assets/uploads/");
  if (damage == "metadata.json is missing") {
    std::filesystem::remove(archive + "/metadata.json");
  } else if (damage != "none") {
    damageFile(archive);
  }
  ChildProcess child = tool.start({"serve", archive});
  child.readLine();
  child.readLine();
  const std::string errors = child.errors();
  CHECK(contains(errors, "damaged, and served as it is") == (damage != "none"));
  CHECK(contains(errors, damage) == (damage != "none"));
  child.send(SIGTERM);
  CHECK(child.wait() == 0);
}

TEST_CASE("what is pushed without --accept is served until the end, and stored nowhere") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  const TemporaryFolder temporary;
  tool.variables.push_back("TMPDIR=" + temporary.path());
  const std::string served = GENERATE(false, true) ? archive : "--sample";
  ChildProcess child = tool.start({"serve", served});
  const std::string url = valueOf(child.readLine(), "serving");
  const std::string token = valueOf(child.readLine(), "token");
  const std::string emptied = tool.folder / "emptied.tar";
  Tool client;
  CHECK(client.run({"convert", archive, emptied, "--exclude", "files"}).exitCode == 0);
  client.variables = {"STRAPI_TRANSFER_TOKEN=" + token};
  for (const std::string& pushed : {emptied, archive}) {
    const auto run = client.run({"push", pushed, url, "--force", "--allow-empty"});
    CHECK(run.exitCode == 0);
    CHECK(client.run({"diff", pushed, url}).exitCode == 0);
  }
  child.send(SIGTERM);
  CHECK(child.wait() == 0);
  CHECK(contains(child.errors(), "--accept FILE stores it"));
  CHECK(temporary.names().empty());
}

TEST_CASE("serve removes its temporary folder also when it has to be ended by force") {
  Tool tool;
  const TemporaryFolder temporary;
  tool.variables.push_back("TMPDIR=" + temporary.path());
  const std::string pipe = tool.folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  ChildProcess child = tool.start({"serve", pipe});
  // Opens when serve opens its end. What it waits for then never comes, and no signal ends that.
  const int end = ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE(end >= 0);
  CHECK(temporary.names().size() == 1);
  child.send(SIGTERM);
  child.send(SIGTERM);
  CHECK(child.wait() == 130);
  CHECK(temporary.names().empty());
  ::close(end);
}

TEST_CASE("serve refuses what it cannot serve as data, without a client's advice") {
  Tool tool;
  const std::string folder = tool.folder / "export";
  std::filesystem::create_directories(folder + "/schemas");
  std::string expected = "is not a Strapi export";
  const int kind = GENERATE(0, 1, 2);
  if (kind == 1) {
    std::ofstream(folder + "/metadata.json") << "{\"strapi\"";
    expected = "metadata.json is damaged";
  } else if (kind == 2) {
    std::ofstream(folder + "/schemas/schemas_00001.jsonl") << "[1\n";
    expected = "schemas_00001.jsonl is damaged";
  }
  const auto run = tool.run({"serve", folder});
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, expected));
  CHECK_FALSE(contains(run.errors, "log"));
}

TEST_CASE("serve refuses at once to accept a push over something that exists") {
  Tool tool;
  const std::string target = tool.folder / "kept.tar";
  std::ofstream(target) << "precious";
  const auto run = tool.run({"serve", "--sample", "--accept", target});
  CHECK(run.exitCode == 6);
  CHECK(contains(run.errors, "exists already"));
}

TEST_CASE("serve cannot store an encrypted archive") {
  Tool tool;
  const auto run = tool.run({"serve", "--sample", "--accept", tool.folder / "pushed.tar.enc"});
  CHECK(run.exitCode == 2);
}

TEST_CASE("serve plays a gateway, for clients with the token that it prints and for no others") {
  Tool tool;
  std::vector<std::string> arguments = {"serve", "--gateway"};
  const bool given = GENERATE(false, true);
  if (given) {
    arguments.insert(arguments.end(), {"--token", "mine"});
  }
  ChildProcess child = tool.start(arguments);
  const std::string url =
      valueOf(child.readLine(), "serving") + "?streamConfigurationTemplateId=template";
  const std::string token = valueOf(child.readLine(), "token");
  CHECK((token == "mine") == given);
  for (const std::string scheme : {"Basic ", "Bearer "}) {
    WebSocketOptions options;
    options.headers = {{"Authorization", scheme + token}};
    WebSocketClient client(options);
    const auto result = support::connect(client, url);
    CHECK_FALSE(result.error);
    CHECK(contains(support::get(support::startReceive(client)).second.payload, "STREAM_METADATA"));
  }
  for (const std::string known : {"testing-token", "testing-key"}) {
    WebSocketOptions options;
    options.bearerToken = known;
    WebSocketClient client(options);
    CHECK(support::connect(client, url).error == Errc::notAuthenticated);
  }
  child.send(SIGTERM);
  CHECK(child.wait() == 0);
}

TEST_CASE("a gateway serves no content") {
  Tool tool;
  const std::vector<std::string> more = GENERATE(
      std::vector<std::string>{"backup.tar"}, std::vector<std::string>{"--sample"},
      std::vector<std::string>{"--key", "key"}, std::vector<std::string>{"--key-file", "-"},
      std::vector<std::string>{"--accept", "pushed.tar"}, std::vector<std::string>{"--force"});
  std::vector<std::string> arguments = {"serve", "--gateway"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  CHECK(tool.run(arguments).exitCode == 2);
}

TEST_CASE("a sample takes no key") {
  Tool tool;
  for (const char* option : {"--key", "--key-file"}) {
    const Tool::Run run = tool.run({"serve", "--sample", option, "x", "--address", "none"});
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, std::string("--sample cannot be given together with ") + option));
  }
}

TEST_CASE("serve needs something to serve") {
  Tool tool;
  CHECK(tool.run({"serve"}).exitCode == 2);
  CHECK(tool.run({"serve", "--sample", "backup.tar"}).exitCode == 2);
}

TEST_CASE("serve --gateway fails and is slow as it is told to, for clients of any kind") {
  Tool tool;
  const std::string audio = tool.folder / "speech.raw";
  writeFile(audio, std::string(70'000, '\x01'));
  ChildProcess child =
      tool.start({"serve", "--gateway", "--token", "secret", "--fault",
                  "metadata=error,status=400,name=STREAM_CONFIGURATION_BAD_PATCH", "--fault",
                  "upload=refusal,status=503,times=1", "--drain-delay", "0.2"});
  const std::string url = valueOf(child.readLine(), "serving");
  child.readLine();
  child.readLine();
  child.readLine();
  const std::string egress = valueOf(child.readLine(), "egress-url");
  const std::string upload = valueOf(child.readLine(), "upload-url");
  const std::string service = valueOf(child.readLine(), "stream-service-url");
  tool.variables = {"WS_GATEWAY_API_KEY=secret"};
  const auto streamed = tool.run({"stream", url, audio, "--template", "t"});
  CHECK(streamed.exitCode == 1);
  CHECK(contains(streamed.errors, "played by the testing server"));
  const std::vector<std::string> upstream = {
      "upload",       audio,  "--template",           "t",    "--upload-url", upload,
      "--egress-url", egress, "--stream-service-url", service};
  CHECK(tool.run(upstream).exitCode == 4);
  const auto uploaded = tool.run(upstream);
  INFO(uploaded.errors);
  CHECK(uploaded.exitCode == 0);
  CHECK(uploaded.output == "one\ntwo\nthree\n");
  child.send(SIGTERM);
  CHECK(child.wait() == 0);
}

TEST_CASE("serve refuses a fault that there is not, and one without a gateway") {
  Tool tool;
  CHECK(tool.run({"serve", "--gateway", "--fault", "audio=explode"}).exitCode == 2);
  CHECK(tool.run({"serve", "--sample", "--fault", "audio=reset"}).exitCode == 2);
}
