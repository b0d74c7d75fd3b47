#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/push_server.hpp"
#include "support/tool_process.hpp"
#include "wsferry/archive/archive_inspection.hpp"

using namespace support;
using namespace wsferry;
using strapi::TransferStage;
using testing::TransferServer;

namespace {

using Arguments = std::vector<std::string>;

Arguments joined(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// Every command that selects, as far as it gets before its options.
struct Commands {
  Tool tool;
  TransferServer source{testing::sampleContent(), {}};
  std::string archive = sampleArchive(tool.folder);
  std::string output = tool.folder / "out.tar";
  PushServer destination{tool.folder};

  std::vector<Arguments> all() const {
    return {{"pull", source.adminUrl(), "-o", output},
            {"convert", archive, output},
            {"diff", archive, archive},
            {"diff", archive, source.adminUrl()},
            {"push", archive, destination.url(), "--force", "--exclude", "files"}};
  }
};

}  // namespace

TEST_CASE_METHOD(Commands,
                 "a name that stands for no type is exit code 2, with those that may be meant") {
  struct Case {
    std::string option;
    std::string name;
    std::string answer;
  };
  const auto example = GENERATE(values<Case>({
      {"--only-content-types", "api::artcle.article", "Did you mean api::article.article?"},
      {"--exclude-content-types", "api::tags.tag", "Did you mean api::tag.tag?"},
      {"--only-content-types", "article", "article: No type has this uid. Did you mean api::ar"},
      {"--exclude-content-types", "upload.file", "Did you mean plugin::upload.file?"},
      {"--exclude-content-types", "api::nope-*", "No type matches this pattern"},
      {"--only-content-types", "shared.seo", "a component"},
      {"--exclude-content-types", "shared.seo", "a component"},
      {"--only-content-types", "admin::user", "never leave their server"},
  }));
  for (const Arguments& command : all()) {
    const Tool::Run run = tool.run(joined(command, {example.option, example.name}));
    INFO(command.front() << ": " << run.errors);
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, example.name));
    CHECK(contains(run.errors, example.answer));
    CHECK_FALSE(std::filesystem::exists(output));
  }
  CHECK(destination.server().log().commits == 0);
}

TEST_CASE_METHOD(Commands, "a selection of nothing is exit code 2 in every command") {
  for (const Arguments& command : all()) {
    const Tool::Run run = tool.run(joined(command, {"--only", "config", "--exclude", "config"}));
    INFO(command.front() << ": " << run.errors);
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, "leaves nothing"));
  }
}

TEST_CASE_METHOD(Commands, "patterns select, and what follows a blank is not lost") {
  REQUIRE(tool.run({"pull", source.adminUrl(), "-o", output, "--only", "content, files",
                    "--only-content-types", "api::a*, api::tag.tag"})
              .exitCode == 0);
  const auto summary = archive::inspectArchive(output);
  CHECK(summary.entitiesByType.size() == 3);
  CHECK(summary.entitiesByType.count("api::article.article") == 1);
  CHECK(summary.entitiesByType.count("api::author.author") == 1);
  CHECK(summary.entitiesByType.count("api::tag.tag") == 1);
  CHECK(summary.totals.count(TransferStage::assets) == 1);

  const Tool::Run pushed = tool.run({"push", archive, destination.url(), "--force",
                                     "--only-content-types", "api::t*", "--only", "content"});
  INFO(pushed.errors);
  REQUIRE(pushed.exitCode == 0);
  CHECK(contains(pushed.output, "api::tag.tag"));
  CHECK_FALSE(contains(pushed.output, "api::author.author"));
}

TEST_CASE_METHOD(Commands, "a type that one of two contents lacks can be named to compare them") {
  const std::string without = tool.folder / "without";
  REQUIRE(tool.run({"convert", archive, without, "--format", "dir", "--exclude-content-types",
                    "api::tag.tag"})
              .exitCode == 0);
  // As on a server whose project has no such type yet.
  std::filesystem::remove_all(without + "/checksums");
  const std::string schemas = without + "/schemas/schemas_00001.jsonl";
  std::ifstream in(schemas);
  std::string kept;
  for (std::string line; std::getline(in, line);) {
    kept += contains(line, R"("uid":"api::tag.tag")") ? "" : line + "\n";
  }
  std::ofstream(schemas) << kept;
  const Arguments selection = {"--only-content-types", "api::tag.tag", "--only", "content"};
  CHECK(tool.run(joined({"diff", without, archive}, selection)).exitCode == 7);
  CHECK(tool.run(joined({"diff", archive, without}, selection)).exitCode == 7);
  CHECK(tool.run(joined({"diff", without, source.adminUrl()}, selection)).exitCode == 7);
  CHECK(tool.run(joined({"diff", archive, source.adminUrl()}, selection)).exitCode == 0);
  const Tool::Run neither =
      tool.run({"diff", without, without, "--only-content-types", "api::tag.tag"});
  CHECK(neither.exitCode == 2);
}
