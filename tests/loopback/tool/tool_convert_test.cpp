#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "catch.hpp"
#include "support/file_bytes.hpp"
#include "support/push_server.hpp"
#include "support/tool_process.hpp"
#include "wsferry/archive/archive_inspection.hpp"

using namespace support;
using namespace wsferry;
using archive::verifyArchive;

TEST_CASE("a conversion keeps the content through every format") {
  Tool tool;
  const std::string original = sampleArchive(tool.folder);
  const std::string tar = tool.folder / "a.tar";
  const std::string folder = tool.folder / "a";
  const std::string encrypted = tool.folder / "a.tar.gz.enc";
  const std::string back = tool.folder / "back.tar.gz";
  REQUIRE(tool.run({"convert", original, tar}).exitCode == 0);
  REQUIRE(tool.run({"convert", tar, folder, "--format", "dir", "-q"}).exitCode == 0);
  REQUIRE(
      tool.run({"convert", folder, encrypted, "--encrypt", "--output-key", "secret"}).exitCode ==
      0);
  REQUIRE(tool.run({"convert", encrypted, back, "-k", "secret", "--json"}).exitCode == 0);
  const std::string digest = verifyArchive(original).digest;
  CHECK(verifyArchive(tar).digest == digest);
  CHECK(verifyArchive(folder).digest == digest);
  CHECK(verifyArchive(encrypted, "secret").digest == digest);
  CHECK(verifyArchive(back).digest == digest);
}

TEST_CASE("a conversion selects") {
  Tool tool;
  const std::string original = sampleArchive(tool.folder);
  const std::string output = tool.folder / "b.tar";
  REQUIRE(tool.run({"convert", original, output, "--exclude", "files,config"}).exitCode == 0);
  const auto summary = archive::inspectArchive(output);
  CHECK(summary.totals.count(strapi::TransferStage::assets) == 0);
  CHECK(summary.totals.count(strapi::TransferStage::configuration) == 0);
  CHECK(summary.totals.at(strapi::TransferStage::entities).count > 0);
}

TEST_CASE("a conversion into the archive that it reads is refused") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  const std::string before = readFile(archive);
  const bool isByName = GENERATE(true, false);
  const std::string command =
      isByName ? R"("$0" convert "$1" - >>"$1")" : R"("$0" convert - - <"$1" >>"$1")";
  ChildProcess child({"/bin/sh", "-c", command, WSFERRY_TOOL_PATH, archive}, {},
                     tool.folder / "errors");
  CHECK(child.wait() == 2);
  CHECK(contains(readFile(tool.folder / "errors"), "standard output is the archive being read"));
  CHECK(readFile(archive) == before);
}

TEST_CASE("a damaged file ends what would take it, and nothing else") {
  Tool tool;
  const std::string original = sampleArchive(tool.folder);
  const std::string damaged = tool.folder / "damaged.tar";
  REQUIRE(tool.run({"convert", original, damaged}).exitCode == 0);
  std::string bytes = readFile(damaged);
  bytes[bytes.find("assets/uploads/") + 512] ^= 0x55;
  writeFile(damaged, bytes);
  const std::string output = tool.folder / "b.tar";
  CHECK(tool.run({"convert", damaged, output}).exitCode == 5);
  CHECK(tool.run({"diff", original, damaged}).exitCode == 5);
  CHECK(tool.run({"diff", original, damaged, "--exclude", "files"}).exitCode == 0);
  const Tool::Run run = tool.run({"convert", damaged, output, "--exclude", "files"});
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(tool.run({"diff", original, output, "--exclude", "files"}).exitCode == 0);
}

TEST_CASE("a conversion refuses to overwrite, and leaves nothing of a damaged archive") {
  Tool tool;
  const std::string original = sampleArchive(tool.folder);
  const std::string output = tool.folder / "c.tar";
  REQUIRE(tool.run({"convert", original, output}).exitCode == 0);
  CHECK(tool.run({"convert", original, output}).exitCode == 6);
  CHECK(tool.run({"convert", original, output, "--force"}).exitCode == 0);
  CHECK(tool.run({"convert", original, tool.folder / "d.tar", "-k", "no such"}).exitCode == 0);

  std::filesystem::resize_file(original, std::filesystem::file_size(original) - 100);
  CHECK(tool.run({"convert", original, tool.folder / "e.tar"}).exitCode == 5);
  CHECK_FALSE(std::filesystem::exists(tool.folder / "e.tar"));
}

TEST_CASE("different archives are exit code 7, with what differs") {
  Tool tool;
  const std::string first = sampleArchive(tool.folder);
  const std::string second = tool.folder / "second.tar";
  REQUIRE(
      tool.run({"convert", first, second, "--exclude-content-types", "api::tag.tag"}).exitCode ==
      0);
  const Tool::Run run = tool.run({"diff", first, second});
  CHECK(run.exitCode == 7);
  CHECK(contains(run.output, "api::tag.tag"));
  CHECK(contains(run.output, "different"));
  CHECK(tool.run({"diff", first, first, "--json"}).exitCode == 0);
  CHECK(tool.run({"diff", first, second, "--exclude-content-types", "api::tag.tag"}).exitCode == 0);
  CHECK(tool.run({"diff", first, tool.folder / "none.tar"}).exitCode == 2);
  CHECK(tool.run({"diff", "http://127.0.0.1:1/admin", "http://127.0.0.1:2/admin"}).exitCode == 2);
}

TEST_CASE("a name that `strapi import` does not take the archive by gets one that it does") {
  Tool tool;
  const std::string original = sampleArchive(tool.folder);
  const auto warned = [&](const std::string& name, std::vector<std::string> more,
                          const std::string& fitting) {
    std::vector<std::string> arguments = {"convert", original, tool.folder / name};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Tool::Run run = tool.run(arguments);
    CHECK(run.exitCode == 0);
    if (fitting.empty()) {
      return contains(run.errors, "`strapi import`");
    }
    return contains(run.errors, "accepts this archive as " + (tool.folder / fitting) + ":") ||
           contains(run.errors, "accepts it only as " + (tool.folder / fitting) + "\n");
  };
  CHECK(warned("x.tar.gz", {"--encrypt", "--output-key", "k"}, "x.tar.gz.enc"));
  CHECK(warned("x.tgz", {}, "x.tar.gz"));
  CHECK(warned("x.backup", {}, "x.backup.tar.gz"));
  CHECK(warned("y.enc", {"--encrypt", "--output-key", "k"}, "y.tar.gz.enc"));
  CHECK_FALSE(warned("z.tar.gz", {}, ""));
  CHECK_FALSE(warned("z.tar", {}, ""));
  CHECK_FALSE(warned("z.tar.enc", {"--encrypt", "--output-key", "k"}, ""));
}

TEST_CASE("a difference of schemas alone is told as one between two contents") {
  Tool tool;
  const std::string first = tool.folder / "first";
  const std::string second = tool.folder / "second";
  const std::string sample = sampleArchive(tool.folder);
  REQUIRE(tool.run({"convert", sample, first, "--format", "dir"}).exitCode == 0);
  REQUIRE(tool.run({"convert", sample, second, "--format", "dir"}).exitCode == 0);
  const auto add = [](const std::string& folder, const std::string& line) {
    std::filesystem::remove_all(folder + "/checksums");
    std::ofstream(folder + "/schemas/schemas_00001.jsonl", std::ios::binary | std::ios::app)
        << '\n'
        << line;
  };
  add(first, R"({"uid":"admin::extra","modelType":"contentType","attributes":{}})");
  CHECK(tool.run({"diff", first, second}).exitCode == 0);

  add(first, R"({"uid":"shared.old","modelType":"component","attributes":{}})");
  add(second, R"({"uid":"api::new.new","modelType":"contentType","attributes":{}})");
  const Tool::Run run = tool.run({"diff", first, second});
  CHECK(run.exitCode == 7);
  CHECK(contains(run.output, "shared.old\n  exists only in the first\n"));
  CHECK(contains(run.output, "api::new.new\n  exists only in the second\n"));
  CHECK(contains(run.output, "\ndifferent: schemas only\n"));
  const Tool::Run json = tool.run({"diff", first, second, "--json"});
  CHECK(
      contains(json.output, R"({"kind":"onlyInSecond","uid":"api::new.new","path":"","first":"")"));
  CHECK(contains(json.output, R"({"kind":"onlyInFirst","uid":"shared.old")"));
}

TEST_CASE("a difference names the attributes that changed, with both values") {
  Tool tool;
  const std::string first = tool.folder / "first";
  const std::string second = tool.folder / "second";
  const std::string sample = sampleArchive(tool.folder);
  REQUIRE(tool.run({"convert", sample, first, "--format", "dir"}).exitCode == 0);
  REQUIRE(tool.run({"convert", sample, second, "--format", "dir"}).exitCode == 0);
  const auto change = [&](const std::string& file, const std::string& what,
                          const std::string& with) {
    std::filesystem::remove_all(second + "/checksums");
    std::ifstream original(second + "/" + file, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(original), {});
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    text.replace(at, what.size(), with);
    std::ofstream(second + "/" + file, std::ios::binary) << text;
  };
  change("entities/entities_00001.jsonl", R"("slug":")", R"("slug":"other-)");
  change("configuration/configuration_00001.jsonl", "{",
         R"({"type":"core-store","value":{"key":"plugin_upload_metrics"}})"
         "\n{");

  const Tool::Run run = tool.run({"diff", first, second});
  CHECK(run.exitCode == 7);
  CHECK(contains(run.output, "      slug: \""));
  CHECK(contains(run.output, "\" -> \"other-"));
  CHECK(contains(run.output, "which does not count:\n  + plugin_upload_metrics\n"));

  const Tool::Run json = tool.run({"diff", first, second, "--json"});
  CHECK(json.exitCode == 7);
  CHECK(contains(json.output, R"("attributes":[{"path":"slug","first":"\")"));
  CHECK(contains(json.output, R"("second":"\"other-)"));
  CHECK(contains(json.output, R"("serverConfiguration":{"first":0,"second":1,"added":1)"));
}

TEST_CASE("a name that ends in / is a folder to fill, or the one that --format dir makes") {
  Tool tool;
  const std::string original = sampleArchive(tool.folder);
  const std::string digest = verifyArchive(original).digest;
  for (const char* name : {"made", "another/"}) {
    const std::string made = tool.folder / name;
    REQUIRE(tool.run({"convert", original, made, "--format", "dir"}).exitCode == 0);
    CHECK(std::filesystem::is_directory(made));
    CHECK(verifyArchive(made).digest == digest);
  }
  const std::string filled = tool.folder / "filled/";
  const Tool::Run missing = tool.run({"convert", original, filled});
  CHECK(missing.exitCode == 5);
  CHECK(contains(missing.errors, "create it first"));
  std::filesystem::create_directory(filled);
  REQUIRE(tool.run({"convert", original, filled, "--encrypt", "--output-key", "k"}).exitCode == 0);
  CHECK(verifyArchive(filled + "sample.tar.gz.enc", "k").digest == digest);
  REQUIRE(tool.run({"convert", tool.folder / "another/", filled}).exitCode == 0);
  CHECK(verifyArchive(filled + "another.tar.gz").digest == digest);
}

TEST_CASE("a name that ends in .enc needs --encrypt") {
  Tool tool;
  const std::string original = sampleArchive(tool.folder);

  const std::string named = tool.folder / "plain.tar.gz.enc";
  const Tool::Run run = tool.run({"convert", original, named});
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, "give --encrypt and a key"));
  CHECK_FALSE(std::filesystem::exists(named));
  CHECK(tool.run({"pull", "http://127.0.0.1:1/admin", "-o", named}).exitCode == 2);
}

TEST_CASE("a missing key is asked for with the option that gives it") {
  Tool tool;
  const std::string original = sampleArchive(tool.folder);
  const std::string encrypted = tool.folder / "a.tar.gz.enc";
  REQUIRE(
      tool.run({"convert", original, encrypted, "--encrypt", "--output-key", "secret"}).exitCode ==
      0);
  const auto expectOption = [&](const std::vector<std::string>& arguments, const std::string& named,
                                const std::string& other) {
    CAPTURE(named);
    const Tool::Run run = tool.run(arguments);
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, named));
    CHECK_FALSE(contains(run.errors, other));
  };
  expectOption({"diff", original, encrypted}, " with --second-key-file or --second-key", " -k");
  expectOption({"diff", encrypted, original}, " with --key-file or -k", "--second-key");
  expectOption({"convert", original, tool.folder / "b.tar.enc", "--encrypt"},
               "--output-key-file or --output-key", " -k");
  expectOption({"convert", encrypted, tool.folder / "b.tar"}, "--key-file or -k", "--output-key");
}

TEST_CASE("diff takes no key for a server") {
  Tool tool;
  const std::string original = sampleArchive(tool.folder);
  const std::string url = "http://127.0.0.1:1/admin";
  CHECK(tool.run({"diff", original, url, "--second-key", "x"}).exitCode == 2);
  CHECK(tool.run({"diff", url, original, "-k", "x"}).exitCode == 2);
  CHECK(tool.run({"diff", original, url, "-k", "x"}).exitCode == 4);
}

TEST_CASE("each problem of an archive has a line of its own") {
  Tool tool;
  const std::string folder = tool.folder / "made/";
  REQUIRE(tool.run({"convert", sampleArchive(tool.folder), folder, "--format", "dir"}).exitCode ==
          0);
  std::filesystem::rename(folder + "links", tool.folder / "elsewhere");
  std::filesystem::create_symlink(tool.folder / "elsewhere", folder + "links");
  std::filesystem::remove(folder + "metadata.json");
  const Tool::Run run = tool.run({"convert", folder, tool.folder / "b.tar"});
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "\n  links does not belong in an export"));
  CHECK(contains(run.errors, "\n  metadata.json is missing\n"));
}

TEST_CASE("what is left out of a conversion or a push is told with --quiet, too") {
  Tool tool;
  const std::string folder = sampleFolder(tool);
  std::ofstream(folder + "/assets/uploads/late.png") << "late";
  std::ofstream(folder + "/assets/metadata/late.png.json")
      << R"({"id":9999,"name":"late","hash":"late","ext":".png","mime":"image/png","size":0.01,)"
      << R"("url":"/uploads/late.png","provider":"local"})";
  std::ofstream(folder + "/notes.txt") << "not part of an export";
  const Tool::Run converted = tool.run({"convert", folder, tool.folder / "f.tar", "-q"});
  INFO(converted.errors);
  CHECK(converted.exitCode == 0);
  CHECK(contains(converted.errors, "late.png"));
  CHECK(contains(converted.errors, "ignored: notes.txt"));

  const PushServer server(tool.folder);
  const Tool::Run pushed = tool.run({"push", folder, server.url(), "--force", "-q"});
  INFO(pushed.errors);
  CHECK(pushed.exitCode == 0);
  CHECK(contains(pushed.errors, "late.png"));
  CHECK(contains(pushed.errors, "ignored: notes.txt"));
  const Tool::Run events = tool.run({"push", folder, server.url(), "--force", "-q", "--json"});
  CHECK(events.exitCode == 0);
  CHECK(contains(events.output.substr(events.output.find("\"notes\"")), "ignored: notes.txt"));
}

TEST_CASE("that an archive has no files is said once") {
  Tool tool;
  const std::string bare = tool.folder / "bare.tar";
  REQUIRE(tool.run({"convert", sampleArchive(tool.folder), bare, "--exclude", "files"}).exitCode ==
          0);
  std::vector<std::string> arguments = {"convert", bare, tool.folder / "again.tar"};
  const std::string option = GENERATE(as<std::string>{}, "", "-q", "--json", "-v");
  if (!option.empty()) {
    arguments.push_back(option);
  }
  SECTION("where they were to be converted") {}
  SECTION("where they were not") {
    arguments.insert(arguments.end(), {"--exclude", "files"});
  }
  const auto run = tool.run(arguments);
  CHECK(run.exitCode == 0);
  // With warnings as they come, and in the result.
  const std::string said = option == "--json" ? run.output : run.output + run.errors;
  const std::string words = "there are no files, but records name";
  const std::size_t at = said.find(words);
  REQUIRE(at != std::string::npos);
  CHECK(said.find(words, at + 1) == std::string::npos);
}
