#include <rapidjson/document.h>

#include <chrono>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/push_server.hpp"
#include "support/scripted_server.hpp"
#include "support/tool_process.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

std::string fileWith(const TemporaryFolder& folder, const std::string& name,
                     const std::string& text) {
  std::string path = folder / name;
  std::ofstream(path) << text;
  return path;
}

/// The sample archive as a folder in which one type has another attribute.
std::string differingArchive(Tool& tool) {
  const std::string folder = sampleFolder(tool);
  const std::string path = folder + "/schemas/schemas_00001.jsonl";
  std::ifstream in(path);
  std::string schemas((std::istreambuf_iterator<char>(in)), {});
  const auto type = schemas.find(R"("uid":"api::tag.tag")");
  REQUIRE(type != std::string::npos);
  const auto line = schemas.rfind('\n', type) == std::string::npos ? 0 : schemas.rfind('\n', type);
  const std::string attributes = R"("attributes":{)";
  const auto place = schemas.find(attributes, line);
  REQUIRE(place < schemas.find('\n', type));
  schemas.insert(place + attributes.size(), R"("phantom":{"type":"string"},)");
  std::ofstream(path) << schemas;
  return folder;
}

}  // namespace

TEST_CASE("each side of a copy has its own token and headers") {
  Tool tool;
  tool.variables = {"STRAPI_TRANSFER_TOKEN=of-neither-side"};
  TransferServer source(testing::sampleContent(), {});
  PushServer destination(tool.folder);
  std::vector<std::string> copy = {"copy", source.adminUrl(), destination.url(), "--force"};
  const auto with = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = copy;
    all.insert(all.end(), more.begin(), more.end());
    return tool.run(all);
  };
  const std::string from = fileWith(tool.folder, "from", "testing-pull-token\n");
  const std::string to = fileWith(tool.folder, "to", "testing-push-token\n");
  SECTION("from the command line") {
    CHECK(
        with({"--from-token", "testing-pull-token", "--to-token", "testing-push-token"}).exitCode ==
        0);
  }
  SECTION("from files") {
    CHECK(with({"--from-token-file", from, "--to-token-file", to}).exitCode == 0);
  }
  SECTION("exchanged, neither has its scope") {
    const Tool::Run run = with({"--from-token-file", to, "--to-token-file", from});
    CHECK(run.exitCode == 3);
    CHECK(destination.server().log().received.empty());
  }
  SECTION("the variable of the other commands is for neither") {
    CHECK(with({"--from-token-file", from}).exitCode == 2);
    CHECK(with({"--to-token-file", to}).exitCode == 2);
  }
  SECTION("a header that is none is refused, whichever side's it is") {
    CHECK(with({"--from-token-file", from, "--to-token-file", to, "--from-header", "x"}).exitCode ==
          2);
    CHECK(with({"--from-token-file", from, "--to-token-file", to, "--to-header", "x"}).exitCode ==
          2);
    CHECK(with({"--from-token-file", from, "--to-token-file", to, "--from-header", "X-A: b",
                "--to-header", "X-C: d"})
              .exitCode == 0);
  }
}

TEST_CASE("a header of one side of a copy is not the other's") {
  Tool tool;
  tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                    "STRAPI_TRANSFER_TO_TOKEN=testing-token"};
  TransferServer source(testing::sampleContent(), {});
  PushServer destination(tool.folder);
  std::promise<std::string> seen;
  ScriptedServer refusing([&seen](tcp::socket& socket) {
    seen.set_value(readHead(socket));
    writeAll(socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  const std::string url = "http://" + refusing.authority() + "/admin";
  const bool isSource = GENERATE(true, false);
  const Tool::Run run =
      tool.run({"copy", isSource ? url : source.adminUrl(), isSource ? destination.url() : url,
                "--force", "--from-header", "X-From: one", "--to-header", "X-To: two"});
  CHECK(run.exitCode != 0);
  const std::string head = get(seen.get_future());
  CHECK(contains(head, "X-From: one\r\n") == isSource);
  CHECK(contains(head, "X-To: two\r\n") == !isSource);
}

TEST_CASE("a copy whose source breaks off changes nothing that it cannot take back") {
  Tool tool;
  TransferServerOptions options;
  options.faults.kind = testing::TransferFaults::Kind::reset;
  options.faults.step = strapi::TransferStage::links;
  TransferServer source(testing::sampleContent(), options);
  PushServer destination(tool.folder);
  tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                    "STRAPI_TRANSFER_TO_TOKEN=testing-token"};
  const Tool::Run run =
      tool.run({"copy", source.adminUrl(), destination.url(), "--force", "--files", "socket"});
  INFO(run.errors);
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, source.adminUrl()));
  CHECK(contains(run.errors, "the server said that it rolled back"));
  CHECK(destination.server().log().commits == 0);
  CHECK(destination.server().log().rollbacks == 1);
}

TEST_CASE("a window of one sends one message at a time") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions slow;
  slow.faults.answerDelay = Duration(5);
  PushServer destination(tool.folder, slow);
  CHECK(tool.run({"push", archive, destination.url(), "--force", "--window", "1"}).exitCode == 0);
  CHECK(destination.server().log().overlapping == 0);
  CHECK(destination.server().log().commits == 1);
  CHECK(tool.run({"push", archive, destination.url(), "--force"}).exitCode == 0);
  CHECK(destination.server().log().overlapping > 0);
  CHECK(tool.run({"push", archive, destination.url(), "--force", "--window", "0"}).exitCode == 2);
  CHECK(tool.run({"push", archive, destination.url(), "--force", "--window", "-1"}).exitCode == 2);
}

TEST_CASE("a throttled push takes its time") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  const auto begin = std::chrono::steady_clock::now();
  const Tool::Run run = tool.run(
      {"push", archive, destination.url(), "--force", "--throttle", "50", "--only", "config"});
  CHECK(run.exitCode == 0);
  constexpr int records = 3;  // The sample content has more of configuration.
  CHECK(std::chrono::steady_clock::now() - begin >= records * std::chrono::milliseconds(50));
  CHECK(tool.run({"push", archive, destination.url(), "--force", "--throttle", "-1"}).exitCode ==
        2);
}

TEST_CASE("schema differences count as the options say") {
  Tool tool;
  const std::string archive = differingArchive(tool);
  PushServer destination(tool.folder);
  const auto dry = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = {"push", archive, destination.url(), "--dry-run"};
    all.insert(all.end(), more.begin(), more.end());
    return tool.run(all);
  };
  const Tool::Run differs = dry({});
  CHECK(differs.exitCode == 6);
  CHECK(contains(differs.output, "attributes.phantom"));
  CHECK(dry({"--force"}).exitCode == 0);
  CHECK(dry({"--schema-strategy", "exact"}).exitCode == 6);
  CHECK(dry({"--schema-strategy", "ignore"}).exitCode == 0);
  CHECK(dry({"--schema-strategy", "lax"}).exitCode == 2);
  CHECK(dry({"--ignore-schema", "api::tag.*"}).exitCode == 0);
  CHECK(dry({"--ignore-schema", "plugin::*"}).exitCode == 6);
  CHECK(destination.server().log().commits == 0);
}
