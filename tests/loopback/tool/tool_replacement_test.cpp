// What --force replaces: never an archive by one that has less.
#include <ctime>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "archive/check/whole_end.hpp"
#include "catch.hpp"
#include "support/contains.hpp"
#include "support/file_bytes.hpp"
#include "support/tool/changed_content.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

/// A name of today, as {date} makes it.
std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[16];
  std::strftime(text, sizeof text, "%Y%m%d", std::gmtime(&now));
  return text;
}

TransferServerOptions withoutPicture() {
  TransferServerOptions options;
  options.gaps.missingFiles = {testing::sampleContent()->assets().front().filename};
  return options;
}

/// What a Strapi with an empty database has all the same.
class WithoutOwnTypes final : public ChangedContent {
 public:
  NextRecord records(strapi::TransferStage stage) const override {
    return [next = ChangedContent::records(stage)] {
      std::string record = next();
      while (contains(record, R"("type":"api::)")) {
        record = next();
      }
      return record;
    };
  }
};

class WithoutTags final : public ChangedContent {
 public:
  NextRecord records(strapi::TransferStage stage) const override {
    return [next = ChangedContent::records(stage)] {
      std::string record = next();
      while (contains(record, "api::tag.tag")) {
        record = next();
      }
      return record;
    };
  }
};

class WithShortPicture final : public ChangedContent {
 public:
  std::vector<strapi::AssetInfo> assets() const override {
    auto assets = ChangedContent::assets();
    assets.front().size = 5;
    return assets;
  }
  NextBytes assetBytes(std::size_t index) const override {
    NextBytes next = ChangedContent::assetBytes(index);
    return index != 0 ? next : [next] { return next().substr(0, 5); };
  }
};

}  // namespace

TEST_CASE("an archive of a selection replaces none that holds more") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string name = GENERATE("x.tar", "x-{date}.tar.gz", "x-{date}");
  std::vector<std::string> pull = {"pull", server.adminUrl(), "-q", "-o", tool.folder / name};
  if (name == "x-{date}") {
    pull.insert(pull.end(), {"--format", "dir"});
  }
  const bool prunes = name != "x.tar" && GENERATE(false, true);
  if (prunes) {
    pull.insert(pull.end(), {"--keep-last", "1"});
  }
  REQUIRE(tool.run(pull).exitCode == 0);
  const std::set<std::string> names = tool.folder.names();
  REQUIRE(names.size() == 1);
  const std::string archive = tool.folder / *names.begin();
  std::vector<std::string> verify = {"verify", archive};
  const std::string before = tool.run(verify).output;

  pull.insert(pull.end(), {"--force", "--exclude", "files"});
  const Tool::Run run = tool.run(pull);
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 6);
  CHECK(contains(run.errors, archive + " holds assets, which this selection leaves out"));
  if (prunes) {
    pull.push_back("--dry-run");
    CHECK(tool.run(pull).exitCode == 6);
  }
  CHECK(tool.run(verify).output == before);
  CHECK(tool.folder.names() == names);
}

TEST_CASE("an archive of a selection replaces one of the same selection") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::vector<std::string> pull = {"pull",  server.adminUrl(), "-q", "--exclude",
                                         "files", "--force",         "-o", tool.folder / "x.tar"};
  CHECK(tool.run(pull).exitCode == 0);
  CHECK(tool.run(pull).exitCode == 0);
  writeFile(tool.folder / "x.tar", "no archive, as far as can be seen");
  CHECK(tool.run(pull).exitCode == 6);
}

TEST_CASE("what convert makes of a selection replaces none that holds more") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string whole = tool.folder / "whole.tar";
  const std::string target = tool.folder / "target.tar.gz.enc";
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", whole}).exitCode == 0);
  REQUIRE(tool.run({"convert", whole, target, "-q", "--encrypt", "--output-key", "a"}).exitCode ==
          0);
  const std::string before = readFile(target);
  std::vector<std::string> convert = {"convert", whole,    target,  "-q",
                                      "--force", "--only", "config"};
  // Where that is another one, nobody knows what the archive holds.
  const std::string key = GENERATE("a", "b");
  convert.insert(convert.end(), {"--encrypt", "--output-key", key});
  const Tool::Run run = tool.run(convert);
  INFO(run.errors);
  CHECK(run.exitCode == 6);
  CHECK(contains(run.errors, key == "a" ? "this selection leaves out" : "may hold more"));
  CHECK(readFile(target) == before);
}

TEST_CASE("accepted losses replace no archive of a series, and only an accepted one without date") {
  const bool hasDate = GENERATE(true, false);
  Tool tool;
  const std::string target = tool.folder / (hasDate ? "x-" + today() + ".tar" : "x.tar");
  {
    const TransferServer server(testing::sampleContent());
    REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", target}).exitCode == 0);
  }
  const std::string before = readFile(target);
  const TransferServer server(testing::sampleContent(), withoutPicture());
  const std::vector<std::string> pull = {"pull",    server.adminUrl(),      "-q", "-o", target,
                                         "--force", "--allow-missing-files"};
  const Tool::Run run = tool.run(pull);
  INFO(run.output << run.errors);
  CHECK(run.exitCode == (hasDate ? 5 : 0));
  CHECK((readFile(target) == before) == hasDate);
  CHECK(contains(run.errors, "is still the earlier archive") == hasDate);
  if (hasDate) {
    // One that has lost something by its own word is no loss.
    std::filesystem::rename(tool.folder / ("x-" + today() + ".incomplete.tar"), target);
    const std::string lacking = readFile(target);
    const Tool::Run again = tool.run(pull);
    CHECK(again.exitCode == 0);
    CHECK_FALSE(contains(again.errors, "is still the earlier archive"));
    CHECK(readFile(target) != lacking);
  }
}

TEST_CASE("an archive that lost files takes no place of a whole one, whoever moved its mark") {
  const TransferServer server(testing::sampleContent(), withoutPicture());
  const TransferServer whole(testing::sampleContent());
  const std::string ending = GENERATE("tar", "tar.gz", "tar.gz.enc", "dir");
  Tool tool;
  const std::string pattern =
      tool.folder / ("x-{date}-{time}" + (ending == "dir" ? "" : "." + ending));
  std::vector<std::string> options = {"-q", "-o", pattern};
  if (ending == "dir") {
    options.insert(options.end(), {"--format", "dir"});
  } else if (ending == "tar.gz.enc") {
    options.insert(options.end(), {"--encrypt", "-k", "secret"});
  }
  const auto pull = [&](const TransferServer& from, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"pull", from.adminUrl()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    Tool::Run run = tool.run(arguments);
    for (int i = 0; i < 1'000 && run.exitCode == 6; ++i) {  // Names of one second are one name.
      run = tool.run(arguments);
    }
    INFO(run.output << run.errors);
    CHECK(run.exitCode == 0);
    return run;
  };
  pull(whole, {});
  const std::set<std::string> first = tool.folder.names();
  REQUIRE(first.size() == 1);
  pull(server, {"--allow-missing-files"});
  const Tool::Run run = pull(whole, {"--keep-last", "2"});
  CHECK(contains(run.errors, "the run that made it lost content"));
  CHECK(tool.folder.names().count(*first.begin()) == 1);
}

TEST_CASE(
    "a selection replaces nothing that cannot be read, and of what is damaged only the rest") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string target = tool.folder / "x.tar";
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", target}).exitCode == 0);
  std::filesystem::resize_file(target, std::filesystem::file_size(target) - 3'000);
  const Tool::Run run =
      tool.run({"pull", server.adminUrl(), "-q", "-o", target, "--force", "--only", "config"});
  CHECK(run.exitCode == 6);
  CHECK(contains(run.errors, "which this selection leaves out"));
}

TEST_CASE("what is converted of an archive that lost content says so at its end") {
  Tool tool;
  const std::string input = tool.folder / "x.tar";
  const TransferServer server(testing::sampleContent(), withoutPicture());
  const std::vector<std::string> pull = {"pull", server.adminUrl(),      "-q", "--force", "-o",
                                         input,  "--allow-missing-files"};
  REQUIRE(tool.run(pull).exitCode == 0);
  const std::string output = tool.folder / "y.tar.gz";
  const std::vector<std::string> convert = {"convert", input,     output,
                                            "-q",      "--force", "--allow-missing-files"};
  REQUIRE(tool.run(convert).exitCode == 0);
  const auto end = archive::readWholeEnd(output, "");
  REQUIRE(end);
  CHECK(end->losses.count > 0);
  CHECK(end->losses.areFiles());
  // Every night, as the pull does.
  REQUIRE(tool.run(convert).exitCode == 0);
  CHECK(tool.folder.names() == std::set<std::string>{"x.tar", "y.tar.gz"});

  CHECK(tool.run({"verify", output, "--allow-missing-files", "-q"}).exitCode == 0);

  // Who leaves files out misses none.
  CHECK(tool.run({"convert", input, tool.folder / "z.tar", "-q", "--exclude", "files"}).exitCode ==
        0);
  CHECK(tool.run({"verify", tool.folder / "z.tar", "-q"}).exitCode == 0);

  // Of what is only marked nobody knows that it has lost anything.
  const std::string whole = tool.folder / "whole.tar";
  const TransferServer other(testing::sampleContent());
  REQUIRE(tool.run({"pull", other.adminUrl(), "-q", "-o", whole}).exitCode == 0);
  writeFile(tool.folder / ".whole.tar.incomplete", "");
  const std::string made = tool.folder / "made.tar";
  CHECK(tool.run({"convert", whole, made, "-q"}).exitCode == 0);
  CHECK(tool.run({"verify", made, "-q"}).exitCode == 0);
  CHECK(tool.folder.names().count(".made.tar.incomplete") == 1);
}

TEST_CASE("convert keeps what it reads, whatever its name is") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string input = tool.folder / "x.incomplete.tar";
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", input}).exitCode == 0);
  const std::string before = readFile(input);
  CHECK(tool.run({"convert", input, tool.folder / "x.tar", "-q"}).exitCode == 0);
  CHECK(readFile(input) == before);
}

TEST_CASE("accepted losses replace no archive that has files by one that has none") {
  Tool tool;
  const std::string target = tool.folder / "x.tar.gz";
  TransferServerOptions some = withoutPicture();
  TransferServerOptions all;
  for (const auto& file : testing::sampleContent()->assets()) {
    all.gaps.missingFiles.push_back(file.filename);
  }
  const TransferServer whole(testing::sampleContent());
  const TransferServer lacking(testing::sampleContent(), some);
  const TransferServer emptied(testing::sampleContent(), all);
  const auto pull = [&](const TransferServer& server) {
    return tool.run(
        {"pull", server.adminUrl(), "-q", "-o", target, "--force", "--allow-missing-files"});
  };
  // Also of a whole one, where no file is left at all.
  REQUIRE(pull(GENERATE(true, false) ? whole : lacking).exitCode == 0);
  const std::string before = readFile(target);
  const Tool::Run run = pull(emptied);
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 5);
  CHECK(readFile(target) == before);
  CHECK(contains(run.errors, "is still the earlier archive"));
  CHECK(tool.run({"verify", tool.folder / "x.incomplete.tar.gz", "-q"}).exitCode == 5);

  // A whole one replaces all of them.
  REQUIRE(pull(whole).exitCode == 0);
  CHECK(tool.folder.names() == std::set<std::string>{"x.tar.gz"});
}

TEST_CASE("convert replaces no archive that holds more than what it makes, whoever left that out") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string whole = tool.folder / "whole.tar";
  const std::string part = tool.folder / "part.tar";
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", whole}).exitCode == 0);
  const auto selected = GENERATE(values<std::vector<std::string>>(
      {{"--exclude", "files"}, {"--only-content-types", "api::tag.tag"}}));
  std::vector<std::string> pull = {"pull", server.adminUrl(), "-q", "-o", part};
  pull.insert(pull.end(), selected.begin(), selected.end());
  REQUIRE(tool.run(pull).exitCode == 0);
  const std::string before = readFile(whole);
  const Tool::Run run = tool.run({"convert", part, whole, "-q", "--force"});
  CHECK(run.exitCode == 6);
  CHECK(contains(run.errors, "of which the archive to convert has none"));
  CHECK(readFile(whole) == before);
  CHECK(tool.run({"convert", whole, part, "-q", "--force"}).exitCode == 0);
}

TEST_CASE("what a server could not read is missed by what is converted, which does not show it") {
  TransferServerOptions options;
  options.gaps.unreadableTypes = {"api::article.article"};
  const TransferServer server(testing::sampleContent(), options);
  Tool tool;
  const std::string input = tool.folder / "x.tar";
  const std::string output = tool.folder / "y.tar";
  CHECK(tool.run({"pull", server.adminUrl(), "-q", "-o", input, "--allow-incomplete"}).exitCode ==
        5);
  CHECK(tool.run({"verify", input, "-q", "--allow-missing-files"}).exitCode == 5);
  CHECK(tool.run({"convert", input, output, "-q", "--allow-missing-files"}).exitCode == 5);
  CHECK(tool.run({"verify", output, "-q", "--allow-missing-files"}).exitCode == 5);
  const std::string told = "the run that made the archive reported ";
  CHECK(contains(tool.run({"inspect", input}).output, told));
  CHECK(contains(tool.run({"diff", input, output, "-q"}).errors, input + ": " + told));
}

TEST_CASE("what a server that came up empty has replaces no archive with content") {
  testing::SampleContentOptions empty;
  empty.images = 0;
  const TransferServer full(testing::sampleContent());
  const TransferServer emptied(testing::sampleContent(empty));
  Tool tool;
  const std::string target = tool.folder / "x.tar.gz";
  const auto pull = [&](const TransferServer& server) {
    return tool.run({"pull", server.adminUrl(), "-q", "-o", target, "--force"});
  };
  REQUIRE(pull(full).exitCode == 0);
  const std::string before = readFile(target);
  const Tool::Run run = pull(emptied);
  INFO(run.errors);
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "because the new one has no assets"));
  CHECK(contains(run.errors, "If that is right, remove the earlier archive"));
  CHECK(readFile(target) == before);
  CHECK(tool.folder.names() == std::set<std::string>{"x.tar.gz", "x.incomplete.tar.gz"});

  std::filesystem::remove(target);
  CHECK(pull(emptied).exitCode == 0);
  CHECK(pull(emptied).exitCode == 0);
}

TEST_CASE("what has no content of the project's own types replaces none that has some") {
  const TransferServer full(testing::sampleContent());
  const TransferServer emptied(std::make_shared<WithoutOwnTypes>());
  Tool tool;
  const std::string target = tool.folder / "x.tar.gz";
  const auto pull = [&](const TransferServer& server) {
    return tool.run(
        {"pull", server.adminUrl(), "-q", "-o", target, "--force", "--exclude", "files"});
  };
  REQUIRE(pull(full).exitCode == 0);
  const std::string before = readFile(target);
  const Tool::Run run = pull(emptied);
  INFO(run.errors);
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "the new one has no content of the project's own types (api::)"));
  CHECK(readFile(target) == before);
  std::filesystem::remove(target);
  CHECK(pull(emptied).exitCode == 0);
  CHECK(pull(emptied).exitCode == 0);
}

TEST_CASE("an empty stage replaces no content, whatever else the earlier archive is") {
  testing::SampleContentOptions empty;
  empty.images = 0;
  const TransferServer full(testing::sampleContent(), withoutPicture());
  const TransferServer emptied(testing::sampleContent(empty));
  Tool tool;
  const std::string target = tool.folder / "x.tar.gz";
  const auto pull = [&](const TransferServer& server, const std::string& path) {
    return tool.run(
        {"pull", server.adminUrl(), "-q", "-o", path, "--force", "--allow-missing-files"});
  };
  REQUIRE(pull(full, target).exitCode == 0);
  const std::string what = GENERATE("lossy", "marked", "cut off", "damaged", "of another key");
  INFO(what);
  std::string bytes = readFile(target);
  if (what == "marked") {
    writeFile(tool.folder / ".x.tar.gz.incomplete", "");
  } else if (what == "cut off") {
    bytes.resize(bytes.size() * 2 / 3);
  } else if (what == "damaged") {
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  } else if (what == "of another key") {
    const std::string encrypted = tool.folder / "y.tar.gz.enc";
    REQUIRE(tool.run({"convert", target, encrypted, "-q", "--allow-missing-files", "--encrypt",
                      "--output-key", "b"})
                .exitCode == 0);
    bytes = readFile(encrypted);
  }
  writeFile(target, bytes);
  const Tool::Run run = pull(emptied, target);
  INFO(run.errors);
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "because the new one has no assets"));
  CHECK(readFile(target) == bytes);
  CHECK(pull(full, target).exitCode == 0);  // What has all stages replaces it.
  CHECK(readFile(target) != bytes);
}

TEST_CASE("an archive that is marked loses nothing to a selection") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string target = tool.folder / ("x-" + today() + ".tar");
  const auto pull = [&](const std::vector<std::string>& selection) {
    std::vector<std::string> arguments = {"pull", server.adminUrl(), "-q", "-o", target, "--force"};
    arguments.insert(arguments.end(), selection.begin(), selection.end());
    return tool.run(arguments).exitCode;
  };
  REQUIRE(pull({"--exclude", "config"}) == 0);
  REQUIRE(tool.folder.names().count(".x-" + today() + ".tar.incomplete") == 1);
  const std::string before = readFile(target);
  CHECK(pull({"--only", "config"}) == 6);
  CHECK(readFile(target) == before);
  const std::string whole = tool.folder / "whole.tar";
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", whole}).exitCode == 0);
  CHECK(tool.run({"convert", whole, target, "-q", "--force", "--only", "config"}).exitCode == 6);
  CHECK(readFile(target) == before);
  CHECK(pull({"--exclude", "config"}) == 0);
  CHECK(pull({}) == 0);
}

TEST_CASE("of two archives that have lost as much, the one with the file that is lost now stays") {
  const auto content = testing::sampleContent();
  TransferServerOptions other;
  other.gaps.missingFiles = {content->assets()[3].filename};
  const TransferServer first(content, withoutPicture());
  const TransferServer second(content, other);
  Tool tool;
  const std::string target = tool.folder / "x.tar";
  const auto pull = [&](const TransferServer& server) {
    return tool.run({"pull", server.adminUrl(), "-q", "-o", target, "--force"});
  };
  REQUIRE(pull(first).exitCode == 5);
  const std::string before = readFile(target);
  REQUIRE(pull(second).exitCode == 5);
  CHECK(readFile(target) == before);
  CHECK(tool.folder.names() == std::set<std::string>{"x.tar", "x.incomplete.tar"});
  std::filesystem::remove(tool.folder / "x.incomplete.tar");
  CHECK(pull(first).exitCode == 5);
  CHECK(tool.folder.names() == std::set<std::string>{"x.tar"});
}

TEST_CASE("an archive that has lost as much stays if it has records, or bytes, that are lost now") {
  TransferServerOptions withoutTags;
  withoutTags.gaps.unreadableTypes = {"api::tag.tag"};
  TransferServerOptions withoutArticles;
  withoutArticles.gaps.unreadableTypes = {"api::article.article"};
  const auto content = testing::sampleContent();
  TransferServerOptions withoutAnother;
  withoutAnother.gaps.missingFiles = {content->assets()[3].filename};
  const TransferServer tagsLost(content, withoutTags);
  const TransferServer articlesLost(content, withoutArticles);
  const TransferServer fileLost(content, withoutAnother);
  const TransferServer fileShort(std::make_shared<WithShortPicture>());
  Tool tool;
  const std::string target = tool.folder / "x.tar";
  const auto pull = [&](const TransferServer& server) {
    return tool
        .run({"pull", server.adminUrl(), "-q", "-o", target, "--force", "--allow-incomplete"})
        .exitCode;
  };
  const auto [first, second] =
      GENERATE_REF(values<std::pair<const TransferServer*, const TransferServer*>>(
          {{&tagsLost, &articlesLost}, {&fileLost, &articlesLost}, {&fileLost, &fileShort}}));
  REQUIRE(pull(*first) == 5);
  const std::string before = readFile(target);
  REQUIRE(pull(*second) == 5);
  CHECK(readFile(target) == before);
  CHECK(tool.folder.names() == std::set<std::string>{"x.tar", "x.incomplete.tar"});
  std::filesystem::remove(target);
  std::filesystem::remove(tool.folder / "x.incomplete.tar");
  CHECK(pull(*second) == 5);
  CHECK(pull(*second) == 5);
  CHECK(tool.folder.names() == std::set<std::string>{"x.tar"});
}

TEST_CASE("an archive beside another one stays if only that has the records that are lost now") {
  const auto content = testing::sampleContent();
  TransferServerOptions withoutTags;
  withoutTags.gaps.unreadableTypes = {"api::tag.tag"};
  const TransferServer whole(content);
  const TransferServer lossy(content, withoutPicture());
  const TransferServer tagsLost(content, withoutTags);
  Tool tool;
  const std::string target = tool.folder / "x.tar";
  const std::string aside = tool.folder / "x.incomplete.tar";
  const auto pull = [&](const TransferServer& server) {
    return tool.run(
        {"pull", server.adminUrl(), "-q", "-o", target, "--force", "--allow-incomplete"});
  };
  REQUIRE(pull(whole).exitCode == 0);
  REQUIRE(pull(lossy).exitCode == 5);
  const std::string before = readFile(aside);
  const bool isCutOff = GENERATE(false, true);
  if (isCutOff) {
    std::filesystem::resize_file(target, 3'000);
  }
  const Tool::Run run = pull(tagsLost);
  INFO(run.errors);
  CHECK(run.exitCode == (isCutOff ? 6 : 5));
  CHECK((readFile(aside) == before) == isCutOff);
  CHECK(contains(run.errors, "has no records of api::tag.tag, so it replaces") == isCutOff);
  std::filesystem::resize_file(aside, 3'000);  // What cannot be read blocks nothing.
  CHECK(pull(tagsLost).exitCode == 5);
  CHECK(readFile(aside).size() > 3'000);
}

TEST_CASE("an archive that stands beside another one gives way to none with an empty stage") {
  testing::SampleContentOptions empty;
  empty.images = 0;
  const TransferServer lossy(testing::sampleContent(), withoutPicture());
  const TransferServer whole(testing::sampleContent());
  const TransferServer emptied(testing::sampleContent(empty));
  Tool tool;
  const std::string target = tool.folder / "x.tar";
  const std::string aside = tool.folder / "x.incomplete.tar";
  const auto pull = [&](const TransferServer& server) {
    return tool.run({"pull", server.adminUrl(), "-o", target, "--force"});
  };
  const bool isWholeFirst = GENERATE(true, false);
  REQUIRE(pull(isWholeFirst ? whole : emptied).exitCode == 0);
  REQUIRE(pull(lossy).exitCode == 5);
  const std::string before = readFile(aside);
  const Tool::Run run = pull(emptied);
  INFO(run.output << run.errors);
  CHECK(run.exitCode == (isWholeFirst ? 6 : 0));
  CHECK(contains(run.errors, isWholeFirst ? "so it replaces neither"
                                          : "stays, because the new archive has no assets"));
  CHECK(readFile(aside) == before);
  CHECK(pull(whole).exitCode == 0);
  CHECK(tool.folder.names() == std::set<std::string>{"x.tar"});
}

TEST_CASE("an archive beside another stays while it alone has a file that is lost") {
  const auto content = testing::sampleContent();
  TransferServerOptions one = withoutPicture();
  TransferServerOptions two = one;
  two.gaps.missingFiles.push_back(content->assets().back().filename);
  const TransferServer whole(content);
  const TransferServer lacking(content, one);
  const TransferServer lackingMore(content, two);
  Tool tool;
  const std::string target = tool.folder / "x.tar";
  const std::string aside = tool.folder / "x.incomplete.tar";
  const auto pull = [&](const TransferServer& server) {
    return tool.run({"pull", server.adminUrl(), "-q", "-o", target, "--force", "--keep-going"});
  };
  REQUIRE(pull(whole).exitCode == 0);
  REQUIRE(pull(lacking).exitCode == 5);
  const std::string before = readFile(aside);
  const bool isDamaged = GENERATE(true, false);
  if (isDamaged) {
    std::filesystem::resize_file(target, std::filesystem::file_size(target) / 2);
  }
  const Tool::Run run = pull(lackingMore);
  INFO(run.output << run.errors);
  CHECK(run.exitCode == (isDamaged ? 6 : 5));
  CHECK((readFile(aside) == before) == isDamaged);
  CHECK(contains(run.errors, "lacks the file " + content->assets().back().filename) == isDamaged);
  // Not for ever.
  CHECK(pull(whole).exitCode == 0);
  CHECK(tool.folder.names() == std::set<std::string>{"x.tar"});
}

TEST_CASE("an archive beside another stays while it alone has records of a type") {
  const auto content = std::make_shared<WithoutTags>();
  const TransferServer tagged(testing::sampleContent(), withoutPicture());
  const TransferServer without(content);
  const TransferServer lacking(content, withoutPicture());
  Tool tool;
  const std::string target = tool.folder / "x.tar.gz";
  const auto pull = [&](const TransferServer& server) {
    return tool.run({"pull", server.adminUrl(), "-o", target, "--force", "--keep-going"});
  };
  REQUIRE(pull(without).exitCode == 0);
  REQUIRE(pull(tagged).exitCode == 5);
  const std::string aside = tool.folder / "x.incomplete.tar.gz";
  const std::string before = readFile(aside);
  const bool isWhole = GENERATE(true, false);
  const Tool::Run run = pull(isWhole ? without : lacking);
  INFO(run.output << run.errors);
  CHECK(run.exitCode == (isWhole ? 0 : 6));
  CHECK(contains(run.errors, "has no records of api::tag.tag"));
  CHECK(readFile(aside) == before);
}
