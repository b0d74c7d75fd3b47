// Archives that are made one after another: names, what is kept, and one run at a time.
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/archive_tar_bytes.hpp"
#include "support/contains.hpp"
#include "support/file_bytes.hpp"
#include "support/tool/changed_content.hpp"
#include "support/tool/root_permissions.hpp"
#include "support/tool_process.hpp"
#include "tool/report/output_options.hpp"
#include "tool/terminal/utc_text.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferFaults;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

using Names = std::set<std::string>;

/// What a server's archives are called in {host}.
std::string hostOf(const TransferServer& server) {
  return tool::hostInName(Url::parse(server.adminUrl()));
}

/// Archives of any day. A pull makes those of today only.
class Archives {
 public:
  explicit Archives(Tool& tool, const std::vector<std::string>& selection = {}) : tool_(tool) {
    const TransferServer server(testing::sampleContent());
    std::vector<std::string> pull = {"pull", server.adminUrl(),        "-q", "--format", "dir",
                                     "-o",   base_ / "export-20251231"};
    pull.insert(pull.end(), selection.begin(), selection.end());
    REQUIRE(tool_.run(pull).exitCode == 0);
    // With --keep options archives of one selection count among each other.
    std::filesystem::remove(base_ / ".export-20251231.incomplete");
  }

  /// What add() makes all of them of.
  std::string made() const { return base_ / "export-20251231"; }

  /// `digits` is the time that is in the name, YYYYMMDDHHMMSS, and `made` that of the content.
  void add(const std::string& path, const std::string& digits,
           const std::vector<std::string>& options = {}) {
    const auto part = [&](std::size_t at, std::size_t size) { return digits.substr(at, size); };
    const std::string json = R"({"createdAt":")" + part(0, 4) + "-" + part(4, 2) + "-" +
                             part(6, 2) + "T" + part(8, 2) + ":" + part(10, 2) + ":" + part(12, 2) +
                             R"(.000Z","strapi":{"version":"5.54.0"}})";
    writeFile(base_ / "export-20251231/metadata.json", json);
    std::vector<std::string> arguments = {"convert", base_ / "export-20251231", path, "-q"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Tool::Run run = tool_.run(arguments);
    INFO(run.errors);
    REQUIRE(run.exitCode == 0);
  }

 private:
  Tool& tool_;
  TemporaryFolder base_;
};

/// The sample content of a server that does not know the type of tags any more.
class WithoutTags final : public ChangedContent {
 public:
  strapi::Metadata metadata() const override {
    strapi::Metadata metadata = ChangedContent::metadata();
    metadata.createdAt = tool::utcText(std::time(nullptr), "%Y-%m-%dT%H:%M:%S.000Z");
    return metadata;
  }
  std::vector<strapi::Schema> schemas() const override {
    std::vector<strapi::Schema> schemas = ChangedContent::schemas();
    schemas.erase(std::remove_if(schemas.begin(), schemas.end(),
                                 [](const auto& schema) { return schema.uid == tag; }),
                  schemas.end());
    return schemas;
  }
  NextRecord records(strapi::TransferStage stage) const override {
    return [next = ChangedContent::records(stage)] {
      std::string record = next();
      while (contains(record, tag)) {
        record = next();
      }
      return record;
    };
  }

 private:
  static constexpr const char* tag = "api::tag.tag";
};

Names without(Names names, const std::string& name) {
  names.erase(name);
  return names;
}

/// Tells when a file is opened for the first time.
class Opening {
 public:
  Opening(const std::string& path, const std::string& bytes) : watch_(::inotify_init1(IN_CLOEXEC)) {
    writeFile(path, bytes);
    REQUIRE(::inotify_add_watch(watch_, path.c_str(), IN_OPEN) >= 0);
  }
  ~Opening() { ::close(watch_); }

  void wait() const {
    pollfd waiting{watch_, POLLIN, 0};
    REQUIRE(::poll(&waiting, 1, 60'000) == 1);
  }

 private:
  int watch_;
};

/// Tells when something gets a name in a folder.
class Coming {
 public:
  Coming(const std::string& folder, std::string start)
      : watch_(::inotify_init1(IN_CLOEXEC)), start_(std::move(start)) {
    REQUIRE(::inotify_add_watch(watch_, folder.c_str(), IN_MOVED_TO | IN_CREATE) >= 0);
  }
  ~Coming() { ::close(watch_); }

  /// The first name that begins so.
  std::string wait() const {
    for (;;) {
      alignas(inotify_event) char buffer[4096];
      pollfd waiting{watch_, POLLIN, 0};
      REQUIRE(::poll(&waiting, 1, 60'000) == 1);
      const ssize_t size = ::read(watch_, buffer, sizeof buffer);
      for (ssize_t at = 0; at < size;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
        const std::string name = event->len > 0 ? event->name : "";
        if (name.rfind(start_, 0) == 0) {
          return name;
        }
        at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      }
    }
  }

 private:
  int watch_;
  const std::string start_;
};

/// Takes long to read: 8 GiB of zeros in a file.
std::string hugeArchive() {
  std::string header = tarEntry("assets/uploads/large", "").substr(0, 512);
  header.replace(124, 11, "77777777777");
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char byte : header) {
    sum += static_cast<unsigned char>(byte);
  }
  char checksum[8];
  std::snprintf(checksum, sizeof checksum, "%06o", sum);
  header.replace(148, 7, std::string(checksum, 7));
  const std::string mebibyte = gzipped(std::string(1u << 20, '\0'));
  std::string bytes = gzipped(header);
  for (int i = 0; i < 8'192; ++i) {
    bytes += mebibyte;
  }
  return bytes;
}

}  // namespace

TEST_CASE("a folder gets an archive with the default name, and {date} is today") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", folder}).exitCode == 0);
  const Names names = tool.folder.names();
  REQUIRE(names.size() == 1);
  const std::string name = *names.begin();
  const tool::NameTemplate byDefault("export_{host}_{date}{time}.tar.gz");
  const auto match = byDefault.match(name);
  REQUIRE(match);
  CHECK(match->host == hostOf(server));
  CHECK(match->time <= std::time(nullptr));
  CHECK(match->time > std::time(nullptr) - 600);
  CHECK(archive::verifyArchive(folder + name).problems.empty());

  const Tool::Run missing = tool.run({"pull", server.adminUrl(), "-o", folder + "missing/"});
  CHECK(missing.exitCode == 5);
  CHECK(contains(missing.errors, "create it first"));
  CHECK(tool.run({"pull", server.adminUrl(), "-o", folder + "{day}.tar"}).exitCode == 2);
}

TEST_CASE("a name that has come already is refused with what to do about its form") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  const auto pull = [&](const std::string& name) {
    return tool.run({"pull", server.adminUrl(), "-q", "-o", folder + name});
  };
  REQUIRE(pull("{date}.tar").exitCode == 0);
  Tool::Run daily = pull("{date}.tar");
  if (daily.exitCode == 0) {  // Another day began meanwhile.
    daily = pull("{date}.tar");
  }
  CHECK(daily.exitCode == 6);
  CHECK(contains(daily.errors, "add {time} to the name"));
  CHECK(pull("x.tar").exitCode == 0);
  CHECK(contains(pull("x.tar").errors, "Choose another name"));
}

TEST_CASE("a pull removes what its counts do not keep, and nothing else") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  const std::string series = folder + "export_" + hostOf(server) + "_";
  for (const char* day : {"20260101013000", "20260102013000", "20260103013000"}) {
    archives.add(series + day + ".tar.gz", day);
  }
  const std::string other = "export_example.org_20260101013000.tar.gz";
  archives.add(folder + other, "20260101013000");
  const std::string renamed = series + "20250101013000.tar.gz";
  archives.add(renamed, "20260101013000");
  const std::string damaged = series + "20250102013000.tar.gz";
  std::filesystem::copy_file(series + "20260101013000.tar.gz", damaged);
  std::filesystem::resize_file(damaged, std::filesystem::file_size(damaged) / 2);
  const std::string fake = series + "20250103013000.tar.gz";
  writeFile(fake, "not an archive");
  const Names before = tool.folder.names();
  const std::vector<std::string> pull = {
      "pull", server.adminUrl(), "-o", folder, "--keep-last", "2", "-q"};

  std::vector<std::string> dryRun = pull;
  dryRun.emplace_back("--dry-run");
  const auto connections = server.log().connections;
  const Tool::Run shown = tool.run(dryRun);
  INFO(shown.output + shown.errors);
  CHECK(shown.exitCode == 0);
  CHECK(server.log().connections == connections);
  CHECK(tool.folder.names() == before);
  CHECK(contains(shown.output, "would keep: " + series + "20260103013000.tar.gz (last)"));
  CHECK(contains(shown.output, "would remove: " + series + "20260102013000.tar.gz"));
  CHECK(contains(shown.output, "would remove: " + series + "20260101013000.tar.gz"));
  CHECK(contains(shown.output, "left alone: " + damaged + " (it is not whole"));

  const Tool::Run run = tool.run(pull);
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(run.output.empty());
  CHECK(contains(
      run.errors,
      "left alone: " + renamed +
          " (its content was made on 2026-01-01, not on the date in its name: it is a copy, or "
          "its server's clock is wrong)"));
  CHECK(contains(run.errors, "left alone: " + damaged + " (it is not whole"));
  CHECK(contains(run.errors, "left alone: " + fake + " (it cannot be read"));
  Names expected = before;
  for (const char* day : {"20260101013000", "20260102013000"}) {
    CHECK(expected.erase("export_" + hostOf(server) + "_" + day + ".tar.gz") == 1);
  }
  Names after = tool.folder.names();
  for (const std::string& name : expected) {
    INFO(name);
    CHECK(after.erase(name) == 1);
  }
  CHECK(after.erase("." + damaged.substr(folder.size()) + ".incomplete") == 1);
  REQUIRE(after.size() == 1);
  CHECK(archive::verifyArchive(folder + *after.begin()).problems.empty());
}

TEST_CASE("a pull that lost content removes nothing, and its archive never counts") {
  TransferServerOptions options;
  options.gaps.unreadableTypes = {"api::article.article"};
  const TransferServer server(testing::sampleContent(), options);
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  const std::string first = "export_" + hostOf(server) + "_20260101013000.tar.gz";
  const std::string second = "export_" + hostOf(server) + "_20260102013000.tar.gz";
  archives.add(folder + first, "20260101013000");
  archives.add(folder + second, "20260102013000");
  const Tool::Run pulled = tool.run(
      {"pull", server.adminUrl(), "-o", folder, "-q", "--keep-last", "1", "--allow-incomplete"});
  INFO(pulled.errors);
  CHECK(pulled.exitCode == 5);
  CHECK(contains(pulled.errors, "nothing was removed"));
  CHECK(tool.folder.names().size() == 4);  // With what says that the new one is not complete.

  const Tool::Run run = tool.run({"prune", folder, "--keep-last", "1"});
  INFO(run.output + run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, "kept:     " + folder + second + " (last)"));
  CHECK(contains(run.output, "(the run that made it lost content"));
  const Names names = tool.folder.names();
  CHECK(names.size() == 3);
  CHECK(names.count(first) == 0);
  CHECK(names.count(second) == 1);
}

TEST_CASE(
    "prune counts each server for itself, reads encrypted ones, and needs to know what to keep") {
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  for (const char* host : {"a.example", "b.example-1337"}) {
    for (const char* day : {"20260101000000", "20260102000000"}) {
      archives.add(folder + host + "-" + day + ".tar.gz.enc", day,
                   {"--encrypt", "--output-key", "secret"});
    }
  }
  const std::string names = folder + "{host}-{date}{time}.tar.gz.enc";
  CHECK(tool.run({"prune", names}).exitCode == 2);
  CHECK(tool.run({"prune", names, "--keep-daily", "0"}).exitCode == 2);
  const Tool::Run unnamed = tool.run({"prune", tool.folder / "", "--keep-last", "1"});
  CHECK(unnamed.exitCode == 0);
  CHECK(contains(unnamed.output, "For your own names give"));
  CHECK(tool.run({"prune", folder + "{host}.tar", "--keep-last", "1"}).exitCode == 2);
  const Tool::Run keyless = tool.run({"prune", names, "--keep-last", "1"});
  CHECK(keyless.exitCode == 0);
  CHECK(tool.folder.names().size() == 4);
  CHECK(contains(keyless.output, "left alone: "));
  CHECK(contains(keyless.output,
                 "it is encrypted, and must be read before it is removed: give its key"));
  CHECK(contains(keyless.output, "`wsferry verify ARCHIVE`"));
  CHECK(contains(tool.run({"prune", "--help"}).output, "Exit code 0: done, even if archives were"));

  const Tool::Run run = tool.run({"prune", names, "--keep-last", "1", "-k", "secret", "--json"});
  INFO(run.output + run.errors);
  CHECK(run.exitCode == 0);
  CHECK(tool.folder.names() ==
        Names{"a.example-20260102000000.tar.gz.enc", "b.example-1337-20260102000000.tar.gz.enc"});
  CHECK(contains(run.output, R"("event":"retention","series":)"));
  CHECK(contains(run.output, R"({"event":"result","ok":true,"exitCode":0})"));
}

TEST_CASE("what is made of an archive that lacks something counts as little as that") {
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  const TemporaryFolder elsewhere;
  archives.add(folder + "x-20260101.tar", "20260101120000");
  archives.add(elsewhere / "lacking.tar", "20260102120000");
  writeFile(elsewhere / ".lacking.tar.incomplete", "");
  std::filesystem::create_symlink(elsewhere / "lacking.tar", elsewhere / "link.tar");
  const std::string input = elsewhere / GENERATE(as<std::string>{}, "lacking.tar", "link.tar");
  const std::string output = folder + "x-20260102.tar";
  const bool isQuiet = GENERATE(false, true);
  const Tool::Run run = tool.run({"convert", input, output, isQuiet ? "-q" : "--no-compress"});
  INFO(run.output + run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output + run.errors, input + " does not count as whole, nor does what was"));

  const Tool::Run prune = tool.run({"prune", folder + "x-{date}.tar", "--keep-last", "1"});
  INFO(prune.output + prune.errors);
  CHECK(prune.exitCode == 0);
  CHECK(contains(prune.output, "left alone: " + output));
  CHECK(contains(prune.output, "kept:     " + folder + "x-20260101.tar"));
}

TEST_CASE("an archive that a selection or no checksums made counts for none by its name") {
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  archives.add(folder + "x-20260101.tar", "20260101120000");
  const std::string output = folder + "x-20260102.tar";
  std::vector<std::string> options;
  std::string why = "it has a selection of the content";
  SECTION("of a selection") {
    options = {"--exclude", "config"};
  }
  SECTION("of an archive that nobody knows to be whole") {
    std::filesystem::remove_all(archives.made() + "/checksums");  // As `strapi export` makes it.
    why = "the archive it was made from has no checksums";
  }
  std::vector<std::string> convert = {"convert", archives.made(), output};
  convert.insert(convert.end(), options.begin(), options.end());
  const Tool::Run run = tool.run(convert);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "`wsferry prune` does not count " + output + ": " + why));
  const Tool::Run prune = tool.run({"prune", folder + "x-{date}.tar", "--keep-last", "1"});
  CHECK(contains(prune.output, "left alone: " + output));
  CHECK(contains(prune.output, "kept:     " + folder + "x-20260101.tar"));

  convert[2] = folder + "content.tar";  // Of no series.
  CHECK_FALSE(contains(tool.run(convert).errors, "does not count"));
  CHECK(tool.folder.names().count(".content.tar.incomplete") == 0);
}

TEST_CASE("what has no date in its name makes none that counts, as nobody knows what it lacks") {
  Tool tool;
  Archives archives(tool);
  const std::string content = tool.folder / "content.tar";
  const std::string output = tool.folder / "x-20260102.tar";
  REQUIRE(tool.run({"convert", archives.made(), content, "--exclude", "config"}).exitCode == 0);
  const Tool::Run run = tool.run({"convert", content, output});
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "has no date in its name"));
  CHECK(tool.folder.names().count(".x-20260102.tar.incomplete") == 1);
}

TEST_CASE("an archive that a link leads to is marked by its own name") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string archive = tool.folder / "x-20260102.tar";
  Archives(tool, {"--exclude", "files"}).add(archive, "20260102120000");
  const std::string link = tool.folder / "latest.tar";
  std::filesystem::create_symlink(archive, link);
  REQUIRE(
      tool.run({"pull", server.adminUrl(), "-o", link, "--force", "--exclude", "files"}).exitCode ==
      0);
  CHECK(tool.folder.names() == Names{".x-20260102.tar.incomplete", "latest.tar", "x-20260102.tar"});
}

TEST_CASE("the mark of a run that was killed before its archive got the name goes") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  for (const char* mark : {".x-20260101000000.tar.incomplete", ".x-20260102000000.tar.incomplete",
                           ".other.tar.incomplete"}) {
    writeFile(tool.folder / mark, "");
  }
  writeFile(tool.folder / "x-20260102000000.tar", "");
  REQUIRE(
      tool.run({"pull", server.adminUrl(), "-o", tool.folder / "x-{date}{time}.tar"}).exitCode ==
      0);
  const Names names = tool.folder.names();
  CHECK(names.count(".x-20260101000000.tar.incomplete") == 0);
  CHECK(names.count(".x-20260102000000.tar.incomplete") == 1);
  CHECK(names.count(".other.tar.incomplete") == 1);
}

TEST_CASE("what is made of an archive that lacks something replaces none that does not") {
  Tool tool;
  Archives archives(tool);
  const std::string whole = tool.folder / "whole.tar";
  const std::string lacking = tool.folder / "lacking.tar";
  archives.add(whole, "20260101120000");
  archives.add(lacking, "20260102120000");
  writeFile(tool.folder / ".lacking.tar.incomplete", "");
  const std::string before = readFile(whole);
  const Tool::Run run = tool.run({"convert", lacking, whole, "--force", "-q"});
  INFO(run.errors);
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, whole + " is still the earlier archive, because the new one lacks"));
  CHECK(readFile(whole) == before);
  CHECK(tool.folder.names().count("whole.incomplete.tar") == 1);
}

TEST_CASE("selections that stand among whole archives take no place of one") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  {
    Archives archives(tool);
    archives.add(folder + "x-20260101.tar", "20260101120000");
    archives.add(folder + "x-20260102.tar", "20260102120000");
  }
  const std::string target = folder + "x-{date}.tar";
  const Tool::Run run = tool.run(
      {"pull", server.adminUrl(), "-q", "-o", target, "--exclude", "files", "--keep-last", "3"});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(contains(run.errors, "x-20260102.tar holds assets, which this selection leaves out"));
  REQUIRE(tool.run({"prune", target, "--keep-last", "2"}).exitCode == 0);
  CHECK(tool.folder.names().count("x-20260101.tar") == 1);
  CHECK(tool.folder.names().count("x-20260102.tar") == 1);
}

TEST_CASE("an archive that stays counts only if it is known to be whole") {
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  for (const char* day : {"20260101", "20260102", "20260103"}) {
    archives.add(folder + day, std::string(day) + "120000", {"--format", "dir"});
  }
  std::filesystem::remove_all(folder + "20260102/checksums");
  std::filesystem::remove_all(folder + "20260102/links");
  const Tool::Run run = tool.run({"prune", folder + "{date}", "--keep-last", "2"});
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, "left alone: " + folder + "20260102 (it was not made by wsferry"));
  CHECK(tool.folder.names() == Names{"20260101", "20260102", "20260103"});
}

TEST_CASE("an export without files is removed only if its records show that wsferry made it") {
  Tool tool;
  Archives archives(tool, {"--exclude", "files"});
  const std::string folder = tool.folder.path() + "/";
  for (const char* day : {"20260101", "20260102", "20260103"}) {
    archives.add(folder + day, std::string(day) + "120000", {"--format", "dir"});
  }
  std::filesystem::remove_all(folder + "20260101/checksums");  // As `strapi export` makes it.
  const Tool::Run run = tool.run({"prune", folder + "{date}", "--keep-last", "1"});
  INFO(run.output + run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(
      run.output,
      "left alone: " + folder +
          "20260101 (it was not made by wsferry, because not all of its records have checksums)"));
  CHECK(contains(run.output, "removed:  " + folder + "20260102 "));
  CHECK(tool.folder.names() == Names{"20260101", "20260103"});
}

TEST_CASE("prune keeps the last good one, where newer ones are damaged") {
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  archives.add(folder + "x-20260101.tar", "20260101120000");
  archives.add(folder + "x-20260102.tar", "20260102120000");
  archives.add(folder + "x-20260103.tar", "20260103120000");
  std::filesystem::resize_file(folder + "x-20260103.tar", 5000);
  const Tool::Run run = tool.run({"prune", folder + "x-{date}.tar", "--keep-last", "1"});
  INFO(run.output + run.errors);
  CHECK(run.exitCode == 0);
  CHECK(tool.folder.names() ==
        Names{".x-20260103.tar.incomplete", "x-20260102.tar", "x-20260103.tar"});
}

TEST_CASE("of archives with records of a type that is gone, the last one stays") {
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  Archives archives(tool);
  for (const char* day : {"20260101", "20260102", "20260103"}) {
    archives.add(folder + day + ".tar", day + std::string("120000"));
  }
  const TransferServer server(std::make_shared<WithoutTags>());
  const std::vector<std::string> pull = {
      "pull", server.adminUrl(), "-q", "-o", folder + "{date}.tar", "--keep-last", "1"};
  const Tool::Run run = tool.run(pull);
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors,
                 "20260103.tar (it is the last with records of api::tag.tag, which the "
                 "newest one does not know)"));
  const Names names = tool.folder.names();
  CHECK(names.count("20260103.tar") == 1);
  CHECK(names.size() == 2);

  // Nor is one more kept where a rule keeps such an archive.
  archives.add(folder + "20260102.tar", "20260102120000");
  const Tool::Run prune = tool.run({"prune", folder + "{date}.tar", "--keep-last", "2"});
  INFO(prune.output);
  CHECK(prune.exitCode == 0);
  CHECK(tool.folder.names() == names);
}

TEST_CASE(
    "of archives with records of a type that is gone, a kept one that is damaged counts no more") {
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  Archives archives(tool);
  const std::string ending = GENERATE(".tar", ".tar.gz");
  for (const char* day : {"20260101", "20260102", "20260103"}) {
    archives.add(folder + day + ending, day + std::string("120000"));
  }
  // Its end is as it was.
  const std::string damaged = folder + "20260103" + ending;
  std::string bytes = readFile(damaged);
  const std::size_t record = bytes.find(R"({"type":"api::tag.tag")");
  bytes[ending == ".tar" ? record + 5 : bytes.size() / 3] ^= '\x80';
  writeFile(damaged, bytes);
  const TransferServer server(std::make_shared<WithoutTags>());
  const std::vector<std::string> arguments = {
      "pull", server.adminUrl(), "-q", "-o", folder + "{date}" + ending, "--keep-last", "2"};
  const Tool::Run run = tool.run(arguments);
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, damaged + " (it is not whole"));
  const Names names = tool.folder.names();
  CHECK(names.count("20260102" + ending) == 1);
  CHECK(names.count("20260101" + ending) == 0);
}

TEST_CASE("a kept archive that is found to be damaged counts no more, before any is removed") {
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  Archives archives(tool);
  archives.add(folder + "20260101.tar.gz", "20260101120000");
  const TransferServer server(std::make_shared<WithoutTags>());
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", archives.made(), "--format", "dir",
                    "--force"})
              .exitCode == 0);
  for (const char* day : {"20260102", "20260103", "20260104"}) {
    archives.add(folder + day + ".tar.gz", day + std::string("120000"));
  }
  const std::string damaged = folder + "20260103.tar.gz";
  std::string bytes = readFile(damaged);
  bytes[bytes.size() / 3] ^= '\x80';
  writeFile(damaged, bytes);
  const Tool::Run run = tool.run({"prune", folder + "{date}.tar.gz", "--keep-last", "2"});
  INFO(run.output + run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, "left alone: " + damaged + " (it is not whole"));
  CHECK(contains(run.output, "20260101.tar.gz (it is the last with records of api::tag.tag"));
  CHECK(tool.folder.names() == Names{".20260103.tar.gz.incomplete", "20260101.tar.gz",
                                     "20260102.tar.gz", "20260103.tar.gz", "20260104.tar.gz"});
}

TEST_CASE("an archive that is not whole is told where nothing is to be removed, too") {
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  Archives archives(tool);
  for (const char* day : {"20260101", "20260102"}) {
    archives.add(folder + day + ".tar", day + std::string("120000"));
  }
  std::filesystem::resize_file(folder + "20260101.tar", 200'000);
  const Tool::Run run = tool.run({"prune", folder + "{date}.tar", "--keep-last", "7"});
  INFO(run.output);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, "left alone: " + folder + "20260101.tar (it is not whole"));
  CHECK(contains(run.output, "kept:     " + folder + "20260102.tar"));
}

TEST_CASE("an older archive that was cut off counts for none that stays, and that is told") {
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  const std::string format = GENERATE("tar", "tar.gz", "tar.gz.enc", "dir");
  const bool isEncrypted = format == "tar.gz.enc";
  const auto nameOf = [&](const std::string& day) {
    return day + (format == "dir" ? "" : "." + format);
  };
  std::vector<std::string> options;
  if (isEncrypted) {
    options = {"--encrypt", "--output-key", "secret"};
  } else if (format == "dir") {
    options = {"--format", "dir"};
  }
  for (const char* day : {"20260101", "20260102", "20260103", "20260104"}) {
    archives.add(folder + nameOf(day), day + std::string("120000"), options);
  }
  const std::string cut = folder + nameOf("20260103");
  if (format == "dir") {
    std::filesystem::remove(*std::filesystem::directory_iterator(cut + "/assets/uploads"));
  } else {
    std::filesystem::resize_file(cut, std::filesystem::file_size(cut) / 3 / 512 * 512);
  }
  std::vector<std::string> prune = {
      "prune", folder + "{date}" + nameOf(""), "--keep-last", "2", "-q", "-k", "secret"};
  if (!isEncrypted) {
    prune.resize(5);
  }
  const Tool::Run run = tool.run(prune);
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, "left alone: " + cut + " (it "));
  const Names names = tool.folder.names();
  CHECK(names.count(nameOf("20260102")) == 1);
  CHECK(names.count(nameOf("20260103")) == 1);
  CHECK(names.count(nameOf("20260104")) == 1);
  CHECK(names.count(nameOf("20260101")) == 0);
}

TEST_CASE("an archive of another day than its name says, or with two names, pushes out none") {
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  const std::string ending = GENERATE("tar", "tar.gz");
  const auto nameOf = [&](const std::string& day) { return day + "." + ending; };
  for (const char* day : {"20260101", "20260102", "20260110"}) {
    archives.add(folder + nameOf(day), day + std::string("120000"));
  }
  const auto prune = [&] {
    return tool.run({"prune", folder + "{date}." + ending, "--keep-last", "2", "-q"});
  };
  SECTION("a copy of an older one") {
    std::filesystem::copy_file(folder + nameOf("20260101"), folder + nameOf("20260109"));
    const Tool::Run run = prune();
    INFO(run.output << run.errors);
    CHECK(contains(
        run.output,
        "left alone: " + folder + nameOf("20260109") +
            " (its content was made on 2026-01-01, not on the date in its name: it is a copy, or "
            "its server's clock is wrong)"));
  }
  SECTION("a second name") {
    std::filesystem::create_hard_link(folder + nameOf("20260102"), folder + nameOf("20260103"));
    const Tool::Run run = prune();
    INFO(run.output << run.errors);
    CHECK(contains(run.output, "left alone: " + folder + nameOf("20260103") +
                                   " (it is the same file as another one)"));
  }
  CHECK(tool.folder.names().count(nameOf("20260102")) == 1);
  CHECK(tool.folder.names().count(nameOf("20260110")) == 1);
}

TEST_CASE("an archive that a pull has found damaged to reuse counts for none that stays") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  Archives archives(tool);
  archives.add(folder + "20260101.tar", "20260101120000");
  archives.add(folder + "20260102.tar", "20260102120000");
  // Not at its end.
  std::string bytes = readFile(folder + "20260102.tar");
  const std::size_t file = bytes.find("assets/uploads/");
  REQUIRE(file != std::string::npos);
  bytes[file + 600] = static_cast<char>(bytes[file + 600] ^ 1);
  writeFile(folder + "20260102.tar", bytes);
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-q", "--reuse", "latest",
                                  "--keep-last", "2", "-o", folder + "{date}.tar"});
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "left alone: " + folder + "20260102.tar (it is damaged: "));
  CHECK(tool.folder.names().count("20260101.tar") == 1);

  // Nor for a later run, which does not read it.
  const std::vector<std::string> prune = {"prune", folder + "{date}.tar", "--keep-last", "2", "-q"};
  const Tool::Run later = tool.run(prune);
  CHECK(contains(later.output, "left alone: " + folder + "20260102.tar (it is damaged: "));
  CHECK(tool.folder.names().count("20260101.tar") == 1);

  // Nor once other rights have made its mark uncertain: it is read then.
  std::filesystem::permissions(folder + "20260102.tar", std::filesystem::perms::owner_all);
  CHECK(
      contains(tool.run(prune).output, "left alone: " + folder + "20260102.tar (it is not whole"));
  CHECK(tool.folder.names().count("20260101.tar") == 1);

  // A good copy in its place counts again.
  archives.add(folder + "20260102.tar", "20260102120000", {"--force"});
  CHECK(tool.run(prune).output.empty());
  CHECK(tool.folder.names().count("20260101.tar") == 0);
  CHECK(tool.folder.names().count("20260102.tar") == 1);
  CHECK(tool.folder.names().count(".20260102.tar.incomplete") == 0);
}

TEST_CASE("damage that a pull without counts has found to reuse is known to prune") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  Archives archives(tool);
  for (const char* day : {"20260101", "20260102", "20260103"}) {
    archives.add(folder + day + ".tar", day + std::string("120000"));
  }
  std::string bytes = readFile(folder + "20260103.tar");
  const std::size_t file = bytes.find("assets/uploads/");
  REQUIRE(file != std::string::npos);
  bytes[file + 600] = static_cast<char>(bytes[file + 600] ^ 1);
  writeFile(folder + "20260103.tar", bytes);
  REQUIRE(
      tool.run({"pull", server.adminUrl(), "-q", "--reuse", "latest", "-o", folder + "{date}.tar"})
          .exitCode == 0);
  const Tool::Run run = tool.run({"prune", folder + "{date}.tar", "--keep-last", "2", "-q"});
  CHECK(contains(run.output, "left alone: " + folder + "20260103.tar (it is damaged: "));
  CHECK(tool.folder.names().count("20260102.tar") == 1);
  CHECK(tool.folder.names().count("20260101.tar") == 0);
}

TEST_CASE("where losses are accepted, an archive that lost less stays") {
  const auto content = testing::sampleContent();
  TransferServerOptions most;
  for (const auto& file : content->assets()) {
    most.gaps.missingFiles.push_back(file.filename);
  }
  most.gaps.missingFiles.pop_back();
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  Archives archives(tool);
  archives.add(folder + "20260101.tar", "20260101120000");
  const TransferServer server(content, most);
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", folder + "{date}.tar",
                    "--allow-missing-files"})
              .exitCode == 0);
  const Tool::Run run =
      tool.run({"prune", folder + "{date}.tar", "--keep-last", "1", "-q", "--allow-missing-files"});
  CHECK(contains(run.output, ", which the newest one lost)"));
  CHECK(tool.folder.names().count("20260101.tar") == 1);
}

TEST_CASE("where losses are accepted, an archive stays that has a file which the newest one lost") {
  const auto content = testing::sampleContent();
  const auto lacking = [&](std::vector<std::size_t> files) {
    TransferServerOptions options;
    for (const std::size_t file : files) {
      options.gaps.missingFiles.push_back(content->assets().at(file).filename);
    }
    return options;
  };
  const bool hasIt = GENERATE(true, false);
  const TransferServer earlier(content,
                               hasIt ? lacking({0}) : lacking({0, content->assets().size() - 1}));
  const TransferServer later(content, lacking({content->assets().size() - 1}));
  Tool tool;
  const auto pull = [&](const TransferServer& server) {
    const std::set<std::string> before = tool.folder.names();
    std::vector<std::string> arguments = {"pull",
                                          server.adminUrl(),
                                          "-q",
                                          "-o",
                                          tool.folder / "x-{date}-{time}.tar",
                                          "--allow-missing-files"};
    Tool::Run run = tool.run(arguments);
    for (int i = 0; i < 1'000 && run.exitCode == 6; ++i) {  // Names of one second are one name.
      run = tool.run(arguments);
    }
    INFO(run.errors);
    REQUIRE(run.exitCode == 0);
    for (const std::string& name : tool.folder.names()) {
      if (before.count(name) == 0) {
        return name;
      }
    }
    return std::string();
  };
  const std::string first = pull(earlier);
  pull(later);
  const Tool::Run run = tool.run({"prune", tool.folder / "x-{date}-{time}.tar", "--keep-last", "1",
                                  "-q", "--allow-missing-files"});
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, "(it has " + content->assets().back().filename +
                                 ", which the newest one lost)") == hasIt);
  CHECK(tool.folder.names().count(first) == (hasIt ? 1 : 0));
}

TEST_CASE("a folder in which damage was put right counts again") {
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  Archives archives(tool);
  for (const char* day : {"20260101", "20260102", "20260103"}) {
    archives.add(folder + day, day + std::string("120000"), {"--format", "dir"});
  }
  const std::string file =
      std::filesystem::directory_iterator(folder + "20260103/assets/uploads")->path();
  const std::string good = readFile(file);
  writeFile(file, std::string(good.size(), 'x'));
  const auto prune = [&](const char* count) {
    return tool.run({"prune", folder + "{date}", "--keep-last", count, "-q"});
  };
  CHECK(contains(prune("1").output, "left alone: " + folder + "20260103 (it is not whole"));
  CHECK(tool.folder.names().count("20260102") == 1);
  CHECK(tool.folder.names().count(".20260103.incomplete") == 1);
  archives.add(folder + "20260101", "20260101120000", {"--format", "dir", "--force"});
  writeFile(file, good);
  CHECK(prune("1").output.empty());
  CHECK(tool.folder.names() == Names{"20260103"});
}

TEST_CASE("an encrypted archive that no key opens is not noted as damaged") {
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  {
    Archives archives(tool);
    for (const char* day : {"20260101", "20260102"}) {
      archives.add(folder + day + ".tar", day + std::string("120000"),
                   {"--encrypt", "--output-key", "secret"});
    }
  }
  const std::vector<std::string> prune = {"prune", folder + "{date}.tar", "--keep-last", "1", "-q"};
  CHECK(contains(tool.run(prune).output, "left alone: "));
  CHECK(tool.folder.names() == Names{"20260101.tar", "20260102.tar"});
}

TEST_CASE("the newest archive counts only if the run that made it lost nothing") {
  TransferServerOptions options;
  const auto content = testing::sampleContent();
  options.gaps.missingFiles = {content->assets().front().filename};
  const TransferServer server(content, options);
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  Archives archives(tool);
  archives.add(folder + "20260101.tar", "20260101120000");
  archives.add(folder + "20260102.tar", "20260102120000");
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", folder + "{date}.tar",
                    "--allow-missing-files"})
              .exitCode == 0);
  const std::vector<std::string> prune = {"prune", folder + "{date}.tar", "--keep-last", "1", "-q"};
  CHECK(contains(tool.run(prune).output, "(the run that made it lost content)"));
  CHECK(tool.folder.names().count("20260102.tar") == 1);
}

TEST_CASE("a folder that is an export is removed whole, unless it holds something else") {
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  for (const char* day : {"20260101", "20260102", "20260103"}) {
    archives.add(folder + day, day + std::string("000000"), {"--format", "dir"});
  }
  writeFile(folder + "20260101/README.md", "precious");
  std::filesystem::create_directory(folder + "20260102/drafts");
  const std::vector<std::string> prune = {"prune", folder + "{date}", "--keep-last", "1"};
  CHECK(contains(tool.run(prune).output, "holds drafts"));
  std::filesystem::remove(folder + "20260102/drafts");
  const Tool::Run run = tool.run(prune);
  INFO(run.output + run.errors);
  CHECK(run.exitCode == 0);
  CHECK(tool.folder.names() == Names{"20260101", "20260103"});
  CHECK(contains(run.output, "holds README.md"));
  CHECK(readFile(folder + "20260101/README.md") == "precious");
}

TEST_CASE("what cannot be removed is told, and is exit code 5") {
  letPermissionsCountForRoot();
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder / "read-only";
  std::filesystem::create_directory(folder);
  archives.add(folder + "/20260101.tar", "20260101000000");
  archives.add(folder + "/20260102.tar", "20260102000000");
  std::filesystem::permissions(folder, std::filesystem::perms(0500));
  const Tool::Run run = tool.run({"prune", folder + "/{date}.tar", "--keep-last", "1"});
  std::filesystem::permissions(folder, std::filesystem::perms(0700));
  CHECK(run.exitCode == 5);
  CHECK(contains(run.output, "NOT REMOVED: " + folder + "/20260101.tar"));
}

TEST_CASE("a folder that can be removed only in part is told to be so, each time") {
  letPermissionsCountForRoot();
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  archives.add(folder + "20260101", "20260101000000", {"--format", "dir"});
  archives.add(folder + "20260102", "20260102000000", {"--format", "dir"});
  const std::string closed = "/entities";
  std::filesystem::permissions(folder + "20260101" + closed, std::filesystem::perms(0500));
  const auto prune = [&] { return tool.run({"prune", folder + "{date}", "--keep-last", "1"}); };
  const Tool::Run run = prune();
  const Tool::Run again = prune();
  std::string left;
  for (const std::string& name : tool.folder.names()) {
    left = name[0] == '.' ? folder + name : left;
  }
  REQUIRE_FALSE(left.empty());
  std::filesystem::permissions(left + closed, std::filesystem::perms(0700));
  INFO(run.output + run.errors + again.output + again.errors);
  CHECK(run.exitCode == 5);
  CHECK(contains(run.output, "NOT REMOVED: " + folder +
                                 "20260101 (it is partly removed; the rest is " + left +
                                 ", which cannot be removed: "));
  CHECK(contains(again.output + again.errors, "cannot remove all leftovers of an earlier run: ."));
  CHECK_FALSE(contains(again.output + again.errors, "removed leftovers of a killed run"));
}

TEST_CASE("a second run on the same target ends at once, and says who has it") {
  TransferServerOptions options;
  options.faults.step = strapi::TransferStage::entities;
  options.faults.kind = TransferFaults::Kind::silence;
  TransferServer slow(testing::sampleContent(), options);
  Tool tool;
  const std::string target =
      GENERATE(as<std::string>{}, "{host}-{date}{time}.tar", "fixed.tar", "");
  const std::string output = tool.folder.path() + "/" + target;
  ChildProcess first = tool.start({"pull", slow.adminUrl(), "--json", "-o", output});
  first.readLine();
  const auto connections = slow.log().connections;
  const Tool::Run second = tool.run({"pull", slow.adminUrl(), "-q", "-o", output, "--force"});
  CHECK(second.exitCode == 8);
  CHECK(second.output.empty());
  CHECK(contains(second.errors, "wsferry: another run is working on " + tool.folder.path()));
  CHECK(contains(second.errors, ": process "));
  CHECK(contains(second.errors, ", started 2"));
  CHECK(slow.log().connections <= connections + 1);  // The first run's may have come since.

  // Other targets in the same folder are free.
  const TransferServer server(testing::sampleContent());
  CHECK(tool.run({"pull", server.adminUrl(), "-q", "-o", tool.folder / "another.tar"}).exitCode ==
        0);
  first.send(SIGTERM);
  CHECK(first.wait() == 130);
  CHECK(tool.folder.names() == Names{"another.tar"});
}

TEST_CASE("prune leaves out a series that another run works on, and does the others") {
  TransferServerOptions options;
  options.faults.step = strapi::TransferStage::entities;
  options.faults.kind = TransferFaults::Kind::silence;
  TransferServer slow(testing::sampleContent(), options);
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  const std::string busy = "export_" + hostOf(slow) + "_";  // Between the others.
  for (const std::string& series : {std::string("export_0_"), busy, std::string("export_z_")}) {
    for (const char* time : {"20260101013000", "20260102013000"}) {
      archives.add(folder + series + time + ".tar.gz", time);
    }
  }
  ChildProcess pull = tool.start({"pull", slow.adminUrl(), "--json", "-o", folder});
  pull.readLine();
  const bool json = GENERATE(false, true);
  std::vector<std::string> arguments = {"prune", folder, "--keep-last", "1"};
  if (json) {
    arguments.emplace_back("--json");
  }
  const Tool::Run run = tool.run(arguments);
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 8);
  CHECK(contains(run.errors, "another run is working on " + folder + busy));
  CHECK_FALSE(contains(run.output + run.errors, "nothing was done"));
  if (json) {
    CHECK(contains(run.output, R"("busy":"another run)"));
    CHECK(contains(run.output, R"({"event":"result","ok":false,"exitCode":8})"));
  }
  pull.send(SIGTERM);
  CHECK(pull.wait() == 130);
  CHECK(tool.folder.names() == Names{"export_0_20260102013000.tar.gz",
                                     busy + "20260101013000.tar.gz", busy + "20260102013000.tar.gz",
                                     "export_z_20260102013000.tar.gz"});
}

TEST_CASE("a signal while older archives are read ends with a result, and removes no more") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  const std::string log = tool.folder / "log";
  const std::string slow = folder + "export_" + hostOf(server) + "_20260101013000.tar.gz";
  const Opening opening(slow, hugeArchive());
  const bool pulls = GENERATE(true, false);
  std::vector<std::string> arguments = {"pull", server.adminUrl(), "-o", folder,       "--json",
                                        "-q",   "--keep-last",     "1",  "--log-file", log};
  if (!pulls) {
    Archives(tool).add(folder + "export_" + hostOf(server) + "_20260102013000.tar.gz",
                       "20260102013000");
    arguments = {"prune", folder, "--keep-last", "1", "--json"};
  }
  ChildProcess child = tool.start(arguments);
  opening.wait();
  child.send(SIGTERM);
  const std::string output = child.readAll();
  CHECK(child.wait() == 130);
  INFO(output << child.errors());
  CHECK(contains(output, R"("event":"result","ok":false,"exitCode":130)"));
  CHECK(contains(output, "the run was interrupted before it was read"));
  Names left = tool.folder.names();
  CHECK(left.size() == (pulls ? 3 : 2));  // With the log, and without a mark.
  CHECK(std::filesystem::exists(slow));
  if (pulls) {
    CHECK(contains(readFile(log), "exit code: 130"));
  }
}

TEST_CASE("after a signal prune touches no other series") {
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  const Opening opening(folder + "export_a_20260101013000.tar.gz", hugeArchive());
  archives.add(folder + "export_a_20260102013000.tar.gz", "20260102013000");
  archives.add(folder + "export_b_20260101013000.tar.gz", "20260101013000");
  archives.add(folder + "export_b_20260102013000.tar.gz", "20260102013000");
  writeFile(folder + ".export_b_20260103013000.tar.gz.part-0123456789", "x");
  const Names before = tool.folder.names();
  ChildProcess child = tool.start({"prune", folder, "--keep-last", "1", "--json"});
  opening.wait();
  child.send(SIGTERM);
  const std::string output = child.readAll();
  CHECK(child.wait() == 130);
  INFO(output << child.errors());
  CHECK(contains(output, "export_a_"));
  CHECK_FALSE(contains(output + child.errors(), "export_b_"));
  CHECK(tool.folder.names() == before);
}

TEST_CASE("a deadline ends the reading of older archives, too, and removes no more") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  const std::string older = folder + "export_" + hostOf(server) + "_2026010";
  writeFile(older + "1013000.tar.gz", hugeArchive());
  for (int day = 2; day < 9; ++day) {  // To read them all would take a minute.
    std::filesystem::create_hard_link(older + "1013000.tar.gz",
                                      older + std::to_string(day) + "013000.tar.gz");
  }
  const Tool::Run run = tool.run(
      {"pull", server.adminUrl(), "-o", folder, "--json", "--keep-last", "1", "--deadline", "3s"});
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 4);
  CHECK(contains(run.output, R"("event":"result","ok":false,"exitCode":4)"));
  CHECK(contains(run.output, "the --deadline of 3"));
  CHECK(contains(run.output, "older ones that were not yet read stay"));
  CHECK(tool.folder.names().size() == 9);
}

TEST_CASE("an archive that lost content is marked before it has its name") {
  TransferServerOptions options;
  options.gaps.unreadableTypes = {"api::article.article"};
  const TransferServer server(testing::sampleContent(), options);
  Tool tool;
  const Coming coming(tool.folder.path(), "export_");
  ChildProcess child = tool.start(
      {"pull", server.adminUrl(), "-o", tool.folder.path() + "/", "-q", "--allow-incomplete"});
  const std::string name = coming.wait();
  child.send(SIGKILL);
  child.wait();
  CHECK(tool.folder.names().count("." + name + ".incomplete") == 1);
}

TEST_CASE("a link to a target is that target: for the lock, and for what a killed run left") {
  TransferServerOptions options;
  options.faults.step = strapi::TransferStage::entities;
  options.faults.kind = TransferFaults::Kind::silence;
  TransferServer slow(testing::sampleContent(), options);
  const TransferServer server(testing::sampleContent());
  Tool tool;
  std::filesystem::create_directory(tool.folder / "disk");
  const std::string real = tool.folder / "disk/real.tar";
  writeFile(real, "an older archive");
  for (const char* link : {"one.tar", "other.tar"}) {
    std::filesystem::create_symlink(real, tool.folder / link);
  }
  ChildProcess first =
      tool.start({"pull", slow.adminUrl(), "--json", "--force", "-o", tool.folder / "one.tar"});
  while (!contains(first.readLine(), "\"stage\"")) {
  }
  CHECK(tool.run({"pull", server.adminUrl(), "-q", "--force", "-o", tool.folder / "other.tar"})
            .exitCode == 8);
  first.send(SIGKILL);
  first.wait();
  const auto inFolder = [&] {
    return std::distance(std::filesystem::directory_iterator(tool.folder / "disk"), {});
  };
  CHECK(inFolder() == 3);  // The lock and the part beside the archive.
  const Tool::Run run =
      tool.run({"pull", server.adminUrl(), "--force", "-o", tool.folder / "other.tar"});
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "a killed run left behind: .real.tar.part-"));
  CHECK(inFolder() == 1);
  CHECK(archive::verifyArchive(real).problems.empty());
}

TEST_CASE("what a killed run left of a long name is found") {
  TransferServerOptions options;
  options.faults.step = strapi::TransferStage::entities;
  options.faults.kind = TransferFaults::Kind::silence;
  TransferServer slow(testing::sampleContent(), options);
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string output =
      tool.folder / GENERATE(as<std::string>{}, std::string(210, 'x') + ".tar",
                             std::string(190, 'x') + "-{date}{time}.tar");
  ChildProcess first = tool.start({"pull", slow.adminUrl(), "--json", "-o", output});
  while (!contains(first.readLine(), "\"stage\"")) {
  }
  first.send(SIGKILL);
  first.wait();
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", output});
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "a killed run left behind: ."));
  CHECK(tool.folder.names().size() == 1);
}

TEST_CASE("a target that cannot be locked is told") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  // Somebody else's, and no file.
  std::filesystem::create_symlink(tool.folder / "elsewhere", tool.folder / ".x.tar.lock");
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", tool.folder / "x.tar"});
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "cannot lock " + (tool.folder / ".x.tar.lock") + ": "));
}

TEST_CASE("after a kill the next run has the target at once, cleans up, and says so in one line") {
  TransferServerOptions options;
  options.faults.step = strapi::TransferStage::entities;
  options.faults.kind = TransferFaults::Kind::silence;
  TransferServer slow(testing::sampleContent(), options);
  Tool tool;
  const std::string output = tool.folder / "{date}{time}.tar";
  ChildProcess first = tool.start({"pull", slow.adminUrl(), "--json", "-o", output});
  // The part of the archive is there once content flows.
  while (!contains(first.readLine(), "\"stage\"")) {
  }
  first.send(SIGKILL);
  CHECK(first.wait() == 1000 + SIGKILL);
  const Names left = tool.folder.names();
  REQUIRE(left.size() == 2);
  CHECK(left.count(".{date}{time}.tar.lock") == 1);

  // Another's, which must stay.
  const std::string foreign = ".notes.tar.part-0123456789";
  writeFile(tool.folder / foreign, "x");
  const TransferServer server(testing::sampleContent());
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", output});
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "note: looking for files in what a killed run left behind: ."));
  const Names names = without(tool.folder.names(), foreign);
  REQUIRE(names.size() == 1);
  CHECK(names.begin()->front() != '.');
  CHECK(readFile(tool.folder / foreign) == "x");
}

TEST_CASE("an archive of a selection does not push out one that holds more") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  const std::string whole = "export_" + hostOf(server) + "_20260101013000.tar.gz";
  Archives(tool).add(folder + whole, "20260101013000");
  std::vector<std::string> pull = {"pull", server.adminUrl(), "-o", folder};
  const auto selected = GENERATE(
      values<std::vector<std::string>>({{"--only", "config"},
                                        {"--exclude", "files"},
                                        {"--only-content-types", "api::tag.tag"},
                                        {"--exclude-content-types", "plugin::i18n.locale"}}));
  pull.insert(pull.end(), selected.begin(), selected.end());
  SECTION("with --keep options it is compared") {
    pull.insert(pull.end(), {"--keep-last", "1"});
    const Tool::Run run = tool.run(pull);
    INFO(run.output << run.errors);
    CHECK(run.exitCode == 0);
    CHECK(contains(run.output + run.errors, "which this selection leaves out"));
    const Tool::Run dry = tool.run({"prune", folder, "--keep-last", "1"});
    CHECK(contains(dry.output, "left alone: "));
  }
  SECTION("without them it does not count, whatever made its name") {
    if (GENERATE(false, true)) {
      pull[3] += "export_" + hostOf(server) + "_20260102013000.tar.gz";
    }
    REQUIRE(tool.run(pull).exitCode == 0);
    const Tool::Run run = tool.run({"prune", folder, "--keep-last", "1"});
    INFO(run.output << run.errors);
    CHECK(run.exitCode == 0);
    CHECK(contains(run.output + run.errors, "took a selection"));
  }
  CHECK(tool.folder.names().count(whole) == 1);
}

TEST_CASE("a folder with a file that is not of the export is left alone, wherever that is") {
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  Archives archives(tool);
  archives.add(folder + "x_20260101013000", "20260101013000", {"--format", "dir"});
  archives.add(folder + "x_20260102013000", "20260102013000", {"--format", "dir"});
  const std::string place =
      GENERATE("entities/notes.txt~", "assets/uploads/report.bak", "assets/metadata/.notes",
               "schemas/.hidden.tar.gz", "checksums/notes.txt", "notes");
  writeFile(folder + "x_20260101013000/" + place, "mine");
  const Tool::Run run = tool.run({"prune", folder + "x_{date}{time}", "--keep-last", "1"});
  INFO(run.output << run.errors);
  CHECK(contains(run.output + run.errors, "it holds " + place));
  CHECK(tool.folder.names().count("x_20260101013000") == 1);
}

TEST_CASE("--reuse latest takes the newest archive of the series, and none before the first run") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  const std::vector<std::string> nightly = {
      "pull", server.adminUrl(), "--json", "--reuse", "latest", "-o", folder};
  const Tool::Run first = tool.run(nightly);
  INFO(first.output << first.errors);
  REQUIRE(first.exitCode == 0);
  const std::size_t fetched = server.log().files.size();
  CHECK(fetched > 0);
  std::string made;
  for (const std::string& name : tool.folder.names()) {
    made = name.find("export_") == 0 ? name : made;
  }
  std::filesystem::rename(folder + made,
                          folder + "export_" + hostOf(server) + "_20200102030405.tar.gz");
  const Tool::Run second = tool.run(nightly);
  INFO(second.output << second.errors);
  REQUIRE(second.exitCode == 0);
  CHECK(server.log().files.size() == fetched);

  const Tool::Run alone =
      tool.run({"pull", server.adminUrl(), "--reuse", "latest", "-o", folder + "x.tar"});
  CHECK(alone.exitCode == 2);
  CHECK(contains(alone.errors, "--reuse latest is the newest of a series"));
  const Tool::Run plain =
      tool.run({"pull", server.adminUrl(), "--reuse", folder, "-o", folder + "x.tar"});
  CHECK(plain.exitCode == 2);
  CHECK(contains(plain.errors, "is not an exported folder"));
}

TEST_CASE("a folder that is missing is told with what to do, with and without --reuse latest") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const bool reuses = GENERATE(false, true);
  std::vector<std::string> pull = {"pull", server.adminUrl(), "-o", tool.folder / "missing/"};
  if (reuses) {
    pull.insert(pull.end(), {"--reuse", "latest"});
  }
  const Tool::Run run = tool.run(pull);
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "does not exist; create it first"));
}

TEST_CASE("a newest archive that cannot be read ends no run, and the one before it is reused") {
  Tool tool;
  const TransferServer server(testing::sampleContent());
  const std::string folder = tool.folder / "series/";
  std::filesystem::create_directory(folder);
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", folder + "20200101.tar"}).exitCode == 0);
  const std::string newest = folder + "20200102.tar";
  SECTION("a folder") {
    std::filesystem::create_directory(newest);
  }
  SECTION("a link that leads nowhere") {
    std::filesystem::create_symlink(folder + "gone.tar", newest);
  }
  const std::size_t fetched = server.log().files.size();
  const Tool::Run run =
      tool.run({"pull", server.adminUrl(), "-q", "--reuse", "latest", "-o", folder + "{date}.tar"});
  INFO(run.output + run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, newest));
  CHECK(contains(run.errors, "nothing is reused from the latest archive"));
  CHECK(server.log().files.size() == fetched);
}

TEST_CASE("an archive that is dated ahead of the clock is not the latest, and that is told") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", folder + "20200101.tar"}).exitCode == 0);
  // Nothing can be taken from these.
  writeFile(folder + "20990101.tar", "not an archive");
  writeFile(folder + "20200102.tar", "not an archive");
  writeFile(folder + ".20200102.tar.incomplete", "");
  const std::size_t fetched = server.log().files.size();
  const Tool::Run run =
      tool.run({"pull", server.adminUrl(), "-q", "--reuse", "latest", "-o", folder + "{date}.tar"});
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(server.log().files.size() == fetched);
  CHECK(contains(run.errors, folder + "20990101.tar is dated ahead of the clock"));
  CHECK_FALSE(contains(run.errors, "cannot be read"));
}

TEST_CASE("archives that are dated ahead of the clock push out none, and are told") {
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  for (const char* day : {"20260101", "20260102", "20260103"}) {
    archives.add(folder + day + ".tar", std::string(day) + "000000");
  }
  for (const char* day : {"20990101", "20990102"}) {
    archives.add(folder + day + ".tar", std::string(day) + "000000");
  }
  const Tool::Run run = tool.run({"prune", folder + "{date}.tar", "--keep-last", "2", "-q"});
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 0);
  CHECK(tool.folder.names() ==
        Names{"20260102.tar", "20260103.tar", "20990101.tar", "20990102.tar"});
  CHECK(contains(run.output, "left alone: " + folder + "20990101.tar (it is dated ahead of"));
}

TEST_CASE("a name of the longest size has its mark and its lock, and a longer one is refused") {
  const auto content = testing::sampleContent();
  TransferServerOptions options;
  options.gaps.missingFiles = {content->assets().front().filename};
  const TransferServer server(content, options);
  Tool tool;
  const auto nameOf = [](std::size_t size) {
    const std::string ending = "-{date}.tar";
    return std::string(size - 13, 'x') + ending;
  };
  // Of each no mark of another may count.
  for (const std::size_t size : {243U, 244U, 255U}) {
    const Tool::Run run =
        tool.run({"pull", server.adminUrl(), "-q", "-o", tool.folder / nameOf(size)});
    INFO(run.errors);
    CHECK(run.exitCode == 5);
    CHECK_FALSE(contains(run.errors, "too long"));
  }
  const Names names = tool.folder.names();
  CHECK(names.size() == 6);
  CHECK(std::count_if(names.begin(), names.end(),
                      [](const std::string& name) { return contains(name, ".incomplete"); }) == 3);
  const auto connections = server.log().connections;
  const Tool::Run refused =
      tool.run({"pull", server.adminUrl(), "-q", "-o", tool.folder / nameOf(256)});
  CHECK(refused.exitCode == 2);
  CHECK(contains(refused.errors, "has 256 bytes"));
  CHECK(contains(refused.errors, "one may have 255"));
  CHECK(server.log().connections == connections);
}

TEST_CASE("runs that are killed one after another do not fill the disk") {
  const auto content = testing::sampleContent();
  const TransferServer server(content);
  Tool tool;
  const std::string whole = tool.folder / "whole.tar";
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", whole}).exitCode == 0);
  const std::string bytes = readFile(whole);
  writeFile(tool.folder / ".x.tar.part-0000000001", bytes.substr(0, bytes.size() / 3));
  writeFile(tool.folder / ".x.tar.part-0000000002", bytes.substr(0, bytes.size() / 2));
  writeFile(tool.folder / ".x.tar.part-0000000003", bytes.substr(0, bytes.size() / 4));
  TransferServerOptions options;
  options.faults.step = strapi::TransferStage::entities;
  options.faults.kind = TransferFaults::Kind::silence;
  TransferServer slow(content, options);
  ChildProcess run = tool.start({"pull", slow.adminUrl(), "--json", "-o", tool.folder / "x.tar"});
  std::string told;
  for (std::string line; !contains(line = run.readLine(), "\"stage\"");) {
    told += line;
  }
  run.send(SIGKILL);
  run.wait();
  CHECK(contains(told, ".x.tar.part-0000000002"));
  CHECK(contains(told, "2 smaller ones are removed"));
  const Names names = tool.folder.names();
  CHECK(names.count(".x.tar.part-0000000001") == 0);
  CHECK(names.count(".x.tar.part-0000000002") == 1);
  CHECK(names.count(".x.tar.part-0000000003") == 0);
}

TEST_CASE("--keep options need names that differ, and something to keep") {
  Tool tool;
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"pull", "http://127.0.0.1:9/admin"});
    return tool.run(more);
  };
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"-o", "x.tar", "--keep-last", "1"},
        {"-o", "{host}-{time}.tar", "--keep-last", "1"},
        {"-o", "-", "--keep-last", "1"},
        {"--keep-last", "0", "--keep-monthly", "0"},
        {"--dry-run"},
        {"--keep-last", "-1"},
        {"--keep-last", "1.5"}}) {
    const Tool::Run refused = run(wrong);
    INFO(refused.errors);
    CHECK(refused.exitCode == 2);
  }
}

TEST_CASE("prune by the name of a server does what a pull from it would do after its archive") {
  Tool tool;
  Archives archives(tool);
  const std::string folder = tool.folder.path() + "/";
  const std::string config = tool.folder / "servers.toml";
  const std::string own = "export_example.org_";
  const std::string other = "export_other.example_20260101000000.tar.gz.enc";
  const std::vector<std::string> encrypted = {"--encrypt", "--output-key", "secret"};
  for (const char* day : {"20260101000000", "20260102000000", "20260103000000"}) {
    archives.add(folder + own + day + ".tar.gz.enc", day, encrypted);
  }
  archives.add(folder + other, "20260101000000", encrypted);
  const std::string text =
      "[production]\nurl = \"https://example.org/admin\"\noutput = \"./\"\nencrypt = true\n"
      "key-file = \"key.txt\"\nreuse = \"latest\"\n";
  writeFile(tool.folder / "key.txt", "secret\n");
  writeFile(config, text +
                        "keep-last = 1\n[single]\nurl = \"https://example.org/admin\"\n"
                        "output = \"x.tar\"\nkeep-last = 1\n");
  const Names before = tool.folder.names();

  const Tool::Run shown = tool.run({"prune", "production", "--config", config, "--dry-run"});
  INFO(shown.output << shown.errors);
  CHECK(shown.exitCode == 0);
  CHECK(contains(shown.output, "would keep: " + folder));
  CHECK(contains(shown.output, own + "20260102000000.tar.gz.enc (no rule keeps it)"));
  CHECK(tool.folder.names() == before);
  // What is typed counts before it.
  REQUIRE(tool.run({"prune", "production", "--config", config, "--keep-last", "2"}).exitCode == 0);
  CHECK(tool.folder.names() == without(before, own + "20260101000000.tar.gz.enc"));
  REQUIRE(tool.run({"prune", "production", "--config", config}).exitCode == 0);
  CHECK(tool.folder.names() == without(without(before, own + "20260101000000.tar.gz.enc"),
                                       own + "20260102000000.tar.gz.enc"));

  CHECK(tool.run({"prune", "single", "--config", config}).exitCode == 2);
  CHECK(tool.run({"prune", "unknown", "--config", config, "--keep-last", "1"}).exitCode == 2);
  writeFile(config, text);
  CHECK(tool.run({"prune", "production", "--config", config}).exitCode == 2);
}

TEST_CASE("a folder without its slash gets an archive, and a name without an ending is refused") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string folder = tool.folder / "backups";
  const Tool::Run missing = tool.run({"pull", server.adminUrl(), "-o", folder});
  CHECK(missing.exitCode == 2);
  CHECK(contains(missing.errors,
                 "call it " + folder + ".tar.gz, or create the folder and give " + folder + "/"));
  CHECK(tool.folder.names().empty());
  CHECK(server.log().connections == 0);

  std::filesystem::create_directory(folder);
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", folder, "--keep-last", "1"}).exitCode ==
          0);
  const std::filesystem::path made = *std::filesystem::directory_iterator(folder);
  CHECK(contains(made.filename().string(), "export_" + hostOf(server) + "_"));
  std::filesystem::create_directory(tool.folder / "others");
  REQUIRE(tool.run({"convert", made, tool.folder / "others", "-q"}).exitCode == 0);
  CHECK(std::filesystem::exists(tool.folder / "others" / made.filename()));
}
