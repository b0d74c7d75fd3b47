#include <rapidjson/document.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "loopback/push_server.hpp"
#include "loopback/tool_process.hpp"
#include "wsferry/archive/archive_inspection.hpp"

using namespace wsferry;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

const std::string article = "api::article.article";
const std::string locked = "database is locked";

TransferServer serverWithout(std::vector<std::string> types, bool legacy = false) {
  TransferServerOptions options;
  options.gaps.unreadableTypes = std::move(types);
  options.legacy = legacy;
  return TransferServer(testing::sampleContent(), std::move(options));
}

rapidjson::Document eventOf(const std::string& output, const std::string& name) {
  std::istringstream lines(output);
  rapidjson::Document found;
  for (std::string line; std::getline(lines, line);) {
    rapidjson::Document event;
    event.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
    INFO(line);
    REQUIRE_FALSE(event.HasParseError());
    if (name == event["event"].GetString()) {
      found.Swap(event);
    }
  }
  INFO(output);
  REQUIRE(found.IsObject());
  return found;
}

bool wasReceived(const TransferServer& server, const std::string& part) {
  const auto log = server.log();
  return std::any_of(log.received.begin(), log.received.end(),
                     [&](const std::string& message) { return contains(message, part); });
}

}  // namespace

TEST_CASE("a pull of a type that the server cannot read makes no archive") {
  TransferServer server = serverWithout({article});
  Tool tool;
  const std::string file = tool.folder / "x.tar";
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", file, "-q"});
  INFO(run.errors);
  CHECK(run.exitCode == 1);
  CHECK(contains(run.errors, article));
  CHECK(contains(run.errors, locked));
  CHECK(contains(run.errors, "entities"));
  CHECK(contains(run.errors, "--allow-incomplete"));
  CHECK(tool.folder.names().empty());

  const Tool::Run json = tool.run({"pull", server.adminUrl(), "-o", file, "--json", "-q"});
  CHECK(json.exitCode == 1);
  const auto result = eventOf(json.output, "result");
  CHECK(result["error"].GetString() == std::string("remoteFailed"));
  CHECK(result["stage"].GetString() == std::string("entities"));
  CHECK(result["subject"].GetString() == article);
}

TEST_CASE("what is not selected, or never transfers, may be unreadable") {
  TransferServer server =
      serverWithout({"admin::user", "plugin::content-releases.release", "api::tag.tag"});
  Tool tool;
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", tool.folder / "x.tar", "-q",
                                  "--exclude-content-types", "api::tag.tag"});
  INFO(run.errors);
  CHECK(run.exitCode == 0);
}

TEST_CASE("an incomplete pull that is allowed says what it lacks, and is no success") {
  TransferServer server = serverWithout({article, "api::tag.tag"});
  Tool tool;
  const std::string file = tool.folder / "x.tar";
  const Tool::Run run =
      tool.run({"pull", server.adminUrl(), "-o", file, "-q", "--allow-incomplete"});
  INFO(run.errors);
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "2 types"));
  CHECK(contains(run.errors, article));
  CHECK(archive::inspectArchive(file).entitiesByType.count(article) == 0);
  CHECK(archive::inspectArchive(file).entitiesByType.count("api::author.author") == 1);

  const Tool::Run json =
      tool.run({"pull", server.adminUrl(), "-o", file, "--json", "--force", "--allow-incomplete"});
  CHECK(json.exitCode == 5);
  const auto result = eventOf(json.output, "result");
  CHECK(result["exitCode"].GetInt() == 5);
  CHECK_FALSE(result["ok"].GetBool());
  REQUIRE(result["lost"].Size() == 1);
  CHECK(result["lost"][0]["kind"].GetString() == std::string("unreadableType"));
  CHECK(result["lost"][0]["count"].GetUint() == 2);
  CHECK(result["lost"][0]["examples"].Size() == 2);
}

TEST_CASE("a pull that is whole has an empty list of what was lost") {
  TransferServer server = serverWithout({});
  Tool tool;
  const Tool::Run run =
      tool.run({"pull", server.adminUrl(), "-o", tool.folder / "x.tar", "--json"});
  CHECK(run.exitCode == 0);
  const auto result = eventOf(run.output, "result");
  CHECK(result["ok"].GetBool());
  CHECK(result["lost"].Size() == 0);
}

TEST_CASE("a copy from a server that cannot read a type is rolled back") {
  TransferServer source = serverWithout({article});
  Tool tool;
  tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                    "STRAPI_TRANSFER_TO_TOKEN=testing-token"};
  PushServer destination(tool.folder);
  const Tool::Run run = tool.run({"copy", source.adminUrl(), destination.url(), "--force", "-q"});
  INFO(run.errors);
  CHECK(run.exitCode == 1);
  CHECK(contains(run.errors, article));
  CHECK(contains(run.errors, locked));
  CHECK(contains(run.errors, "rolled back"));
  CHECK(destination.server().log().commits == 0);
  CHECK(destination.server().log().rollbacks == 1);
}

TEST_CASE("a push whose backup cannot be whole changes nothing") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.gaps.unreadableTypes = {"api::author.author"};
  PushServer destination(tool.folder, options);
  const std::string backup = tool.folder / "before.tar";
  const std::vector<std::string> push = {"push",     archive, destination.url(), "--force",
                                         "--backup", backup,  "--json"};
  const Tool::Run run = tool.run(push);
  INFO(run.errors);
  CHECK(run.exitCode == 1);
  CHECK(contains(run.errors, "api::author.author"));
  CHECK(contains(run.errors, "nothing was changed"));
  CHECK_FALSE(std::filesystem::exists(backup));
  CHECK_FALSE(wasReceived(destination.server(), "beforeTransfer"));
  const auto result = eventOf(run.output, "result");
  CHECK(result["destination"]["database"].GetString() == std::string("untouched"));

  std::vector<std::string> allowed = push;
  allowed.push_back("--allow-incomplete");
  const Tool::Run accepted = tool.run(allowed);
  INFO(accepted.errors);
  CHECK(accepted.exitCode == 5);
  CHECK(destination.server().log().commits == 1);
  CHECK(eventOf(accepted.output, "backup")["lost"].Size() == 1);
  CHECK(eventOf(accepted.output, "result")["exitCode"].GetInt() == 5);
}

TEST_CASE("diff does not compare what a server could not read") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServer server = serverWithout({article});
  const Tool::Run run = tool.run({"diff", archive, server.adminUrl()});
  INFO(run.output);
  CHECK(run.exitCode == 1);
  CHECK(contains(run.errors, article));
}
