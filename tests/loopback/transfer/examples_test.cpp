// Runs every example program against the testing servers.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/child_process.hpp"
#include "support/temporary_folder.hpp"
#include "support/tool/changed_content.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/gateway_server.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;

namespace {

struct Run {
  int exitCode;
  std::string output;
  std::string errors;
};

Run run(std::vector<std::string> arguments, const std::vector<std::string>& variables,
        int input = -1) {
  const TemporaryFolder folder;
  arguments.front() = std::string(WSFERRY_EXAMPLES_PATH) + "/" + arguments.front();
  ChildProcess child(arguments, variables, folder / "errors", input);
  std::string output = child.readAll();
  const int exitCode = child.wait();
  return {exitCode, std::move(output), child.errors()};
}

const std::vector<std::string> token = {"STRAPI_TRANSFER_TOKEN=testing-token"};

std::unique_ptr<testing::TransferServer> sourceServer() {
  return std::make_unique<testing::TransferServer>(testing::sampleContent());
}

/// A server with a little content that takes pushes, and keeps them as `archive`.
std::unique_ptr<testing::TransferServer> destinationServer(const std::string& archive) {
  testing::SampleContentOptions content;
  content.articles = 3;
  testing::TransferServerOptions options;
  options.pushTarget.emplace();
  options.pushTarget->path = archive;
  options.pushTarget->overwrite = true;
  return std::make_unique<testing::TransferServer>(testing::sampleContent(content), options);
}

/// The sample content, with a type that no other server has.
class OddContent final : public support::ChangedContent {
 public:
  std::vector<strapi::Schema> schemas() const override {
    auto schemas = ChangedContent::schemas();
    schemas.push_back({"api::odd.odd", R"({"modelType":"contentType","attributes":{}})"});
    return schemas;
  }
};

std::string contentOf(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

testing::GatewayServerOptions gatewayOptions() {
  testing::GatewayServerOptions options;
  options.bytesPerResult = 32'000;
  return options;
}

const std::vector<std::string> gatewayKey = {"WS_GATEWAY_API_KEY=testing-key"};

}  // namespace

TEST_CASE("pull makes an archive, and push stores it") {
  const TemporaryFolder folder;
  const std::string archive = folder / "backup.tar.gz";
  const std::string stored = folder / "stored.tar.gz";
  const std::string gone = sourceServer()->adminUrl();
  const Run pull = run({"pull", gone, archive}, token);
  CHECK(pull.exitCode == 1);
  CHECK_FALSE(pull.errors.empty());

  const auto source = sourceServer();
  const auto destination = destinationServer(stored);
  const Run again = run({"pull", source->adminUrl(), archive}, token);
  INFO(again.errors);
  REQUIRE(again.exitCode == 0);
  const auto pulled = archive::verifyArchive(archive);
  CHECK(again.output.find("sha256: ") == 0);

  const Run push = run({"push", archive, destination->adminUrl()}, token);
  INFO(push.errors);
  REQUIRE(push.exitCode == 0);
  CHECK(archive::verifyArchive(stored).digest == pulled.digest);
}

TEST_CASE("copy shows its plan, and copies when it is told to") {
  const TemporaryFolder folder;
  const std::string stored = folder / "stored.tar.gz";
  const auto source = sourceServer();
  const auto destination = destinationServer(stored);
  const std::vector<std::string> tokens = {"SOURCE_TOKEN=testing-token",
                                           "DESTINATION_TOKEN=testing-token"};
  const Run plan = run({"copy", source->adminUrl(), destination->adminUrl()}, tokens);
  INFO(plan.errors);
  REQUIRE(plan.exitCode == 0);
  CHECK(plan.output.find("  all records of api::article.article\n") != std::string::npos);
  CHECK(plan.output.find("{") == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(stored));

  const Run copy = run({"copy", source->adminUrl(), destination->adminUrl(), "yes"}, tokens);
  INFO(copy.errors);
  REQUIRE(copy.exitCode == 0);
  CHECK(copy.output.find("entities: ") != std::string::npos);
  CHECK(archive::verifyArchive(stored).problems.empty());
}

TEST_CASE("copy tells once what the schemas differ in, and copies nothing") {
  const TemporaryFolder folder;
  const testing::TransferServer source(std::make_shared<OddContent>());
  const auto destination = destinationServer(folder / "stored.tar.gz");
  const Run copy = run({"copy", source.adminUrl(), destination->adminUrl(), "yes"},
                       {"SOURCE_TOKEN=testing-token", "DESTINATION_TOKEN=testing-token"});
  CHECK(copy.exitCode == 1);
  const std::string told = copy.output + copy.errors;
  const auto at = told.find("api::odd.odd\n");
  CHECK(at != std::string::npos);
  CHECK(told.find("api::odd.odd", at + 1) == std::string::npos);
  CHECK(destination->log().commits == 0);
}

TEST_CASE("dispatch talks to a server") {
  const std::string gone = sourceServer()->adminUrl();
  CHECK(run({"dispatch", gone}, token).exitCode == 1);
  const auto source = sourceServer();
  const Run again = run({"dispatch", source->adminUrl()}, token);
  INFO(again.errors);
  REQUIRE(again.exitCode == 0);
  CHECK(again.output.find("transfer ") != std::string::npos);
  CHECK(again.output.find("\"strapi\"") != std::string::npos);
}

TEST_CASE("own_destination writes every record as a line") {
  const TemporaryFolder folder;
  const auto source = sourceServer();
  const Run lines = run({"own_destination", source->adminUrl()}, token);
  INFO(lines.errors);
  REQUIRE(lines.exitCode == 0);
  const Run pull = run({"pull", source->adminUrl(), folder / "all.tar"}, token);
  REQUIRE(pull.exitCode == 0);
  std::uint64_t expected = 0;
  for (const auto& [stage, total] : archive::verifyArchive(folder / "all.tar").totals) {
    const bool isRecords =
        stage != strapi::TransferStage::assets && stage != strapi::TransferStage::schemas;
    expected += isRecords ? total.count : 0;
  }
  CHECK(static_cast<std::uint64_t>(std::count(lines.output.begin(), lines.output.end(), '\n')) ==
        expected);
}

TEST_CASE("transcribe prints what a gateway hears in a file") {
  const TemporaryFolder folder;
  std::ofstream(folder / "audio.raw") << std::string(70'000, '\x01');
  const testing::GatewayServer server(gatewayOptions());
  const Run heard = run({"transcribe", server.url(), "template", folder / "audio.raw"}, gatewayKey);
  INFO(heard.errors);
  REQUIRE(heard.exitCode == 0);
  CHECK(std::count(heard.output.begin(), heard.output.end(), '\n') == 3);
}

TEST_CASE("microphone streams its standard input") {
  if (!std::filesystem::exists(std::string(WSFERRY_EXAMPLES_PATH) + "/microphone")) {
    WARN("not built: this compiler has no coroutines");
    return;
  }
  const TemporaryFolder folder;
  std::ofstream(folder / "audio.raw") << std::string(70'000, 'a');
  const testing::GatewayServer server(gatewayOptions());
  const int audio = ::open((folder / "audio.raw").c_str(), O_RDONLY | O_CLOEXEC);
  const Run heard = run({"microphone", server.url(), "template"}, gatewayKey, audio);
  ::close(audio);
  INFO(heard.errors);
  REQUIRE(heard.exitCode == 0);
  CHECK(std::count(heard.output.begin(), heard.output.end(), '\n') == 3);
}

TEST_CASE("reconnect hears everything, though a stream is lost") {
  const TemporaryFolder folder;
  std::ofstream(folder / "audio.raw") << std::string(200'000, 'a');
  testing::GatewayServerOptions options = gatewayOptions();
  options.fault.moment = testing::GatewayFault::Moment::audio;
  options.fault.kind = testing::GatewayFault::Kind::disconnect;
  options.fault.afterBytes = 70'000;
  options.fault.times = 1;
  const testing::GatewayServer server(options);
  const int audio = ::open((folder / "audio.raw").c_str(), O_RDONLY | O_CLOEXEC);
  const Run heard = run({"reconnect", server.url(), "template"}, gatewayKey, audio);
  ::close(audio);
  INFO(heard.errors);
  REQUIRE(heard.exitCode == 0);
  // Each second once, whatever of the first stream's results had come.
  CHECK(std::count(heard.output.begin(), heard.output.end(), '\n') == 7);
  CHECK(server.log().connections == 2);
}

TEST_CASE("the README's program is pull.cpp") {
  const std::string readme = contentOf(std::string(WSFERRY_SOURCE_PATH) + "/README.md");
  std::string program = contentOf(std::string(WSFERRY_SOURCE_PATH) + "/examples/pull.cpp");
  program.erase(0, program.find("#include"));
  CHECK(readme.find("```cpp\n" + program + "```\n") != std::string::npos);
}
