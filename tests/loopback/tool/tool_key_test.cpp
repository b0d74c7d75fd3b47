#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "catch.hpp"
#include "support/file_bytes.hpp"
#include "support/push_server.hpp"
#include "support/tool_process.hpp"

using namespace support;

TEST_CASE("a key that an archive does not need is told") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  const std::string note = "is not encrypted: its key was not needed";
  for (const std::string command : {"inspect", "verify"}) {
    const Tool::Run run = tool.run({command, archive, "--key", "k"});
    CHECK(run.exitCode == 0);
    CHECK(contains(run.errors, note));
    CHECK(tool.run({command, archive}).errors.empty());
  }
  const Tool::Run diff = tool.run({"diff", archive, archive, "--second-key", "k"});
  CHECK(diff.exitCode == 0);
  CHECK(contains(diff.errors, note));
  const Tool::Run convert =
      tool.run({"convert", archive, tool.folder / "converted.tar", "--key", "k"});
  CHECK(convert.exitCode == 0);
  CHECK(contains(convert.errors, note));
  const Tool::Run needed = tool.run(
      {"convert", archive, tool.folder / "encrypted.tar.enc", "--encrypt", "--output-key", "k"});
  CHECK(needed.exitCode == 0);
  const Tool::Run encrypted =
      tool.run({"inspect", tool.folder / "encrypted.tar.enc", "--key", "k"});
  CHECK(encrypted.exitCode == 0);
  CHECK(encrypted.errors.empty());
}

TEST_CASE("a key is made anew, for its owner only") {
  Tool tool;
  const std::string file = tool.folder / "key.txt";
  const Tool::Run made = tool.run({"generate-key", file});
  CHECK(made.exitCode == 0);
  const std::string key = readFile(file);
  CHECK(key.size() > 40);
  CHECK_FALSE(contains(made.output + made.errors, key.substr(0, key.size() - 1)));
  using std::filesystem::perms;
  CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));
  const Tool::Run again = tool.run({"generate-key", file});
  CHECK(again.exitCode == 6);
  CHECK(readFile(file) == key);
  CHECK(tool.run({"generate-key", tool.folder / "other.txt"}).exitCode == 0);
  CHECK(readFile(tool.folder / "other.txt") != key);
  CHECK(tool.run({"generate-key", tool.folder / "missing/key.txt"}).exitCode == 5);
  CHECK(tool.run({"generate-key"}).exitCode == 2);

  const std::string archive = sampleArchive(tool.folder);
  const std::string encrypted = tool.folder / "content.tar.gz.enc";
  CHECK(
      tool.run({"convert", archive, encrypted, "--encrypt", "--output-key-file", file}).exitCode ==
      0);
  CHECK(tool.run({"diff", archive, encrypted, "--second-key-file", file}).exitCode == 0);
}

TEST_CASE("the name of an encrypted archive that does not say so is told, with --quiet too") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  const std::string made = tool.folder / "made.tar.gz";
  const Tool::Run run =
      tool.run({"convert", archive, made, "--encrypt", "--output-key", "k", "-q"});
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, made + " is encrypted, but its name does not say so"));
  CHECK(contains(run.errors, made + ".enc"));
  CHECK_FALSE(contains(
      tool.run({"convert", archive, made + ".enc", "--encrypt", "--output-key", "k", "-q"}).errors,
      "does not say so"));
}
