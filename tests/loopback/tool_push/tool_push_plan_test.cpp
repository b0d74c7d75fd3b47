#include <rapidjson/document.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/push_server.hpp"
#include "support/tool_process.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferServer;

namespace {

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

// Gives the upload whose name begins so a name with blanks, everywhere in an export. Its new path.
std::filesystem::path withBlanks(const std::string& folder, const std::string& beginning) {
  const std::filesystem::path uploads = folder + "/assets/uploads";
  const std::filesystem::path metadata = folder + "/assets/metadata";
  std::filesystem::path old;
  for (const auto& file : std::filesystem::directory_iterator(uploads)) {
    const std::string name = file.path().filename().string();
    old = name.rfind(beginning, 0) == 0 ? file.path() : old;
  }
  const std::string stem = old.stem().string();
  std::string blank = stem;
  std::replace(blank.begin(), blank.end(), '_', ' ');
  const std::filesystem::path renamed = uploads / (blank + old.extension().string());
  const auto metadataOf = [&](const std::filesystem::path& file) {
    return metadata / (file.filename().string() + ".json");
  };
  std::filesystem::rename(old, renamed);
  std::filesystem::rename(metadataOf(old), metadataOf(renamed));
  std::vector<std::filesystem::path> texts = {metadataOf(renamed)};
  for (const auto& file : std::filesystem::directory_iterator(folder + "/entities")) {
    texts.push_back(file.path());
  }
  for (const std::filesystem::path& path : texts) {
    std::string text = readFile(path);
    for (std::size_t at = text.find(stem); at != std::string::npos; at = text.find(stem, at)) {
      text.replace(at, stem.size(), blank);
    }
    std::ofstream(path, std::ios::binary) << text;
  }
  return renamed;
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
  CHECK(contains(run.errors, "--exclude media-library leaves them as they are, and cuts "));
  CHECK(contains(run.errors, "--exclude files leaves the files, but takes their records "));
  CHECK(contains(run.errors, "--allow-empty"));
  CHECK_FALSE(wasReceived(destination.server(), "beforeTransfer"));

  CHECK(tool.run({"push", archive, destination.url(), "--force", "--exclude", "media-library"})
            .exitCode == 0);
  CHECK(tool.run({"push", archive, destination.url(), "--force", "--allow-empty"}).exitCode == 0);
  CHECK(destination.server().log().commits == 2);
}

TEST_CASE("relations that a selection severs are told before the push, and in its result") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  const std::vector<std::string> tags = {"push",        archive,   destination.url(),
                                         "--only",      "content", "--only-content-types",
                                         "api::tag.tag"};
  const auto with = [&tags](std::vector<std::string> more) {
    more.insert(more.begin(), tags.begin(), tags.end());
    return more;
  };
  const char* const severed = "api::article.article.tags -> api::tag.tag";
  const Tool::Run dry = tool.run(with({"--dry-run"}));
  CHECK(dry.exitCode == 0);
  CHECK(contains(dry.output, "warning:  links between the selected types and the others are cut"));
  CHECK(contains(dry.output, severed));
  CHECK(contains(dry.output, "add to the selection: api::article.article"));
  CHECK(contains(dry.output, "all records of 1 type\n"));
  CHECK(contains(dry.output,
                 "keeps:    files, configuration, webhooks, administrators with their roles and "
                 "permissions, API and transfer tokens\n"));
  CHECK(contains(
      tool.run({"push", archive, destination.url(), "--dry-run", "--only", "config"}).output,
      "keeps:    content, files, administrators"));

  const auto plan = planOf(tool.run(with({"--dry-run", "--json"})).output);
  REQUIRE(plan["severedRelations"].Size() >= 1);
  CHECK(std::string(plan["severedRelations"][0]["type"].GetString()) == "api::article.article");
  CHECK(std::string(plan["severedRelations"][0]["path"].GetString()) == "tags");
  CHECK(std::string(plan["severedRelations"][0]["other"].GetString()) == "api::tag.tag");
  CHECK_FALSE(wasReceived(destination.server(), "beforeTransfer"));

  const Tool::Run quiet = tool.run(with({"--force", "-q"}));
  CHECK(quiet.exitCode == 0);
  CHECK(contains(quiet.errors, std::string("            ") + severed));
  const Tool::Run events = tool.run(with({"--force", "-q", "--json"}));
  CHECK(events.exitCode == 0);
  CHECK(contains(events.output, severed));
}

TEST_CASE(
    "without the media library the links to files are severed, and --exclude files keeps them") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  const auto plan = [&](const char* excluded) {
    return tool.run({"push", archive, destination.url(), "--dry-run", "--exclude", excluded})
        .output;
  };
  CHECK(contains(plan("media-library"), " -> plugin::upload.file\n"));
  CHECK(contains(plan("media-library"), "--exclude files instead of media-library"));
  CHECK_FALSE(contains(plan("files"), "are cut"));
}

TEST_CASE("schema differences are told once, and not those of types that never transfer") {
  Tool tool;
  const std::string folder = sampleFolder(tool);
  PushServer destination(tool.folder);
  std::ofstream(folder + "/schemas/schemas_00001.jsonl", std::ios::app)
      << "\n"
      << R"({"uid":"admin::new","modelType":"contentType","attributes":{}})";
  const Tool::Run same = tool.run({"push", folder, destination.url(), "--dry-run"});
  INFO(same.errors);
  CHECK(same.exitCode == 0);
  std::ofstream(folder + "/schemas/schemas_00001.jsonl", std::ios::app)
      << "\n"
      << R"({"uid":"api::new.new","modelType":"contentType","attributes":{}})";
  const Tool::Run dry = tool.run({"push", folder, destination.url(), "--dry-run"});
  CHECK(dry.exitCode == 6);
  CHECK(contains(dry.output, "api::new.new"));
  CHECK_FALSE(contains(dry.errors, "api::new.new"));
  const Tool::Run quiet = tool.run({"push", folder, destination.url(), "-q"});
  CHECK(quiet.exitCode == 6);
  CHECK(contains(quiet.errors, "api::new.new"));
}

TEST_CASE("nor does one without the files' records delete these alone") {
  Tool tool;
  const std::string archive = partialArchive(tool, {"--exclude", "media-library"});
  PushServer destination(tool.folder);
  for (const char* excluded : {"files", "config,files"}) {
    const Tool::Run run =
        tool.run({"push", archive, destination.url(), "--force", "--exclude", excluded});
    CHECK(run.exitCode == 6);
    CHECK(contains(run.errors, "has no records of files"));
    CHECK(contains(run.errors, "--exclude media-library "));
  }
  CHECK_FALSE(wasReceived(destination.server(), "beforeTransfer"));
  CHECK(tool.run({"push", archive, destination.url(), "--force", "--exclude", "media-library"})
            .exitCode == 0);
}

TEST_CASE("nor does one without content or configuration") {
  Tool tool;
  PushServer destination(tool.folder);
  SECTION("no configuration") {
    const std::string archive = partialArchive(tool, {"--exclude", "config"});
    const Tool::Run run = tool.run({"push", archive, destination.url(), "--force"});
    CHECK(run.exitCode == 6);
    CHECK(contains(run.errors, "would delete that of "));
    CHECK(contains(run.errors, "--exclude config leaves it as it is; --allow-empty deletes it."));
    const Tool::Run tags = tool.run({"push", archive, destination.url(), "--force", "--exclude",
                                     "files", "--only-content-types", "api::tag.tag"});
    CHECK(tags.exitCode == 6);
    CHECK(contains(tags.errors, "--exclude config leaves it as it is; --allow-empty deletes it."));
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

TEST_CASE("the plan names the types that are deleted without a replacement") {
  Tool tool;
  const std::string archive = partialArchive(tool, {"--exclude-content-types", "api::tag.tag"});
  PushServer destination(tool.folder);
  const Tool::Run text = tool.run({"push", archive, destination.url(), "--dry-run"});
  CHECK(text.exitCode == 0);
  CHECK(contains(text.output, "api::tag.tag  (the archive has none)\n"));
  CHECK(contains(text.output, "api::article.article\n"));
  const auto plan =
      planOf(tool.run({"push", archive, destination.url(), "--dry-run", "--json"}).output);
  const auto& types = plan["emptiedTypes"];
  const auto isTag = [](const rapidjson::Value& type) {
    return std::string(type.GetString()) == "api::tag.tag";
  };
  CHECK(std::count_if(types.Begin(), types.End(), isTag) == 1);

  // Nothing but that type: all that is selected would be deleted.
  const Tool::Run tags = tool.run({"push", archive, destination.url(), "--force", "--only",
                                   "content", "--only-content-types", "api::tag.tag"});
  CHECK(tags.exitCode == 6);
  CHECK(contains(tags.errors, "has no content"));
  CHECK(contains(tags.errors, "--allow-empty"));
  CHECK(contains(tags.errors, "would delete that of "));
  CHECK(contains(tags.errors, "--allow-empty deletes it."));
  CHECK_FALSE(contains(tags.errors, "--exclude"));
  CHECK_FALSE(wasReceived(destination.server(), "beforeTransfer"));
}

TEST_CASE("the plan warns of files on shared storage, which a resized image never tells of") {
  Tool tool;
  PushServer destination(tool.folder);
  const std::string folder = sampleFolder(tool);
  const auto plan = [&] {
    return planOf(tool.run({"push", folder, destination.url(), "--dry-run", "--json"}).output);
  };
  CHECK(plan()["sharedStorage"].IsFalse());
  for (const auto& file : std::filesystem::directory_iterator(folder + "/assets/metadata")) {
    std::ifstream in(file.path());
    std::string json((std::istreambuf_iterator<char>(in)), {});
    const std::string local = R"("provider":"local")";
    if (const auto place = json.find(local); place != std::string::npos) {
      std::ofstream(file.path()) << json.replace(place, local.size(), R"("provider":"aws-s3")");
    }
  }
  CHECK(plan()["sharedStorage"].IsTrue());
  const Tool::Run text = tool.run({"push", folder, destination.url(), "--dry-run"});
  CHECK(contains(text.output, "on shared storage (aws-s3)"));
  CHECK(planOf(tool.run({"push", folder, destination.url(), "--dry-run", "--json", "--exclude",
                         "media-library"})
                   .output)["sharedStorage"]
            .IsFalse());
}

TEST_CASE("a record that no server takes is refused before anything is deleted") {
  Tool tool;
  PushServer destination(tool.folder);
  const std::string folder = sampleFolder(tool);
  std::ofstream(folder + "/configuration/configuration_00002.jsonl")
      << R"({"type":"core-store","value":{"key":"k","value":")" + std::string(100u << 20, 'x') +
             "\"}}";
  const Tool::Run run = tool.run({"push", folder, destination.url(), "--force"});
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "no server accepts more than 100 MiB"));
  CHECK_FALSE(wasReceived(destination.server(), "beforeTransfer"));
  CHECK(tool.run({"inspect", folder}).exitCode == 0);
}

TEST_CASE("the plan names files of another size than their metadata say") {
  Tool tool;
  PushServer destination(tool.folder);
  const std::string folder = sampleFolder(tool);
  std::vector<std::string> push = {"push", folder, destination.url(), "--dry-run"};
  CHECK_FALSE(contains(tool.run(push).output, "perhaps truncated"));
  std::string name;
  for (const auto& file : std::filesystem::directory_iterator(folder + "/assets/uploads")) {
    if (file.file_size() > 10'000) {
      name = file.path().filename().string();
      std::filesystem::resize_file(file.path(), 10);
      break;
    }
  }
  REQUIRE_FALSE(name.empty());
  CHECK(contains(tool.run(push).output, "assets/uploads/" + name + " has 10 bytes"));
  push.push_back("--json");
  const auto plan = planOf(tool.run(push).output);
  REQUIRE(plan["problems"].Size() == 1);
  CHECK(contains(plan["problems"][0].GetString(), name));
  // Who is asked nothing is told all the same.
  const Tool::Run run = tool.run({"push", folder, destination.url(), "--force"});
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, name + " has 10 bytes"));
  const Tool::Run quiet = tool.run({"push", folder, destination.url(), "--force", "-q"});
  CHECK(quiet.exitCode == 5);
  CHECK(contains(quiet.errors, name + " has 10 bytes"));
  CHECK(quiet.errors.find(name) == quiet.errors.rfind(name));
  CHECK(contains(quiet.errors, "The push was committed without that. If files are missing"));
  const Tool::Run converted = tool.run({"convert", folder, tool.folder / "converted.tar"});
  CHECK(converted.exitCode == 5);  // It announces what it lacks, as the other.
  CHECK(contains(converted.errors, "warning: assets/uploads/" + name + " has 10 bytes"));
}

TEST_CASE("what is lost hides nothing of a file whose name begins with the same word") {
  Tool tool;
  PushServer destination(tool.folder);
  const std::string folder = sampleFolder(tool);
  const std::filesystem::path lost = withBlanks(folder, "file_8_");
  const std::filesystem::path larger = withBlanks(folder, "file_7_");
  std::filesystem::resize_file(lost, 10);
  std::filesystem::resize_file(larger, 100'000);
  const Tool::Run run = tool.run({"push", folder, destination.url(), "--force", "-q"});
  INFO(run.errors);
  CHECK(run.exitCode == 5);
  const std::string lostName = lost.filename().string();
  CHECK(contains(run.errors, lostName + " has 10 bytes"));
  CHECK(run.errors.find(lostName) == run.errors.rfind(lostName));
  CHECK(contains(run.errors, larger.filename().string() + " has 100000 bytes"));
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
  CHECK_FALSE(wasReceived(destination.server(), "beforeTransfer"));
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
  CHECK(contains(text.output, "sends:    these, with the links between these\n"));
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
