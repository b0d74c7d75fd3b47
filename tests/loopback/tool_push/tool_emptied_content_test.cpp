#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/push_server.hpp"
#include "support/tool_process.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

std::vector<std::string> operator+(std::vector<std::string> first,
                                   const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

const std::vector<std::string> articlesAndTags = {"--only", "content", "--only-content-types",
                                                  "api::article.*,api::tag.tag"};

/// A copy into a server with a little content.
struct Copy {
  Tool tool;
  std::unique_ptr<TransferServer> source;
  std::unique_ptr<TransferServer> destination;
  std::string toToken = "testing-token";

  static testing::SampleContentOptions small() {
    testing::SampleContentOptions options;
    options.articles = 3;
    options.authors = 2;
    options.tags = 1;
    options.images = 1;
    return options;
  }

  Tool::Run run(const testing::SampleContentOptions& from, const testing::SampleContentOptions& to,
                const std::vector<std::string>& more = {}) {
    TransferServerOptions accepting;
    accepting.pushTarget.emplace();
    accepting.pushTarget->path = tool.folder / "pushed.tar";
    accepting.pushTarget->overwrite = true;
    source =
        std::make_unique<TransferServer>(testing::sampleContent(from), TransferServerOptions());
    destination = std::make_unique<TransferServer>(testing::sampleContent(to), accepting);
    tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-pull-token",
                      "STRAPI_TRANSFER_TO_TOKEN=" + toToken};
    return tool.run(
        std::vector<std::string>{"copy", source->adminUrl(), destination->adminUrl(), "--force"} +
        more);
  }
};

}  // namespace

TEST_CASE("a partial archive does not delete the types that it does not have") {
  Tool tool;
  const std::string archive = partialArchive(tool, articlesAndTags);
  PushServer destination(tool.folder);
  const std::vector<std::string> push = {"push", archive, destination.url(), "--force"};
  const auto selection = GENERATE(std::vector<std::string>{},
                                  std::vector<std::string>{"--exclude", "media-library,config"});
  const Tool::Run refused = tool.run(push + selection + std::vector<std::string>{"-q"});
  INFO(refused.errors);
  CHECK(refused.exitCode == 6);
  CHECK(contains(refused.errors, "it has no plugin::i18n.locale, plugin::users-permissions.role"));
  CHECK(contains(refused.errors, "of which the archive has none: api::author.author, "));
  CHECK(contains(refused.errors,
                 ": --only content --only-content-types api::article.article,api::tag.tag; "));
  CHECK(contains(refused.errors, "--allow-empty deletes them."));
  CHECK(destination.server().log().commits == 0);

  // The advice as it can be pasted, behind what was typed.
  const Tool::Run advised =
      tool.run(push + selection +
               std::vector<std::string>{"--only", "content", "--only-content-types",
                                        "api::article.article,api::tag.tag"});
  INFO(advised.errors);
  CHECK(advised.exitCode == 0);
  CHECK_FALSE(contains(advised.errors, "of which the archive has none"));
  CHECK(destination.server().log().commits == 1);
}

TEST_CASE("types that are deleted and not replaced are told, quiet or not") {
  Tool tool;
  const std::string told =
      "all records (1 there) of 1 type, of which the archive has none, are deleted: api::tag.tag. "
      "To leave "
      "them alone: --exclude-content-types api::tag.tag";
  SECTION("of a backup in which a type happens to be empty, and goes on") {
    const std::string archive = partialArchive(tool, {"--exclude-content-types", "api::tag.tag"});
    const auto push = [&](const std::vector<std::string>& more) {
      const PushServer destination(tool.folder);
      const Tool::Run run =
          tool.run(std::vector<std::string>{"push", archive, destination.url(), "--force"} + more);
      CHECK(run.exitCode == 0);
      return run;
    };
    CHECK(contains(push({}).errors, "warning:  " + told + "\n"));
    CHECK(contains(push({"-q"}).errors, "warning:  " + told + "\n"));
    CHECK(contains(push({"-q", "--json"}).output,
                   R"({"event":"diagnostic","kind":"warning","message":")" + told + "\"}"));
    CHECK(contains(push({"--json"}).output, R"("emptiedTypes":["api::tag.tag"])"));
    push({"--exclude-content-types", "api::tag.tag"});
  }
  PushServer destination(tool.folder);
  SECTION("not where the destination has none either") {
    const std::string archive = partialArchive(tool, {"--exclude-content-types", "api::tag.tag"});
    const std::vector<std::string> push = {"push", archive, destination.url(), "--force"};
    REQUIRE(tool.run(push).exitCode == 0);
    CHECK_FALSE(contains(tool.run(push).errors, "of which the archive has none"));
    // Of one that cannot be read nobody knows.
    tool.variables = {"STRAPI_TRANSFER_TOKEN=testing-push-token"};
    CHECK(contains(tool.run(push).errors,
                   "all records of 1 type, of which the archive has none, are deleted: api::tag"));
  }
  SECTION("of a partial archive that is to delete them") {
    const std::string archive = partialArchive(tool, articlesAndTags);
    const Tool::Run run = tool.run({"push", archive, destination.url(), "--force", "-q",
                                    "--allow-empty", "--exclude", "media-library,config"});
    CHECK(run.exitCode == 0);
    CHECK(contains(run.errors, " there) of 4 types, of which the archive has none"));
  }
  SECTION("not where all are replaced") {
    const std::string archive = sampleArchive(tool.folder);
    CHECK_FALSE(contains(tool.run({"push", archive, destination.url(), "--force"}).errors,
                         "of which the archive has none"));
  }
}

TEST_CASE("only what the archive has is advised to keep links") {
  Tool tool;
  const std::string archive = partialArchive(tool, articlesAndTags);
  PushServer destination(tool.folder);
  const Tool::Run dry = tool.run({"push", archive, destination.url(), "--dry-run", "--only",
                                  "content", "--only-content-types", "api::article.article"});
  CHECK(dry.exitCode == 0);
  CHECK(contains(dry.output, "to keep these, add to the selection: api::tag.tag\n"));
  CHECK(contains(dry.output,
                 "cannot be kept with this archive: it has no api::author.author, "
                 "plugin::upload.file\n"));
  const Tool::Run files = tool.run({"push", archive, destination.url(), "--dry-run", "--exclude",
                                    "media-library,config", "--allow-empty"});
  CHECK_FALSE(contains(files.output, "--exclude files instead of media-library"));
}

TEST_CASE("an archive without anything of the project's own types has no content") {
  Tool tool;
  const std::string archive = partialArchive(tool, {"--exclude-content-types", "api::*"});
  PushServer destination(tool.folder);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force"});
  CHECK(run.exitCode == 6);
  CHECK(contains(run.errors, "has no content of the project's own types"));
  CHECK(destination.server().log().commits == 0);
}

TEST_CASE("an archive that lost its links does not delete those of the destination") {
  Tool tool;
  const std::string archive = tool.folder / "export";
  REQUIRE(tool.run({"convert", sampleArchive(tool.folder), archive, "--format", "dir"}).exitCode ==
          0);
  std::filesystem::remove_all(archive + "/links");
  std::filesystem::remove_all(archive + "/checksums");
  PushServer destination(tool.folder);
  std::vector<std::string> push = {"push", archive, destination.url(), "--force"};
  const Tool::Run refused = tool.run(push);
  INFO(refused.errors);
  CHECK(refused.exitCode == 6);
  CHECK(contains(refused.errors, "the archive has no links, and this would delete those of "));
  CHECK(contains(refused.errors, "without a replacement. --allow-empty deletes them."));
  CHECK(destination.server().log().commits == 0);
  push.emplace_back("--allow-empty");
  const Tool::Run allowed = tool.run(push);
  CHECK(allowed.exitCode == 0);
  CHECK(contains(allowed.errors, "warning:  the archive has no links; "));
  CHECK(destination.server().log().commits == 1);
}

TEST_CASE("an archive of types that are not related needs no links") {
  Tool tool;
  const std::string archive = tool.folder / "tags.tar";
  REQUIRE(tool.run({"convert", sampleArchive(tool.folder), archive, "--only-content-types",
                    "api::tag.tag", "--only", "content"})
              .exitCode == 0);
  PushServer destination(tool.folder);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--force", "--only",
                                  "content", "--only-content-types", "api::tag.tag"});
  INFO(run.errors);
  CHECK(run.exitCode == 0);
}

TEST_CASE_METHOD(Copy, "a server that was only started is not copied over one with content") {
  testing::SampleContentOptions nothing;
  nothing.articles = nothing.authors = nothing.tags = nothing.images = 0;
  if (GENERATE(false, true)) {
    toToken = "testing-push-token";
  }
  const Tool::Run refused = run(nothing, small(), {"-q"});
  INFO(refused.errors);
  CHECK(refused.exitCode == 6);
  CHECK(contains(refused.errors, "the source has no content of the project's own types"));
  CHECK(contains(refused.errors, " and no files"));
  CHECK(contains(refused.errors, "--allow-empty"));
  CHECK(destination->log().commits == 0);
  CHECK(contains(run(nothing, small(), {"--dry-run", "--json"}).output,
                 R"("emptied":["entities","assets"])"));

  const Tool::Run allowed = run(nothing, small(), {"-q", "--allow-empty"});
  CHECK(allowed.exitCode == 0);
  CHECK(contains(allowed.errors, "warning:  all records"));
  CHECK(contains(allowed.errors, "(9 there) of 4 types, of which the source has none") ==
        (toToken == "testing-token"));
  CHECK(destination->log().commits == 1);
}

TEST_CASE_METHOD(Copy, "what the source has none of is told where the destination has some") {
  testing::SampleContentOptions noTags = small();
  noTags.tags = 0;
  const std::string told = "of 1 type, of which the source has none, are deleted: api::tag.tag";
  SECTION("it has") {
    const Tool::Run quiet = run(noTags, small(), {"-q"});
    INFO(quiet.errors);
    CHECK(quiet.exitCode == 0);
    CHECK(contains(quiet.errors, "warning:  all records (1 there) " + told));
    CHECK(contains(run(noTags, small(), {"--dry-run", "--json"}).output,
                   R"("emptiedTypes":["api::tag.tag"])"));
  }
  SECTION("it has none either") {
    testing::SampleContentOptions to = noTags;
    to.articles = 5;
    const Tool::Run same = run(noTags, to);
    CHECK(same.exitCode == 0);
    CHECK_FALSE(contains(same.errors, "of which the source has none"));
  }
  SECTION("it may have, and cannot be read") {
    toToken = "testing-push-token";
    testing::SampleContentOptions to = noTags;
    to.articles = 5;
    const Tool::Run unread = run(noTags, to, {"-q"});
    CHECK(unread.exitCode == 0);
    CHECK(contains(unread.errors, "warning:  all records " + told));
  }
}

TEST_CASE_METHOD(Copy, "two servers without files are copied") {
  testing::SampleContentOptions noFiles = small();
  noFiles.images = 0;
  testing::SampleContentOptions to = noFiles;
  to.articles = 5;
  CHECK(run(noFiles, to).exitCode == 0);
  CHECK(run(noFiles, small()).exitCode == 6);
  toToken = "testing-push-token";
  const Tool::Run unread = run(noFiles, to);
  CHECK(unread.exitCode == 6);
  CHECK(contains(unread.errors, "the source has no files"));
}

TEST_CASE_METHOD(Copy, "the plan of a copy counts the source's records") {
  testing::SampleContentOptions to = small();
  to.articles = 5;
  const Tool::Run dry = run(small(), to, {"--dry-run"});
  CHECK(dry.exitCode == 0);
  CHECK(contains(dry.output, "| -- api::article.article"));
  const Tool::Run events = run(small(), to, {"--dry-run", "--json"});
  CHECK(contains(events.output, R"("sends":{"entities":{"count":)"));
  CHECK(contains(events.output, R"("configuration":{"count":4,)"));
}

TEST_CASE("a partial archive without files and configuration is told to delete these, too") {
  Tool tool;
  const std::string archive =
      partialArchive(tool, {"--only", "content", "--exclude-content-types", "plugin::i18n.locale"});
  PushServer destination(tool.folder);
  const std::vector<std::string> push = {"push", archive, destination.url(), "--force", "-q"};
  const Tool::Run refused = tool.run(push);
  INFO(refused.errors);
  CHECK(refused.exitCode == 6);
  CHECK(contains(refused.errors, "of which the archive has none: plugin::i18n.locale"));
  CHECK(contains(refused.errors,
                 "Besides, of what is selected the archive has no files and no "
                 "configuration, and this would delete those of "));
  const std::string advice = "--exclude files,config --exclude-content-types plugin::i18n.locale; ";
  CHECK(contains(refused.errors, advice));
  CHECK(destination.server().log().commits == 0);
  const Tool::Run advised =
      tool.run(push + std::vector<std::string>{"--exclude", "files,config",
                                               "--exclude-content-types", "plugin::i18n.locale"});
  INFO(advised.errors);
  CHECK(advised.exitCode == 0);
  CHECK(destination.server().log().commits == 1);
}
