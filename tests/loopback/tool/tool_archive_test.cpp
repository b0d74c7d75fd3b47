#include <rapidjson/document.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/file_bytes.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferServer;

namespace {

/// Sample content pulled into a file of the given options.
std::string pulled(Tool& tool, const std::string& name, std::vector<std::string> options = {}) {
  TransferServer server(testing::sampleContent());
  const std::string file = tool.folder / name;
  options.insert(options.begin(), {"pull", server.adminUrl(), "-q", "-o", file});
  const Tool::Run run = tool.run(options);
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  return file;
}

rapidjson::Document parsed(const std::string& output) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(output.data(), output.size());
  INFO(output);
  REQUIRE_FALSE(document.HasParseError());
  REQUIRE(document.IsObject());
  return document;
}

}  // namespace

TEST_CASE("what holds nothing of an export cannot be inspected") {
  Tool tool;
  const std::string empty = tool.folder / "empty";
  std::filesystem::create_directory(empty);
  const std::string other = tool.folder / "other";
  std::filesystem::create_directory(other);
  std::ofstream(other + "/README.md") << "words";
  for (const std::string& folder : {empty, other}) {
    const Tool::Run run = tool.run({"inspect", folder});
    CHECK(run.exitCode == 5);
    CHECK(contains(run.errors, "is not a Strapi export"));
    const Tool::Run json = tool.run({"inspect", folder, "--json"});
    CHECK(json.exitCode == 5);
    CHECK(contains(json.output, "\"ok\":false"));
    CHECK(tool.run({"verify", folder}).exitCode == 5);
  }
}

TEST_CASE("inspect shows what is in an archive") {
  Tool tool;
  const std::string file = pulled(tool, "backup.tar.gz");
  const Tool::Run run = tool.run({"inspect", file});
  INFO(run.output + run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(contains(run.output, "tar, gzip"));
  CHECK(contains(run.output, "-- api::"));
  CHECK(contains(run.output, "| Total"));
  CHECK_FALSE(contains(run.output, "problem: "));

  const rapidjson::Document summary = parsed(tool.run({"inspect", file, "--json"}).output);
  CHECK(summary["ok"].IsTrue());
  CHECK(summary["compressed"].IsTrue());
  CHECK(summary["bytes"].GetUint64() == std::filesystem::file_size(file));
  CHECK(summary["schemas"].Size() > 0);
  CHECK(summary["stages"]["schemas"]["count"].GetUint64() == summary["schemas"].Size());
  CHECK(summary["stages"]["assets"]["count"].GetUint64() > 0);
  CHECK(summary["stages"]["entities"]["aggregates"].MemberCount() > 1);
}

TEST_CASE("verify finds a pulled archive whole, with one digest for every format") {
  Tool tool;
  const auto digestOf = [&](const std::string& file, std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"verify", file, "--json"});
    const Tool::Run run = tool.run(options);
    INFO(run.output + run.errors);
    REQUIRE(run.exitCode == 0);
    return std::string(parsed(run.output)["digest"].GetString());
  };
  const std::string digest = digestOf(pulled(tool, "a.tar.gz"));
  CHECK(digest.size() == 64);
  CHECK(digestOf(pulled(tool, "folder", {"--format", "dir"})) == digest);
  CHECK(digestOf(pulled(tool, "a.tar.enc", {"--no-compress", "--encrypt", "-k", "pass"}),
                 {"-k", "pass"}) == digest);
  const Tool::Run text = tool.run({"verify", tool.folder / "a.tar.gz"});
  CHECK(text.exitCode == 0);
  CHECK(contains(text.output, "digest:   " + digest));
}

TEST_CASE("verify calls an archive without its files whole, and says so in the last line") {
  Tool tool;
  const Tool::Run run =
      tool.run({"verify", pulled(tool, "content.tar.gz", {"--exclude", "files"})});
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, "\nwhole, but without its files\n"));
}

TEST_CASE("what follows the end of an archive and holds entries ends with 5") {
  Tool tool;
  const std::string file = pulled(tool, "one.tar", {"--no-compress"});
  const std::string two = tool.folder / "two.tar";
  {
    const std::string bytes = readFile(file);
    std::ofstream(two, std::ios::binary) << bytes << bytes;
  }
  const std::string converted = tool.folder / "converted.tar.gz";
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"verify", "-q", two}, {"inspect", two}, {"convert", two, converted}}) {
    const Tool::Run run = tool.run(command);
    CAPTURE(command[0], run.output, run.errors);
    CHECK(run.exitCode == 5);
    CHECK(contains(run.output + run.errors, "from schemas/schemas_00001.jsonl on"));
  }
  CHECK_FALSE(std::filesystem::exists(converted));
}

TEST_CASE("verify finds damage, exit code 5") {
  Tool tool;
  const std::string file = pulled(tool, "backup.tar.gz");
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 2'000);
  const Tool::Run cut = tool.run({"verify", file});
  CHECK(contains(cut.errors, file));
  CHECK(cut.exitCode == 5);
  CHECK(contains(cut.output + cut.errors, "problem"));
  CHECK(contains(cut.output, "checksums could not be compared"));
  CHECK_FALSE(contains(cut.output, "match the archive's checksums"));
  CHECK_FALSE(contains(cut.output, "\ndigest:"));
  const rapidjson::Document unread = parsed(tool.run({"verify", file, "--json"}).output);
  for (const char* name : {"digest", "filesWithChecksum", "partsOfRecords", "partsWithChecksum"}) {
    CHECK_FALSE(unread.HasMember(name));
  }

  const std::string folder = pulled(tool, "folder", {"--format", "dir"});
  std::filesystem::remove_all(folder + "/assets/metadata");
  const Tool::Run incomplete = tool.run({"verify", folder, "--json"});
  CHECK(incomplete.exitCode == 5);
  const rapidjson::Document result = parsed(incomplete.output);
  CHECK(result["ok"].IsFalse());
  CHECK(result["problems"].Size() > 0);
}

TEST_CASE("keys: missing is exit code 2, wrong 5") {
  Tool tool;
  const std::string file = pulled(tool, "a.tar.gz.enc", {"--encrypt", "-k", "right-key"});
  CHECK(tool.run({"inspect", file}).exitCode == 2);
  const Tool::Run wrong = tool.run({"inspect", file, "-k", "astray-key"});
  CHECK(wrong.exitCode == 5);
  CHECK_FALSE(contains(wrong.errors, "astray-key"));
  CHECK(tool.run({"inspect", file, "-k", "right-key"}).exitCode == 0);
}

TEST_CASE("an archive that is not there is an error of the command line, in every command") {
  Tool tool;
  const std::string none = tool.folder / "none.tar";
  const std::string url = "http://127.0.0.1:1/admin";
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"inspect", none},
                                                    {"verify", none},
                                                    {"verify", tool.folder / "no-folder/x.tar"},
                                                    {"convert", none, tool.folder / "x.tar"},
                                                    {"diff", none, none},
                                                    {"diff", url, none},
                                                    {"push", none, url, "--force"},
                                                    {"serve", none},
                                                    {"pull", url, "--reuse", none}}) {
    const Tool::Run run = tool.run(arguments);
    INFO(arguments.front() << ": " << run.errors);
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, arguments.front() == "verify" ? "there is no archive " : none));
  }
  CHECK(tool.folder.names().empty());
}

TEST_CASE("what is no archive is exit code 5") {
  Tool tool;
  std::ofstream(tool.folder / "text.tar") << "no archive";
  CHECK(tool.run({"verify", tool.folder / "text.tar"}).exitCode == 5);
  const Tool::Run json = tool.run({"verify", tool.folder / "text.tar", "--json"});
  CHECK(json.exitCode == 5);
  CHECK(parsed(json.output)["ok"].IsFalse());
  CHECK(parsed(json.output)["exitCode"].GetInt() == 5);
}

TEST_CASE("verify and diff say nothing of what is well with -q, and all of what is not") {
  Tool tool;
  const std::string whole = pulled(tool, "a.tar.gz");
  const std::string damaged = pulled(tool, "b.tar.gz");
  const std::string content = pulled(tool, "content.tar.gz", {"--exclude", "files"});
  std::filesystem::resize_file(damaged, std::filesystem::file_size(damaged) - 2'000);
  const auto expectSilence = [](const Tool::Run& run) {
    CHECK(run.exitCode == 0);
    CHECK(run.output.empty());
    CHECK(run.errors.empty());
  };
  expectSilence(tool.run({"verify", whole, "-q", "-k", "that-is-not-needed"}));
  expectSilence(tool.run({"diff", whole, whole, "-q", "-k", "that-is-not-needed"}));
  const Tool::Run without = tool.run({"verify", content, "-q"});
  CHECK(without.output.empty());
  CHECK(contains(without.errors, "whole, but without its files"));
  const Tool::Run failed = tool.run({"verify", damaged, "--quiet"});
  CHECK(failed.exitCode == 5);
  CHECK(contains(failed.output + failed.errors, "problem: "));
  const Tool::Run different = tool.run({"diff", whole, content, "--quiet"});
  CHECK(different.exitCode == 7);
  CHECK(contains(different.output, "different"));
}

TEST_CASE("verify checks each of several archives, whatever is wrong with another") {
  Tool tool;
  const std::string first = pulled(tool, "a.tar.gz");
  const std::string last = pulled(tool, "c.tar.gz");
  const std::string none = tool.folder / "b.tar.gz";
  std::ofstream(none) << "no archive";
  const Tool::Run run = tool.run({"verify", first, none, last});
  INFO(run.errors);
  CHECK(run.exitCode == 5);
  CHECK(contains(run.output, "archive:  " + first));
  CHECK(contains(run.output, "archive:  " + last));
  CHECK(contains(run.errors, none));
  CHECK(tool.run({"verify", first, last, "-q"}).exitCode == 0);
}

TEST_CASE("a folder that holds archives is none, and what is in it is told, in every command") {
  Tool tool;
  pulled(tool, "a.tar.gz");
  const std::string last = pulled(tool, "b.tar.gz");
  const std::string folder = tool.folder.path();
  const std::string url = "http://127.0.0.1:1/admin";
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"verify", folder},
                                                    {"verify", folder + "/"},
                                                    {"inspect", folder},
                                                    {"push", folder, url},
                                                    {"convert", folder, tool.folder / "c.tar"},
                                                    {"diff", folder, last}}) {
    const Tool::Run run = tool.run(arguments);
    INFO(arguments.front() << ": " << run.errors);
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, "holds 2 archives: name one, such as " + last));
    CHECK(contains(run.errors, "`wsferry verify " + folder + "/*.tar.gz`"));
    CHECK(run.output.empty());
  }
}
