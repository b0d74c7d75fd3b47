// What an unattended run tells: nothing, a line, or all of it in a log file.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/file_bytes.hpp"
#include "support/push_server.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

bool isLogLine(const std::string& line) {
  static const std::regex form(R"(2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ \[\d+\] .+)");
  return std::regex_match(line, form);
}

}  // namespace

TEST_CASE("a quiet pull that is whole says nothing, and one that fails says one line") {
  Tool tool;
  const TransferServer server(testing::sampleContent());
  const Tool::Run whole =
      tool.run({"pull", server.adminUrl(), "-q", "-o", tool.folder.path() + "/"});
  CHECK(whole.exitCode == 0);
  CHECK((whole.output + whole.errors).empty());

  const auto failed = [&tool](std::vector<std::string> arguments, int exitCode, const char* words) {
    const Tool::Run run = tool.run(arguments);
    INFO(run.errors);
    CHECK(run.exitCode == exitCode);
    CHECK(run.output.empty());
    CHECK(linesOf(run.errors).size() == 1);
    CHECK(run.errors.rfind("wsferry: ", 0) == 0);
    CHECK(contains(run.errors, words));
  };
  const std::string file = tool.folder / "x.tar";
  failed({"pull", "http://127.0.0.1:1/admin", "-q", "-o", file}, 4, "127.0.0.1:1");
  failed({"pull", server.adminUrl(), "-q", "-o", tool.folder / "no/x.tar"}, 5, "create it first");
  tool.variables = {"STRAPI_TRANSFER_TOKEN=a-wrong-one"};
  failed({"pull", server.adminUrl(), "-q", "-o", file}, 3, "HTTP status 401");
  tool.variables.clear();
  failed({"pull", server.adminUrl(), "-q", "-o", file}, 2, "STRAPI_TRANSFER_TOKEN");
}

TEST_CASE("a quiet push that fails tells in its line what became of the destination") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.faults.kind = testing::TransferFaults::Kind::refuseRecord;
  options.faults.step = strapi::TransferStage::links;
  PushServer destination(tool.folder, options);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "-q", "--force"});
  INFO(run.errors);
  CHECK(run.exitCode == 1);
  const auto lines = linesOf(run.errors);
  REQUIRE_FALSE(lines.empty());
  CHECK(lines.back().rfind("wsferry: ", 0) == 0);
  CHECK(contains(lines.back(), "; "));
  CHECK(contains(lines.back(), "upload files were not rolled back"));
}

TEST_CASE("--progress always redraws a line anywhere, and never shows none") {
  Tool tool;
  const TransferServer server(testing::sampleContent());
  const auto pull = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"pull", server.adminUrl(), "--force", "-o", tool.folder / "x.tar"});
    return tool.run(more);
  };
  const Tool::Run automatic = pull({});
  CHECK(contains(automatic.errors, "entities: "));
  CHECK_FALSE(contains(automatic.errors, "\r"));
  const Tool::Run always = pull({"--progress", "always"});
  CHECK(contains(always.errors, "\r"));
  const Tool::Run never = pull({"--progress", "never"});
  CHECK_FALSE(contains(never.errors, "entities: "));
  CHECK(contains(never.output, "| Total"));
  const Tool::Run events = pull({"--progress", "never", "--json"});
  CHECK_FALSE(contains(events.output, R"("event":"progress")"));
  CHECK(contains(events.output, R"("event":"stage")"));
  CHECK(pull({"--progress", "sometimes"}).exitCode == 2);
  CHECK(pull({"--progress", "always", "-q"}).exitCode == 2);
}

TEST_CASE("a log has what people would see, also with -q and --json, and grows from run to run") {
  Tool tool;
  const TransferServer server(testing::sampleContent());
  const std::string log = tool.folder / "wsferry.log";
  const Tool::Run quiet =
      tool.run({"pull", server.adminUrl(), "-q", "-o", tool.folder / "a.tar", "--log-file", log});
  CHECK(quiet.exitCode == 0);
  CHECK((quiet.output + quiet.errors).empty());
  const std::string first = readFile(log);
  for (const std::string& line : linesOf(first)) {
    INFO(line);
    CHECK(isLogLine(line));
  }
  CHECK(contains(first, "] pull: " + server.adminUrl() + " into "));
  CHECK(contains(first, "] entities: "));
  CHECK(contains(first, "] sha256:   "));
  CHECK(contains(linesOf(first).back(), "] exit code: 0"));
  CHECK_FALSE(contains(first, "\r"));

  tool.variables = {"STRAPI_TRANSFER_TOKEN=a-wrong-one"};
  const Tool::Run failed = tool.run(
      {"pull", server.adminUrl(), "--json", "-o", tool.folder / "b.tar", "--log-file", log});
  CHECK(failed.exitCode == 3);
  const std::string both = readFile(log);
  REQUIRE(both.rfind(first, 0) == 0);
  const std::string second = both.substr(first.size());
  CHECK(contains(second, "] wsferry: "));
  CHECK(contains(second, "]   answer: HTTP status 401"));
  CHECK(contains(linesOf(second).back(), "] exit code: 3"));
  CHECK_FALSE(contains(both, "a-wrong-one"));
  CHECK_FALSE(contains(both, "testing-token"));
}

TEST_CASE("a log has the exit code of every run, and it is the one that the run returns") {
  Tool tool;
  PushServer server(tool.folder);
  const std::string archive = sampleArchive(tool.folder);
  const std::string log = tool.folder / "wsferry.log";
  const auto last = [&] { return linesOf(readFile(log)).back(); };
  SECTION("without changes") {
    const Tool::Run pull = tool.run({"pull", server.url(), "-o", tool.folder.path() + "/",
                                     "--keep-last", "1", "--dry-run", "--log-file", log});
    INFO(pull.errors);
    CHECK(pull.exitCode == 0);
    CHECK(contains(readFile(log), "] would keep: "));
    CHECK(contains(last(), "] exit code: 0"));
    const Tool::Run push =
        tool.run({"push", archive, server.url(), "--dry-run", "--log-file", log});
    INFO(push.errors);
    CHECK(push.exitCode == 0);
    CHECK(linesOf(readFile(log)).size() > 2);
    CHECK(contains(last(), "] exit code: 0"));
  }
  SECTION("whose report nobody gets") {
    if (::access("/dev/full", W_OK) != 0) {
      WARN("there is no /dev/full: nothing was tested");
      return;
    }
    const std::string command = std::string(WSFERRY_TOOL_PATH) + " pull " + server.url() + " -o " +
                                (tool.folder / "a.tar") + " --retries 0 --log-file " + log +
                                " > /dev/full";
    ChildProcess child({"/bin/sh", "-c", command}, tool.variables, tool.folder / "errors");
    CHECK(child.wait() == 5);
    CHECK(contains(last(), "] exit code: 5"));
  }
}

TEST_CASE("a log that cannot be opened ends the run before it connects") {
  Tool tool;
  const TransferServer server(testing::sampleContent());
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-q", "-o", tool.folder / "a.tar",
                                  "--log-file", tool.folder / "missing/wsferry.log"});
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "cannot open the log file " + (tool.folder / "missing/wsferry.log")));
  CHECK(server.log().connections == 0);
  CHECK(tool.folder.names().empty());
}

TEST_CASE("a log is a text file of its own: nothing else is appended to, or waited for") {
  Tool tool;
  const TransferServer server(testing::sampleContent());
  const std::string archive = sampleArchive(tool.folder);
  const std::string bytes = readFile(archive);
  const std::string pipe = tool.folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto refused = [&](const std::string& log, const std::string& output, const char* words) {
    const Tool::Run run =
        tool.run({"pull", server.adminUrl(), "-q", "-o", output, "--log-file", log});
    INFO(run.errors);
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, words));
  };
  const std::string output = tool.folder / "a.tar";
  refused(pipe, output, "neither a file nor a terminal");
  refused(tool.folder.path(), output, "neither a file nor a terminal");
  refused(archive, output, "without a line of a log");
  const std::string token = tool.folder / "token";
  writeFile(token, "0123456789abcdef\n");
  refused(token, output, "without a line of a log");
  CHECK(readFile(token) == "0123456789abcdef\n");
  refused(output, output, "--log-file is the archive to make");
  refused(tool.folder / "x/../a.tar", output, "--log-file is the archive to make");
  refused(tool.folder / ".a.tar.lock", output, "keeps beside the archive");
  refused(tool.folder / ".a.tar.incomplete", output, "keeps beside the archive");
  CHECK(readFile(archive) == bytes);
  CHECK(server.log().connections == 0);
  CHECK_FALSE(std::filesystem::exists(output));
  CHECK(tool.run({"pull", server.adminUrl(), "-q", "-o", output, "--log-file", "/dev/null"})
            .exitCode == 0);

  const std::string cut = tool.folder / "cut.log";
  writeFile(cut, "end of a line\n2026-11-29T01:02:03Z [7] exit code: 0\n");
  CHECK(tool.run({"pull", server.adminUrl(), "-q", "-o", output, "--force", "--log-file", cut})
            .exitCode == 0);
}

TEST_CASE("the log of a quiet push has each line once") {
  Tool tool;
  const std::string archive = partialArchive(tool, {"--exclude-content-types", "api::tag.tag"});
  PushServer destination(tool.folder);
  const std::string log = tool.folder / "wsferry.log";
  const Tool::Run run =
      tool.run({"push", archive, destination.url(), "-q", "--force", "--log-file", log});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(contains(run.errors, "api::tag.tag"));
  const auto lines = linesOf(readFile(log));
  constexpr std::string_view words = "of which the archive has none, are deleted";
  CHECK(std::count_if(lines.begin(), lines.end(),
                      [words](const std::string& line) { return contains(line, words); }) == 1);
  CHECK(contains(run.errors, words));
}

TEST_CASE("the log of a push has what its backup lacks, also with -q") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  PushServer destination(tool.folder);
  const std::string log = tool.folder / "wsferry.log";
  // A folder in the place of its mark cannot be taken away. It may become tomorrow meanwhile.
  for (const std::time_t day : {std::time(nullptr), std::time(nullptr) + 86'400}) {
    char name[32];
    std::strftime(name, sizeof name, ".%Y%m%d.tar.incomplete", std::gmtime(&day));
    std::filesystem::create_directories(tool.folder / name);
  }
  const Tool::Run run = tool.run({"push", archive, destination.url(), "-q", "--force", "--log-file",
                                  log, "--backup", tool.folder / "{date}.tar"});
  INFO(run.errors);
  constexpr std::string_view words = "does not take this archive for a whole one";
  CHECK(contains(run.errors, words));
  CHECK(contains(readFile(log), words));
}

TEST_CASE("a log that cannot be written is told, and the pull goes on") {
  if (::access("/dev/full", W_OK) != 0) {
    WARN("there is no /dev/full: nothing was tested");
    return;
  }
  Tool tool;
  const TransferServer server(testing::sampleContent());
  const Tool::Run run = tool.run(
      {"pull", server.adminUrl(), "-q", "-o", tool.folder / "a.tar", "--log-file", "/dev/full"});
  CHECK(run.exitCode == 0);
  CHECK(linesOf(run.errors).size() == 1);
  CHECK(contains(run.errors, "note: the log file /dev/full is not complete: "));
  CHECK(std::filesystem::exists(tool.folder / "a.tar"));
}
