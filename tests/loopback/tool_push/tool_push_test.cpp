#include <rapidjson/document.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/push_server.hpp"
#include "support/tool_process.hpp"
#include "wsferry/archive/archive_inspection.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferFaults;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

rapidjson::Document lastEventOf(const std::string& output) {
  std::istringstream lines(output);
  std::string last;
  for (std::string line; std::getline(lines, line);) {
    last = line;
  }
  rapidjson::Document event;
  event.Parse<rapidjson::kParseIterativeFlag>(last.data(), last.size());
  INFO(last);
  REQUIRE_FALSE(event.HasParseError());
  REQUIRE(event.IsObject());
  return event;
}

}  // namespace

TEST_CASE("a push makes the destination equal to the archive") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force"});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(contains(run.output, "| Total"));
  CHECK(contains(run.output, "files verified"));
  CHECK(contains(run.errors, "deletes: "));
  CHECK(destination.server().log().commits == 1);
  CHECK(destination.server().log().rollbacks == 0);
  CHECK(tool.run({"verify", destination.result()}).exitCode == 0);
  const Tool::Run same = tool.run({"diff", archive, destination.url()});
  INFO(same.output + same.errors);
  CHECK(same.exitCode == 0);
  CHECK(contains(same.output, "equal"));
}

TEST_CASE("a file that is damaged ends a push before the server is reached") {
  Tool tool;
  const std::string format = GENERATE("tar", "dir");
  const std::string archive = tool.folder / (format == "tar" ? "x.tar" : "x");
  const std::string packed = sampleArchive(tool.folder);
  REQUIRE(tool.run({"convert", packed, archive, "--format", format}).exitCode == 0);
  damageFile(archive);
  PushServer destination(tool.folder);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force"});
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "is damaged or was changed"));
  CHECK(destination.server().log().received.empty());
  CHECK_FALSE(std::filesystem::exists(destination.result()));
}

TEST_CASE("without a terminal and --force nothing is pushed") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  const Tool::Run run = tool.run({"push", archive, destination.url()});
  CHECK(run.exitCode == 6);
  CHECK(contains(run.errors, "--force"));
  CHECK_FALSE(wasReceived(destination.server(), "beforeTransfer"));
  CHECK_FALSE(std::filesystem::exists(destination.result()));
}

TEST_CASE("a dry run shows the plan and changes nothing") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--dry-run"});
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, "deletes: "));
  CHECK(contains(run.output, "api::article.article"));
  CHECK(contains(run.output, "| Total"));
  CHECK_FALSE(contains(run.output, "admin::"));
  CHECK_FALSE(wasReceived(destination.server(), "beforeTransfer"));

  const Tool::Run content = tool.run({"push", archive, destination.url(), "--dry-run", "--only",
                                      "content", "--only-content-types", "api::tag.tag", "--json"});
  CHECK(content.exitCode == 0);
  const auto plan = lastEventOf(content.output);
  CHECK(std::string(plan["event"].GetString()) == "plan");
  REQUIRE(plan["deletes"]["types"].Size() == 1);
  CHECK(std::string(plan["deletes"]["types"][0].GetString()) == "api::tag.tag");
  CHECK(plan["deletes"]["files"].IsFalse());
  CHECK(plan["deletes"]["configuration"].IsFalse());
}

TEST_CASE("files without their records are refused before anything is deleted") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  const Tool::Run run =
      tool.run({"push", archive, destination.url(), "--force", "--only", "files"});
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, "plugin::upload.file"));
  CHECK_FALSE(wasReceived(destination.server(), "beforeTransfer"));
}

TEST_CASE("a token of type Pull, or none that is known, is exit code 3") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  const std::string wrong = GENERATE("testing-pull-token", "no-such-token");
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force", "--token", wrong});
  CHECK(run.exitCode == 3);
  CHECK_FALSE(contains(run.errors, wrong));
  CHECK(contains(run.errors, "was not changed"));
  CHECK(destination.server().log().received.empty());
}

TEST_CASE("versions that differ are exit code 6, unless the strategy accepts them") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.strapiVersion = "5.53.1";
  PushServer destination(tool.folder, options);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force"});
  CHECK(run.exitCode == 6);
  CHECK(contains(run.errors, "5.53.1"));
  CHECK(contains(run.errors, "--version-strategy major or ignore "));
  CHECK_FALSE(wasReceived(destination.server(), "beforeTransfer"));
  CHECK(tool.run({"push", archive, destination.url(), "--force", "--version-strategy", "major"})
            .exitCode == 0);
}

TEST_CASE("damaged archives are exit code 5 before the server is reached") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  std::filesystem::resize_file(archive, std::filesystem::file_size(archive) / 2);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force"});
  CHECK(run.exitCode == 5);
  CHECK_FALSE(contains(run.errors, "destination"));
  CHECK(destination.server().log().received.empty());
}

TEST_CASE("a refused record is exit code 1, rolled back, and the report says so") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.faults.kind = TransferFaults::Kind::refuseRecord;
  options.faults.step = strapi::TransferStage::links;
  PushServer destination(tool.folder, options);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force", "--json"});
  CHECK(run.exitCode == 1);
  const auto result = lastEventOf(run.output);
  CHECK(std::string(result["stage"].GetString()) == "links");
  CHECK(std::string(result["destination"]["files"].GetString()) == "replaced");
  CHECK(contains(run.errors, "upload files were not rolled back"));
  CHECK(contains(run.errors, "`wsferry push --force BACKUP '"));
  CHECK(destination.server().log().commits == 0);
  CHECK_FALSE(std::filesystem::exists(destination.result()));
}

TEST_CASE("what restores a destination from its backup is told with the options that it takes") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.faults.kind = TransferFaults::Kind::refuseRecord;
  options.faults.step = strapi::TransferStage::links;
  PushServer destination(tool.folder, options);
  const std::string backup = tool.folder / "backup.tar.gz";
  const Tool::Run run =
      tool.run({"push", archive, destination.url(), "--force", "--backup", backup});
  CHECK(run.exitCode == 1);
  // There is no terminal, and the backup has all of what a push replaces.
  CHECK(contains(run.errors,
                 "`wsferry push --force '" + backup + "' '" + destination.url() + "'`.\n"));
}

TEST_CASE("fewer stored than sent is exit code 5 and rolled back") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.faults.kind = TransferFaults::Kind::fewerFinished;
  options.faults.step = strapi::TransferStage::entities;
  PushServer destination(tool.folder, options);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force"});
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "the server said that it rolled back"));
  CHECK(contains(run.errors, "public/uploads_backup_"));
  CHECK(destination.server().log().rollbacks == 1);
}

TEST_CASE("a dropped connection is exit code 4, and the rollback is not claimed to be known") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.faults.kind = TransferFaults::Kind::reset;
  options.faults.step = strapi::TransferStage::entities;
  PushServer destination(tool.folder, options);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force"});
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "should be as it was before"));
  CHECK(destination.server().log().commits == 0);
}

TEST_CASE("a commit that is not answered leaves the database uncertain") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.faults.kind = TransferFaults::Kind::reset;
  options.faults.action = strapi::TransferAction::close;
  PushServer destination(tool.folder, options);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force"});
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "may be the old or the new one"));
}

TEST_CASE("a failed push says what became of files on remote storage") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.remoteStorage = GENERATE(false, true);
  options.faults.kind = TransferFaults::Kind::reset;
  options.faults.step = strapi::TransferStage::assets;
  PushServer destination(tool.folder, options);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force"});
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "If the server has stopped, its log says why"));
  CHECK(contains(run.errors, "the old ones are deleted from its remote storage") ==
        options.remoteStorage);
  CHECK(contains(run.errors, "moving public/uploads_backup_") != options.remoteStorage);
  CHECK(contains(run.errors, "No later push removes public/uploads_backup_") !=
        options.remoteStorage);
  CHECK_FALSE(contains(run.errors, "(deleted, if"));
}

TEST_CASE("a signal in the middle of a push rolls back and is exit code 130") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.faults.answerDelay = Duration(100);
  PushServer destination(tool.folder, options);
  ChildProcess child = tool.start({"push", archive, destination.url(), "--force", "--json"});
  while (!contains(child.readLine(), "\"entities\",\"state\":\"started\"")) {
  }
  child.send(SIGINT);
  const auto result = lastEventOf(child.readAll());
  CHECK(child.wait() == 130);
  CHECK(result["exitCode"].GetInt() == 130);
  CHECK(std::string(result["destination"]["database"].GetString()) == "rolledBack");
  CHECK(destination.server().log().rollbacks == 1);
  CHECK(destination.server().log().commits == 0);
}

TEST_CASE("a second signal waits for no slow connection, and the state is told") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  ChildProcess child =
      tool.start({"push", archive, destination.url(), "--force", "--json", "--limit-rate", "20K"});
  while (!contains(child.readLine(), "\"entities\",\"state\":\"started\"")) {
  }
  child.send(SIGINT);
  child.send(SIGTERM);
  const auto result = lastEventOf(child.readAll());
  CHECK(child.wait() == 130);
  CHECK(result["exitCode"].GetInt() == 130);
  // It did not wait for the server's word.
  CHECK(std::string(result["destination"]["database"].GetString()) == "rollbackExpected");
}

TEST_CASE("a backup comes first, and its failure stops the push") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  const std::string backup = tool.folder / "before.tar.gz";
  const Tool::Run run =
      tool.run({"push", archive, destination.url(), "--force", "--backup", backup});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(archive::verifyArchive(backup).problems.empty());

  const Tool::Run events = tool.run({"push", archive, destination.url(), "--force", "--json",
                                     "--backup", tool.folder / "events.tar", "--files", "socket"});
  const std::string pulled = events.output.substr(events.output.find(R"("event":"backup")"));
  CHECK(contains(pulled.substr(0, pulled.find('\n')), R"("checksums":true)"));
  CHECK_FALSE(contains(pulled.substr(0, pulled.find('\n')), R"("bytesReceived":0,)"));

  const Tool::Run again =
      tool.run({"push", archive, destination.url(), "--force", "--backup", backup});
  CHECK(again.exitCode == 6);
  CHECK(destination.server().log().commits == 2);

  const Tool::Run pushOnly = tool.run({"push", archive, destination.url(), "--force", "--backup",
                                       tool.folder / "other.tar", "--token", "testing-push-token"});
  CHECK(pushOnly.exitCode == 3);
  CHECK(contains(pushOnly.errors,
                 "The backup failed, and nothing was changed: --backup needs a token of type Full "
                 "access."));
  CHECK_FALSE(contains(pushOnly.errors, "create one of type"));
  CHECK(destination.server().log().commits == 2);
}

TEST_CASE("a backup of a series that lost content is marked, and a whole one is not") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  const bool isWhole = GENERATE(true, false);
  TransferServerOptions options;
  if (!isWhole) {
    options.gaps.unreadableTypes = {"api::article.article"};
  }
  PushServer destination(tool.folder, options);
  std::filesystem::create_directory(tool.folder / "backups");
  const Tool::Run run =
      tool.run({"push", archive, destination.url(), "--force", "--allow-incomplete", "--backup",
                tool.folder / "backups/b_{date}.tar"});
  INFO(run.errors);
  CHECK(run.exitCode == (isWhole ? 0 : 5));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(tool.folder / "backups")) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  REQUIRE(names.size() == (isWhole ? 1 : 2));
  CHECK((isWhole || names[0] == "." + names[1] + ".incomplete"));
}

TEST_CASE("a copy goes from server to server") {
  Tool tool;
  TransferServer source(testing::sampleContent(), {});
  PushServer destination(tool.folder);
  tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                    "STRAPI_TRANSFER_TO_TOKEN=testing-token",
                    "STRAPI_TRANSFER_TOKEN=testing-token"};
  const Tool::Run run = tool.run({"copy", source.adminUrl(), destination.url(), "--force"});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(destination.server().log().commits == 1);
  CHECK(tool.run({"diff", sampleArchive(tool.folder), destination.url()}).exitCode == 0);

  const Tool::Run itself =
      tool.run({"copy", source.adminUrl(), source.adminUrl() + "/", "--force"});
  CHECK(itself.exitCode == 2);
  CHECK(tool.run({"copy", source.adminUrl(), destination.url()}).exitCode == 6);
}

TEST_CASE("a dry run finds out that there can be no backup") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  const PushServer destination(tool.folder);
  const std::string backup = tool.folder / "before.tar";
  const auto dryRun = [&] {
    return tool.run({"push", archive, destination.url(), "--dry-run", "--backup", backup});
  };
  CHECK(dryRun().exitCode == 0);
  tool.variables = {"STRAPI_TRANSFER_TOKEN=testing-push-token"};
  const Tool::Run pushOnly = dryRun();
  INFO(pushOnly.errors);
  CHECK(pushOnly.exitCode == 3);
  CHECK(contains(pushOnly.errors, "nothing was changed: --backup needs a token of type Full"));
  CHECK_FALSE(std::filesystem::exists(backup));
  CHECK_FALSE(wasReceived(destination.server(), "beforeTransfer"));
}
