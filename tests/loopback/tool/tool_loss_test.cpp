#include <rapidjson/document.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/push_server.hpp"
#include "support/tool/changed_content.hpp"
#include "support/tool_process.hpp"
#include "wsferry/archive/archive_inspection.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

const std::string article = "api::article.article";
const std::string locked = "database is locked";

/// Of a project whose articles have no author.
class WithoutAuthors final : public ChangedContent {
 public:
  std::vector<strapi::Schema> schemas() const override {
    std::vector<strapi::Schema> schemas = ChangedContent::schemas();
    for (strapi::Schema& schema : schemas) {
      const auto place = schema.json.find("\"author\":{");
      if (schema.uid == article && place != std::string::npos) {
        schema.json.replace(place, 8, "\"writer\"");
      }
    }
    return schemas;
  }
};

/// All tags are deleted, and a link of a file to one of them is left over.
class LeftOverLink : public ChangedContent {
 public:
  explicit LeftOverLink(bool hasConfiguration) : hasConfiguration_(hasConfiguration) {}

  NextRecord records(strapi::TransferStage stage) const override {
    if (stage == strapi::TransferStage::configuration && !hasConfiguration_) {
      return [] { return std::string(); };
    }
    bool isFirst = stage == strapi::TransferStage::links;
    return [isFirst, next = ChangedContent::records(stage)]() mutable {
      if (std::exchange(isFirst, false)) {
        return std::string(
            R"({"kind":"relation.morph","relation":"morphToMany","left":{"type":"plugin::upload.file","ref":1,"field":"related","pos":1},"right":{"type":"api::tag.tag","ref":999,"field":"icon","pos":1}})");
      }
      std::string record = next();
      while (contains(record, "api::tag.tag")) {
        record = next();
      }
      return record;
    };
  }

 private:
  const bool hasConfiguration_;
};

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

TEST_CASE("a copy from a server that cannot read a type changes nothing") {
  const TransferServer source = serverWithout({article});
  Tool tool;
  tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                    "STRAPI_TRANSFER_TO_TOKEN=testing-token"};
  PushServer destination(tool.folder);
  const Tool::Run run = tool.run({"copy", source.adminUrl(), destination.url(), "--force", "-q",
                                  "--exclude", "media-library,config"});
  INFO(run.errors);
  CHECK(run.exitCode == 1);
  CHECK(contains(run.errors, article));
  CHECK(contains(run.errors, locked));
  CHECK(contains(run.errors, "The destination was not changed"));
  CHECK(destination.server().log().commits == 0);
  CHECK(destination.server().log().rollbacks == 0);
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

TEST_CASE("files of records that an old server does not send tell of a lock, not of lost files") {
  TransferServer server = serverWithout({"plugin::upload.file"}, true);
  Tool tool;
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", tool.folder / "x.tar", "-q"});
  INFO(run.errors);
  CHECK(run.exitCode == 1);
  CHECK(contains(run.errors, "plugin::upload.file"));
  CHECK(contains(run.errors, "--allow-incomplete"));
  CHECK(contains(run.errors, "A lock on the server's database"));
  CHECK_FALSE(contains(run.errors, "--exclude files"));
  CHECK(tool.folder.names().empty());
}

TEST_CASE("an old server that leaves a type out without a word is found out by the links to it") {
  TransferServer server = serverWithout({"api::author.author"}, true);
  Tool tool;
  const std::string file = tool.folder / "x.tar";
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", file, "-q"});
  INFO(run.errors);
  CHECK(run.exitCode == 1);
  CHECK(contains(run.errors, "api::author.author"));
  CHECK(contains(run.errors, "--allow-incomplete"));
  CHECK(tool.folder.names().empty());

  const Tool::Run allowed =
      tool.run({"pull", server.adminUrl(), "-o", file, "-q", "--allow-incomplete"});
  CHECK(allowed.exitCode == 5);
  CHECK(contains(allowed.errors, "api::author.author"));
  CHECK(contains(allowed.errors, "links lead to"));

  PushServer destination(tool.folder);
  tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                    "STRAPI_TRANSFER_TO_TOKEN=testing-token"};
  const Tool::Run copy = tool.run({"copy", server.adminUrl(), destination.url(), "--force", "-q",
                                   "--version-strategy", "ignore"});
  INFO(copy.errors);
  CHECK(copy.exitCode == 1);
  CHECK(contains(copy.errors, "api::author.author"));
  CHECK(destination.server().log().commits == 0);
}

TEST_CASE("links that can be left over end no pull, and nothing is replaced in spite of them") {
  TransferServerOptions options;
  options.legacy = true;
  const TransferServer server(std::make_shared<LeftOverLink>(false), options);
  Tool tool;
  const std::string file = tool.folder / "x.tar";
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", file, "--json", "-q"});
  INFO(run.output + run.errors);
  CHECK(run.exitCode == 5);
  const auto problems = archive::verifyArchive(file).problems;
  REQUIRE(problems.size() == 1);
  CHECK(contains(problems[0], "the run that made the archive reported 1 loss"));
  const auto result = eventOf(run.output, "result");
  CHECK_FALSE(result["ok"].GetBool());
  REQUIRE(result["lost"].Size() == 1);
  CHECK(result["lost"][0]["kind"].GetString() == std::string("suspectedType"));
  CHECK(contains(result["lost"][0]["examples"][0].GetString(), "api::tag.tag (links such as"));
  CHECK(tool.run({"pull", server.adminUrl(), "-o", tool.folder / "y.tar", "-q",
                  "--exclude-content-types", "api::tag.tag"})
            .exitCode == 0);

  SECTION("a copy is rolled back") {
    PushServer destination(tool.folder);
    tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                      "STRAPI_TRANSFER_TO_TOKEN=testing-token"};
    const std::vector<std::string> copy = {
        "copy",   server.adminUrl(), destination.url(), "--force", "-q", "--version-strategy",
        "ignore", "--exclude",       "files,config"};
    const Tool::Run copied = tool.run(copy);
    INFO(copied.errors);
    CHECK(copied.exitCode == 1);
    CHECK(contains(copied.errors, "api::tag.tag"));
    CHECK(contains(copied.errors, "--exclude-content-types"));
    CHECK(destination.server().log().commits == 0);
    CHECK(destination.server().log().rollbacks == 1);
    std::vector<std::string> allowed = copy;
    allowed.push_back("--allow-incomplete");
    CHECK(tool.run(allowed).exitCode == 5);
    CHECK(destination.server().log().commits == 1);
  }
  SECTION("a push whose backup may lack something changes nothing") {
    options.pushTarget.emplace();
    options.pushTarget->path = tool.folder / "pushed.tar";
    const TransferServer destination(std::make_shared<LeftOverLink>(true), options);
    const Tool::Run pushed =
        tool.run({"push", file, destination.adminUrl(), "--force", "-q", "--allow-empty",
                  "--version-strategy", "ignore", "--backup", tool.folder / "before.tar"});
    INFO(pushed.errors);
    CHECK(pushed.exitCode == 1);
    CHECK(contains(pushed.errors, "nothing was changed"));
    CHECK_FALSE(std::filesystem::exists(tool.folder / "before.tar"));
    CHECK_FALSE(wasReceived(destination, "beforeTransfer"));
  }
  SECTION("and a comparison does not call it equal") {
    CHECK(tool.run({"diff", file, server.adminUrl()}).exitCode == 1);
  }
}

namespace {

/// The first image of the sample content, and its thumbnail.
std::pair<std::string, std::string> firstImage() {
  const auto assets = testing::sampleContent()->assets();
  return {assets.at(0).filename, assets.at(1).filename};
}

TransferServer serverWithGaps(testing::Gaps gaps, bool legacy = false) {
  TransferServerOptions options;
  options.gaps = std::move(gaps);
  options.legacy = legacy;
  return TransferServer(testing::sampleContent(), std::move(options));
}

}  // namespace

TEST_CASE("files that a server has lost are counted with their formats, and are no success") {
  const auto [original, thumbnail] = firstImage();
  testing::Gaps gaps;
  gaps.missingFiles = {original};
  TransferServer server = serverWithGaps(gaps);
  Tool tool;
  const std::string file = tool.folder / "x.tar";
  // By HTTP the formats are there.
  const std::vector<std::string> pull = {"pull", server.adminUrl(), "-o",
                                         file,   "--files",         "socket"};
  const auto pulled = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = pull;
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tool.run(arguments);
  };
  const Tool::Run run = pulled({"-q"});
  INFO(run.errors);
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "2 files"));
  CHECK(contains(run.errors, original + " of plugin::upload.file 1"));
  CHECK(contains(run.errors, thumbnail));
  CHECK(std::filesystem::exists(file));

  const Tool::Run json = pulled({"--force", "--json", "-q"});
  CHECK(json.exitCode == 5);
  const auto result = eventOf(json.output, "result");
  REQUIRE(result["lost"].Size() == 1);
  CHECK(result["lost"][0]["kind"].GetString() == std::string("missingFile"));
  CHECK(result["lost"][0]["count"].GetUint() == 2);
  CHECK_FALSE(result["lost"][0]["accepted"].GetBool());

  const Tool::Run allowed = pulled({"--force", "--allow-missing-files", "--json"});
  CHECK(allowed.exitCode == 0);
  const auto accepted = eventOf(allowed.output, "result");
  CHECK(accepted["ok"].GetBool());
  CHECK(accepted["lost"][0]["accepted"].GetBool());

  // What is made of it, or compared with it, is not whole either.
  const std::string again = tool.folder / "y.tar";
  const Tool::Run converted = tool.run({"convert", file, again, "-q"});
  INFO(converted.errors);
  CHECK(converted.exitCode == 5);
  CHECK(contains(converted.errors, original + " of plugin::upload.file 1"));
  CHECK(tool.run({"verify", again}).exitCode == 5);
  CHECK(tool.run({"convert", file, again, "--force", "--allow-missing-files"}).exitCode == 0);
  CHECK(tool.run({"verify", again, "--allow-missing-files"}).exitCode == 0);
  CHECK(tool.run({"convert", file, again, "--force", "--exclude", "files"}).exitCode == 6);
  CHECK(tool.run({"convert", file, tool.folder / "z.tar", "--exclude", "files"}).exitCode == 0);
  const Tool::Run compared = tool.run({"diff", file, server.adminUrl(), "--files", "socket"});
  INFO(compared.errors);
  CHECK(compared.exitCode == 0);
  CHECK(contains(compared.errors, file + ": assets/uploads/" + original + " is missing"));
  CHECK(contains(compared.errors, "admin: 2 files that records name"));
  CHECK(
      tool.run({"pull", server.adminUrl(), "-o", tool.folder / "w.tar", "--exclude", "files", "-q"})
          .exitCode == 0);
}

TEST_CASE("files that are shorter than their records say are no success in any command") {
  Tool tool;
  const std::string folder = sampleFolder(tool);
  const std::string name = firstImage().first;
  std::filesystem::resize_file(folder + "/assets/uploads/" + name, 100);
  const auto expectShort = [&](std::vector<std::string> arguments) {
    const Tool::Run run = tool.run(arguments);
    INFO(run.output + run.errors);
    CHECK(run.exitCode == 5);
    CHECK(contains(run.output + run.errors, name + " has 100 bytes"));
    arguments.push_back("--allow-missing-files");
    CHECK(tool.run(arguments).exitCode == 0);
  };
  expectShort({"verify", folder});
  expectShort({"convert", folder, tool.folder / "y.tar", "--force", "-q"});
  expectShort({"convert", folder, tool.folder / "y.tar", "--force", "--json"});

  PushServer destination(tool.folder);
  expectShort({"push", folder, destination.url(), "--force", "--json"});

  TransferServer source(testing::archiveContent(folder), {});
  expectShort({"pull", source.adminUrl(), "-o", tool.folder / "z.tar", "--force", "-q"});
  tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                    "STRAPI_TRANSFER_TO_TOKEN=testing-token"};
  expectShort({"copy", source.adminUrl(), destination.url(), "--force", "--force-same", "-q"});
}

TEST_CASE("a file that a server cannot reach is named where the stage breaks off") {
  const auto [original, thumbnail] = firstImage();
  testing::Gaps gaps;
  Tool tool;
  const std::string file = tool.folder / "x.tar";
  SECTION("with the reason that it gives") {
    gaps.unreachableFile = thumbnail;
    TransferServer server = serverWithGaps(gaps);
    const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", file, "-q"});
    INFO(run.errors);
    CHECK(run.exitCode == 1);
    CHECK(contains(run.errors, thumbnail));
    CHECK(contains(run.errors, "status code 404"));
    CHECK(contains(run.errors, "--exclude files"));
    CHECK(tool.run({"pull", server.adminUrl(), "-o", file, "--exclude", "files", "-q"}).exitCode ==
          0);
  }
  SECTION("and by an old server that gives none") {
    gaps.missingFiles = {original};
    TransferServer server = serverWithGaps(gaps, true);
    const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", file, "-q"});
    INFO(run.errors);
    CHECK(run.exitCode == 1);
    CHECK(contains(run.errors, original));
    CHECK(contains(run.errors, "--exclude files"));
  }
}

TEST_CASE("links that the destination skips are counted, and are no success") {
  struct Case {
    unsigned links;
    bool legacy;
  };
  const auto [links, legacy] = GENERATE(Case{3, false}, Case{25, false}, Case{12, true});
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.gaps.skippedLinks = links;
  options.legacy = legacy;
  options.strapiVersion = legacy ? "4.26.2" : "";
  PushServer destination(tool.folder, options);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force", "--json", "-q",
                                  "--version-strategy", "ignore"});
  INFO(run.output + run.errors);
  CHECK(run.exitCode == 5);
  CHECK(destination.server().log().commits == 1);
  const auto result = eventOf(run.output, "result");
  REQUIRE(result["lost"].Size() == 1);
  CHECK(result["lost"][0]["kind"].GetString() == std::string("skippedLink"));
  CHECK(result["lost"][0]["count"].GetUint() == links);

  const Tool::Run text = tool.run(
      {"push", archive, destination.url(), "--force", "-q", "--version-strategy", "ignore"});
  CHECK(text.exitCode == 5);
  CHECK(contains(text.errors, std::to_string(links) + " links that the destination did not store"));
}

TEST_CASE("links of a relation that the destination lacks are not sent, and counted as left out") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.pushTarget.emplace();
  options.pushTarget->path = tool.folder / "pushed.tar";
  options.pushTarget->format.compressed = false;
  TransferServer destination(std::make_shared<WithoutAuthors>(), options);
  const Tool::Run run = tool.run({"push", archive, destination.adminUrl(), "--force", "--json"});
  INFO(run.output + run.errors);
  CHECK(run.exitCode == 0);  // It was in the plan.
  const auto result = eventOf(run.output, "result");
  const unsigned articles = testing::SampleContentOptions().articles;
  CHECK(result["stages"]["links"]["unknown"].GetUint() == articles);
  CHECK(result["lost"].Size() == 0);
  CHECK_FALSE(wasReceived(destination, R"("field":"author")"));
}

TEST_CASE("what lacks something does not replace an earlier archive, but stands beside it") {
  const TransferServer whole(testing::sampleContent());
  testing::Gaps gaps;
  gaps.missingFiles = {firstImage().first};
  const TransferServer lacking = serverWithGaps(gaps);
  Tool tool;
  struct Case {
    std::string name;
    std::string beside;
    std::string format;
  };
  const auto made = GENERATE(values<Case>(
      {{"x.tar.gz", "x.incomplete.tar.gz", "tar"},
       {"x.tar", "x.incomplete.tar", "tar"},
       {"x", "x.incomplete", "dir"},
       {std::string(243, 'x') + ".tar.gz", std::string(237, 'x') + ".incomplete.tar.gz", "tar"}}));
  const std::string beside = tool.folder / made.beside;
  const std::string target = tool.folder / made.name;
  const auto show = [&](const TransferServer& server, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"pull",      server.adminUrl(), "-o",
                                          target,      "--force",         "--format",
                                          made.format, "--files",         "socket"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tool.run(arguments);
  };
  const auto pull = [&](const TransferServer& server, std::vector<std::string> more) {
    more.emplace_back("-q");
    return show(server, more);
  };
  REQUIRE(pull(whole, {}).exitCode == 0);
  const std::string digest = archive::verifyArchive(target).digest;

  const Tool::Run run = pull(lacking, {});
  INFO(run.errors);
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, target + " is still the earlier archive"));
  CHECK(contains(run.errors, beside));
  CHECK(archive::verifyArchive(target).digest == digest);
  CHECK_FALSE(archive::verifyArchive(beside).problems.empty());
  CHECK(tool.folder.names() == std::set<std::string>{made.name, made.beside});

  CHECK(eventOf(pull(lacking, {"--json"}).output, "result")["archive"].GetString() == beside);
  const Tool::Run converted =
      tool.run({"convert", beside, target, "--force", "--format", made.format, "-q"});
  CHECK(converted.exitCode == 5);
  CHECK(contains(converted.errors, target + " is still the earlier archive"));
  if (made.name.size() < 100) {
    CHECK(tool.folder.names().count("." + made.beside + ".incomplete") == 1);
  }
  CHECK(archive::verifyArchive(target).digest == digest);

  CHECK(pull(lacking, {"--allow-missing-files"}).exitCode == 0);
  CHECK(archive::verifyArchive(target).digest != digest);
  CHECK(std::filesystem::exists(beside));

  const Tool::Run selected = pull(whole, {"--exclude-content-types", "api::tag.tag"});
  CHECK(selected.exitCode == 6);  // The archive there holds more.
  CHECK(std::filesystem::exists(beside));
  if (made.format == "dir") {
    writeFile(beside + "/notes.txt", "precious");
    CHECK(contains(show(whole, {}).errors, beside + " stays"));
    CHECK(readFile(beside + "/notes.txt") == "precious");
    std::filesystem::remove(beside + "/notes.txt");
  }
  CHECK(pull(whole, {}).exitCode == 0);
  CHECK(tool.folder.names() == std::set<std::string>{made.name});
  // Somebody else's, of that name.
  writeFile(beside, "precious");
  const Tool::Run again = show(whole, {});
  CHECK(again.exitCode == 0);
  CHECK(contains(again.errors, beside + " stays"));
  CHECK(readFile(beside) == "precious");
  std::filesystem::remove(beside);
  std::filesystem::remove_all(target);
  CHECK(pull(lacking, {}).exitCode == 5);  // Nothing is there to be kept.
  CHECK(archive::inspectArchive(target).entitiesByType.count(article) == 1);
}
