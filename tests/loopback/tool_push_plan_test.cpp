#include <rapidjson/document.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "loopback/push_server.hpp"
#include "loopback/tool_process.hpp"

using namespace wsferry;
using testing::TransferServer;

namespace {

/// What of the sample content `convert` takes with these options.
std::string partialArchive(Tool& tool, std::vector<std::string> selection) {
  const std::string path = tool.folder / "partial.tar";
  std::vector<std::string> arguments = {"convert", sampleArchive(tool.folder), path};
  arguments.insert(arguments.end(), selection.begin(), selection.end());
  const Tool::Run run = tool.run(arguments);
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  return path;
}

rapidjson::Document planOf(const std::string& output) {
  std::istringstream lines(output);
  rapidjson::Document plan;
  for (std::string line; std::getline(lines, line);) {
    plan.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
    REQUIRE_FALSE(plan.HasParseError());
    if (std::string(plan["event"].GetString()) == "plan") {
      return plan;
    }
  }
  FAIL("no plan in " + output);
  return plan;
}

bool wasChanged(const PushServer& destination) {
  const auto log = destination.server().log();
  return std::any_of(log.received.begin(), log.received.end(), [](const std::string& message) {
    return contains(message, "beforeTransfer");
  });
}

}  // namespace

TEST_CASE("an archive without files does not delete those of the destination unasked") {
  Tool tool;
  const std::string archive = partialArchive(tool, {"--exclude", "files"});
  PushServer destination(tool.folder);
  const Tool::Run dry = tool.run({"push", archive, destination.url(), "--dry-run", "--json"});
  CHECK(dry.exitCode == 6);
  const auto plan = planOf(dry.output);
  REQUIRE(plan.HasMember("emptied"));
  REQUIRE(plan["emptied"].Size() == 1);
  CHECK(std::string(plan["emptied"][0].GetString()) == "assets");

  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force"});
  CHECK(run.exitCode == 6);
  CHECK(contains(run.errors, "has no files"));
  CHECK(contains(run.errors, "--exclude files "));
  CHECK(contains(run.errors, "--allow-empty"));
  CHECK_FALSE(wasChanged(destination));

  CHECK(tool.run({"push", archive, destination.url(), "--force", "--exclude", "files"}).exitCode ==
        0);
  CHECK(tool.run({"push", archive, destination.url(), "--force", "--allow-empty"}).exitCode == 0);
  CHECK(destination.server().log().commits == 2);
}

TEST_CASE("nor does one without content or configuration") {
  Tool tool;
  PushServer destination(tool.folder);
  SECTION("no configuration") {
    const std::string archive = partialArchive(tool, {"--exclude", "config"});
    const Tool::Run run = tool.run({"push", archive, destination.url(), "--force"});
    CHECK(run.exitCode == 6);
    CHECK(contains(run.errors, "--exclude config "));
    CHECK(
        tool.run({"push", archive, destination.url(), "--force", "--exclude", "config"}).exitCode ==
        0);
  }
  SECTION("no content, so that files cannot be pushed either") {
    const std::string archive = partialArchive(tool, {"--exclude", "content"});
    const Tool::Run run = tool.run({"push", archive, destination.url(), "--force"});
    CHECK(run.exitCode == 6);
    CHECK(contains(run.errors, "--exclude content,files "));
    CHECK(tool.run({"push", archive, destination.url(), "--force", "--exclude", "content,files"})
              .exitCode == 0);
  }
}

TEST_CASE("a type that neither side has is a mistake of usage") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  const std::string option = GENERATE("--exclude-content-types", "--only-content-types");
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force", "--exclude",
                                  "files", option, "api::artcle.artcle"});
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, "api::artcle.artcle"));
  CHECK_FALSE(wasChanged(destination));
  TransferServer source(testing::sampleContent(), {});
  tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                    "STRAPI_TRANSFER_TO_TOKEN=testing-token"};
  CHECK(tool.run({"copy", source.adminUrl(), destination.url(), "--dry-run", "--exclude", "files",
                  option, "api::artcle.artcle"})
            .exitCode == 2);
  CHECK(tool.run({"copy", source.adminUrl(), destination.url(), "--dry-run", "--exclude", "files",
                  option, "api::article.article"})
            .exitCode == 0);
}

TEST_CASE("the plan counts links only where the selection takes all of them") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  const Tool::Run all = tool.run({"push", archive, destination.url(), "--dry-run", "--json"});
  REQUIRE(all.exitCode == 0);
  CHECK(planOf(all.output)["sends"]["links"]["count"].GetUint64() > 0);

  std::vector<std::string> some = {
      "push", archive, destination.url(), "--dry-run", "--exclude-content-types", "api::tag.tag"};
  const Tool::Run text = tool.run(some);
  CHECK(text.exitCode == 0);
  CHECK(contains(text.output, "and the links between these"));
  some.push_back("--json");
  const auto plan = planOf(tool.run(some).output);
  CHECK_FALSE(plan["sends"].HasMember("links"));
  CHECK(plan["sends"].HasMember("entities"));
}

TEST_CASE("a backup over something that exists is refused before anything else") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  const std::string backup = tool.folder / "kept.tar";
  std::ofstream(backup) << "precious";
  const Tool::Run run =
      tool.run({"push", archive, destination.url(), "--dry-run", "--backup", backup});
  CHECK(run.exitCode == 6);
  CHECK(contains(run.errors, "kept.tar exists"));
  CHECK_FALSE(contains(run.errors, "--force"));
  CHECK(destination.server().log().connections == 0);
  CHECK(std::filesystem::file_size(backup) == 8);
}
