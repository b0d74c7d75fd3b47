#include <rapidjson/document.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/file_bytes.hpp"
#include "support/sanitized.hpp"
#include "support/tool_process.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferFaults;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

const std::string token = "testing-token";

TransferServer serverWith(TransferFaults faults) {
  TransferServerOptions options;
  options.faults = std::move(faults);
  return TransferServer(testing::sampleContent(), std::move(options));
}

std::string sha256(const std::string& bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

/// Everything in an archive: path to bytes.
std::map<std::string, std::string> entriesOf(const std::string& path, std::string key = {}) {
  std::map<std::string, std::string> entries;
  archive::ArchiveReader reader(path, std::move(key));
  while (const auto entry = reader.next()) {
    entries[entry->path] = reader.readAll();
  }
  return entries;
}

std::vector<rapidjson::Document> eventsOf(const std::string& output) {
  std::vector<rapidjson::Document> events;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    events.emplace_back();
    events.back().Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
    INFO(line);
    REQUIRE_FALSE(events.back().HasParseError());
    REQUIRE(events.back().IsObject());
    REQUIRE(events.back().HasMember("event"));
  }
  return events;
}

std::string nameOf(const rapidjson::Document& event) {
  return event["event"].GetString();
}

}  // namespace

TEST_CASE("a pull makes an archive, a table and its digest") {
  TransferServer server = serverWith({});
  Tool tool;
  const std::string file = tool.folder / "backup.tar.gz";
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", file});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(tool.folder.names() == std::set<std::string>{"backup.tar.gz"});
  CHECK(contains(run.output, "| Type"));
  CHECK(contains(run.output, "| Total"));
  CHECK(contains(run.output, "-- api::"));
  CHECK(contains(run.output, "left out: "));
  CHECK(contains(run.output, sha256(readFile(file))));
  CHECK_FALSE(contains(run.errors, "\x1b"));
  CHECK_FALSE(contains(run.errors, "\r"));
  CHECK_FALSE(contains(run.output + run.errors, token));

  const auto entries = entriesOf(file);
  CHECK(entries.count("metadata.json") == 1);
  CHECK(entries.count("schemas/schemas_00001.jsonl") == 1);
  CHECK(entries.count("entities/entities_00001.jsonl") == 1);
  CHECK(entries.count("links/links_00001.jsonl") == 1);
  for (const auto& [path, bytes] : entries) {
    INFO(path);
    CHECK_FALSE(contains(bytes, std::string(testing::secretHash)));
  }
}

TEST_CASE("every format holds the same") {
  TransferServer server = serverWith({});
  Tool tool;
  const std::string tar = tool.folder / "a.tar";
  const std::string encrypted = tool.folder / "a.tar.gz.enc";
  const std::string directory = tool.folder / "a";
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "--no-compress", "-o", tar}).exitCode == 0);
  REQUIRE(
      tool.run({"pull", server.adminUrl(), "-q", "--encrypt", "-k", "pass phrase", "-o", encrypted})
          .exitCode == 0);
  REQUIRE(
      tool.run({"pull", server.adminUrl(), "-q", "--format", "dir", "-o", directory}).exitCode ==
      0);
  auto expected = entriesOf(tar);
  auto second = entriesOf(encrypted, "pass phrase");
  auto third = entriesOf(directory);
  for (auto* entries : {&expected, &second, &third}) {
    entries->erase("metadata.json");  // It holds the time.
    std::string& last = entries->at("checksums/checksums_00002.jsonl");
    last.erase(last.find(",\"confirmed\":"));  // The same.
  }
  CHECK(expected.size() > 5);
  CHECK(second == expected);
  CHECK(third == expected);
}

TEST_CASE("an archive may go to standard output, with the table on standard error") {
  TransferServer server = serverWith({});
  Tool tool;
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", "-", "--no-compress"});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(contains(run.errors, "| Total"));
  CHECK(contains(run.errors, sha256(run.output)));
  const std::string file = tool.folder / "streamed.tar";
  std::ofstream(file, std::ios::binary) << run.output;
  CHECK(entriesOf(file).count("metadata.json") == 1);
}

TEST_CASE("JSON events tell the whole pull") {
  TransferServer server = serverWith({});
  Tool tool;
  const std::string file = tool.folder / "backup.tar";
  const Tool::Run run = tool.run(
      {"pull", server.adminUrl(), "--json", "--no-compress", "--files", "socket", "-o", file});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  const auto events = eventsOf(run.output);
  REQUIRE(events.size() > 8);
  CHECK(nameOf(events.front()) == "start");
  const rapidjson::Document& result = events.back();
  REQUIRE(nameOf(result) == "result");
  CHECK(result["ok"].IsTrue());
  CHECK(result["checksums"].IsTrue());
  CHECK(result["sha256"].GetString() == sha256(readFile(file)));
  CHECK(result["bytes"].GetUint64() == std::filesystem::file_size(file));
  CHECK(result["neverTransferred"].GetUint64() > 0);
  CHECK(result["stages"]["assets"]["count"].GetUint64() > 0);
}

TEST_CASE("a selection leaves out what it says") {
  TransferServer server = serverWith({});
  Tool tool;
  const std::string file = tool.folder / "backup.tar.gz";
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "--exclude", "files,config", "-o", file})
              .exitCode == 0);
  for (const auto& entry : entriesOf(file)) {
    CHECK_FALSE(contains(entry.first, "assets/"));
    CHECK_FALSE(contains(entry.first, "configuration/"));
  }
}

TEST_CASE("an old server is pulled from with a warning") {
  TransferServerOptions options;
  options.legacy = true;
  TransferServer server(testing::sampleContent(), options);
  Tool tool;
  const Tool::Run run = tool.run(
      {"pull", server.adminUrl(), "--files", "socket", "-o", tool.folder / "backup.tar.gz"});
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "warning: "));
  CHECK(contains(run.errors, "checksums"));
  CHECK(contains(run.output, "not verified"));
}

TEST_CASE("a wrong token is exit code 3, and is not repeated") {
  TransferServer server = serverWith({});
  Tool tool;
  tool.variables = {"STRAPI_TRANSFER_TOKEN=astray-and-wrong"};
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", tool.folder / "backup.tar.gz"});
  CHECK(run.exitCode == 3);
  CHECK(contains(run.errors, "HTTP status 401"));
  CHECK(contains(run.errors, "Missing or invalid credentials"));
  CHECK_FALSE(contains(run.errors, "astray-and-wrong"));
  CHECK(tool.folder.names().empty());

  tool.variables = {"STRAPI_TRANSFER_TOKEN=testing-push-token"};
  const Tool::Run push = tool.run({"pull", server.adminUrl(), "-o", tool.folder / "backup.tar.gz"});
  CHECK(push.exitCode == 3);
  CHECK(contains(push.errors, "HTTP status 403"));
}

TEST_CASE("a refused upgrade is exit code 4, with status and body") {
  TransferFaults faults;
  faults.upgradeResponse =
      "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 29\r\nConnection: close\r\n\r\n"
      "<html>\x1b[31mnginx is sad</html>";
  TransferServer server = serverWith(faults);
  Tool tool;
  const Tool::Run run =
      tool.run({"pull", server.adminUrl(), "--json", "-o", tool.folder / "backup.tar.gz"});
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "HTTP status 502, body: <html> [31mnginx is sad"));
  const auto events = eventsOf(run.output);
  REQUIRE_FALSE(events.empty());
  CHECK(events.back()["ok"].IsFalse());
  CHECK(events.back()["httpStatus"].GetInt() == 502);
  CHECK(events.back()["exitCode"].GetInt() == 4);
  CHECK(tool.folder.names().empty());
}

TEST_CASE("a URL that lacks /admin is named where the server does not know it") {
  TransferFaults faults;
  faults.upgradeResponse = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
  TransferServer server = serverWith(faults);
  Tool tool;
  const Tool::Run run = tool.run({"pull", "http://127.0.0.1:" + std::to_string(server.port()), "-o",
                                  tool.folder / "backup.tar.gz"});
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "does not end in /admin"));
  const Tool::Run right =
      tool.run({"pull", server.adminUrl(), "-o", tool.folder / "backup.tar.gz"});
  CHECK(right.exitCode == 4);
  CHECK_FALSE(contains(right.errors, "does not end in /admin"));
  CHECK(contains(right.errors, "remote transfer is switched off"));
}

TEST_CASE("a closed port is exit code 4") {
  std::string url;
  {
    TransferServer server = serverWith({});
    url = server.adminUrl();
  }
  Tool tool;
  const Tool::Run run = tool.run({"pull", url, "-o", tool.folder / "backup.tar.gz"});
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "wsferry: "));
  CHECK(tool.folder.names().empty());
}

#ifndef WSFERRY_SANITIZED
TEST_CASE("without descriptors left the tool names its own shortage: exit code 5") {
  TransferServer server = serverWith({});
  Tool tool;
  const std::string url = "http://localhost:" + std::to_string(server.port()) + "/admin";
  int refused = 0;
  for (int limit = 6; limit <= 14; ++limit) {
    CAPTURE(limit);
    // The descriptors that the test itself has open are not passed on.
    const std::string command = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n " +
                                std::to_string(limit) + " && exec " + WSFERRY_TOOL_PATH + " pull " +
                                url + " --force -o " + (tool.folder / "backup.tar");
    ChildProcess child({"/bin/sh", "-c", command}, tool.variables, tool.folder / "errors", -1);
    child.readAll();
    const int exitCode = child.wait();
    INFO(child.errors());
    CHECK((exitCode == 5 || exitCode == 0));
    CHECK_FALSE(contains(child.errors(), "Check host"));
    CHECK_FALSE(contains(child.errors(), "spelling"));
    refused += exitCode == 5 ? 1 : 0;
  }
  CHECK(refused > 2);
}
#endif

TEST_CASE("when to try again is in the result") {
  TransferFaults faults;
  faults.upgradeResponse = "HTTP/1.1 503 Busy\r\nretry-after: 120\r\nContent-Length: 0\r\n\r\n";
  TransferServer server = serverWith(faults);
  Tool tool;
  const Tool::Run run =
      tool.run({"pull", server.adminUrl(), "--json", "-o", tool.folder / "backup.tar.gz"});
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "Try again in 120 s"));
  const auto events = eventsOf(run.output);
  REQUIRE_FALSE(events.empty());
  REQUIRE(events.back().HasMember("retryAfter"));
  CHECK(events.back()["retryAfter"] == "120");
}

TEST_CASE("https to a server without TLS is told as such, and at once") {
  TransferServer server = serverWith({});
  Tool tool;
  const Tool::Run run = tool.run({"pull", "https://127.0.0.1:" + std::to_string(server.port()),
                                  "-o", tool.folder / "backup.tar.gz"});
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "does not speak TLS"));
  CHECK_FALSE(contains(run.errors, "must be valid"));
}

TEST_CASE("the address of the transfer, and what was pasted around it, will do") {
  TransferServer server = serverWith({});
  Tool tool;
  tool.variables = {"STRAPI_TRANSFER_TOKEN=\"Bearer testing-token\"\r",
                    "STRAPI_TRANSFER_URL=" + server.adminUrl() + "/transfer/runner/pull\n"};
  CHECK(tool.run({"pull", "-q", "-o", tool.folder / "backup.tar.gz"}).exitCode == 0);
}

TEST_CASE("a wrong command line is exit code 2, and repeats no argument") {
  Tool tool;
  CHECK(tool.run({}).exitCode == 2);
  CHECK(tool.run({"pull", "not a url"}).exitCode == 2);
  CHECK(tool.run({"pull", "ftp://host/admin"}).exitCode == 2);
  CHECK(tool.run({"pull", "http://127.0.0.1:1/admin", "--ping-interval", "soon"}).exitCode == 2);
  CHECK(tool.run({"pull", "http://127.0.0.1:1/admin", "--encrypt"}).exitCode == 2);
  const Tool::Run astray = tool.run({"inspect", "x.tar", "--token", "astray-secret"});
  CHECK(astray.exitCode == 2);
  CHECK(contains(astray.errors, "--token"));
  CHECK_FALSE(contains(astray.errors, "astray-secret"));
  tool.variables.clear();
  CHECK(tool.run({"pull", "http://127.0.0.1:1/admin"}).exitCode == 2);
}

TEST_CASE("help and version end well, and have examples") {
  Tool tool;
  CHECK(contains(tool.run({"--version"}).output, "wsferry "));
  for (const char* command : {"pull", "inspect", "verify", "serve"}) {
    const Tool::Run run = tool.run({command, "--help"});
    CHECK(run.exitCode == 0);
    CHECK(contains(run.output, "Examples:"));
  }
}

TEST_CASE("an existing file is refused with exit code 6, and replaced with --force") {
  TransferServer server = serverWith({});
  Tool tool;
  const std::string file = tool.folder / "backup.tar.gz";
  std::ofstream(file) << "precious";
  CHECK(tool.run({"pull", server.adminUrl(), "-o", file}).exitCode == 6);
  CHECK(readFile(file) == "precious");
  CHECK(server.log().connections == 0);
  CHECK(tool.run({"pull", server.adminUrl(), "-o", file, "--force"}).exitCode == 0);
  CHECK(readFile(file) != "precious");
  CHECK(tool.folder.names().size() == 1);
}

TEST_CASE("a place that cannot be written is exit code 5") {
  TransferServer server = serverWith({});
  Tool tool;
  CHECK(tool.run({"pull", server.adminUrl(), "-o", tool.folder / "no/such/folder.tar"}).exitCode ==
        5);
}

TEST_CASE("credentials do not leave the machine unencrypted: exit code 6") {
  Tool tool;
  const Tool::Run run =
      tool.run({"pull", "http://192.0.2.1/admin", "-o", tool.folder / "backup.tar"});
  CHECK(run.exitCode == 6);
  CHECK(contains(run.errors, "--insecure"));
  CHECK(tool.folder.names().empty());
}

TEST_CASE("a cut connection is exit code 4, and nothing stays") {
  TransferFaults faults;
  faults.cutAfterBytes = 60'000;
  TransferServer server = serverWith(faults);
  Tool tool;
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", tool.folder / "backup.tar.gz"});
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "wsferry: "));
  CHECK(tool.folder.names().empty());
}

TEST_CASE("a frozen server is noticed by the ping interval, exit code 4") {
  TransferFaults faults;
  faults.freezeAfterBytes = 60'000;
  TransferServer server = serverWith(faults);
  Tool tool;
  const Tool::Run run = tool.run(
      {"pull", server.adminUrl(), "--ping-interval", "0.1", "-o", tool.folder / "backup.tar.gz"});
  CHECK(run.exitCode == 4);
  CHECK(tool.folder.names().empty());
}

TEST_CASE("a server's own failure is exit code 1, damaged data 5") {
  TransferFaults faults;
  faults.step = strapi::TransferStage::assets;
  Tool tool;
  const std::string file = tool.folder / "backup.tar.gz";
  faults.kind = TransferFaults::Kind::errorAnswer;
  {
    TransferServer server = serverWith(faults);
    CHECK(tool.run({"pull", server.adminUrl(), "--files", "socket", "-o", file}).exitCode == 1);
  }
  faults.kind = TransferFaults::Kind::wrongChecksum;
  {
    TransferServer server = serverWith(faults);
    CHECK(tool.run({"pull", server.adminUrl(), "--files", "socket", "-o", file}).exitCode == 5);
    CHECK(tool.run({"pull", server.adminUrl(), "--files", "socket", "-o", file, "--no-checksums"})
              .exitCode == 0);
  }
}

TEST_CASE("a signal ends a pull with exit code 130 and leaves nothing") {
  const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
  TransferFaults faults;
  faults.kind = TransferFaults::Kind::silence;
  faults.step = strapi::TransferStage::assets;
  TransferServer server = serverWith(faults);
  Tool tool;
  ChildProcess child = tool.start({"pull", server.adminUrl(), "--json", "--files", "socket", "-o",
                                   tool.folder / "backup.tar.gz"});
  while (!contains(child.readLine(), "\"assets\"")) {
  }
  CHECK_FALSE(tool.folder.names().empty());
  child.send(signal);
  child.send(signal);
  const auto events = eventsOf(child.readAll());
  CHECK(child.wait() == 130);
  REQUIRE_FALSE(events.empty());
  CHECK(events.back()["exitCode"].GetInt() == 130);
  CHECK(contains(child.errors(), "\nwsferry: stopping; a second signal ends this at once\n"));
  CHECK(tool.folder.names().empty());
}

TEST_CASE("serve offers sample content to pull, until a signal") {
  Tool tool;
  ChildProcess serving = tool.start({"serve", "--sample", "--token", token});
  const std::string line = serving.readLine();
  REQUIRE(line.substr(0, 8) == "serving ");
  CHECK(serving.readLine() == "token " + token);
  const std::string first = tool.folder / "first.tar";
  CHECK(tool.run({"pull", line.substr(8), "-q", "--no-compress", "-o", first}).exitCode == 0);
  serving.send(SIGTERM);
  CHECK(serving.wait() == 0);

  Tool second;
  ChildProcess again = second.start({"serve", first});
  const std::string url = again.readLine().substr(8);
  second.variables = {"STRAPI_TRANSFER_TOKEN=" + again.readLine().substr(6),
                      "STRAPI_TRANSFER_URL=" + url};
  const std::string copy = second.folder / "copy.tar";
  const Tool::Run run = second.run({"pull", "-q", "--no-compress", "-o", copy});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  auto expected = entriesOf(first);
  auto copied = entriesOf(copy);
  expected.erase("metadata.json");
  copied.erase("metadata.json");
  CHECK(copied == expected);
  again.send(SIGINT);
  CHECK(again.wait() == 0);
}

TEST_CASE("a transfer that is done says so where its report cannot be written") {
  TransferServer server = serverWith({});
  Tool tool;
  const std::string archive = tool.folder / "backup.tar.gz";
  ChildProcess child({"/bin/sh", "-c", "exec \"$0\" \"$@\" > /dev/full", WSFERRY_TOOL_PATH, "pull",
                      server.adminUrl(), "-o", archive},
                     tool.variables, tool.folder / "errors");
  CHECK(child.wait() == 5);
  CHECK(
      contains(child.errors(), "the transfer was completed, but its report could not be written"));
  CHECK(archive::verifyArchive(archive).problems.empty());
}

TEST_CASE("a disk that is full is told, and where else to go") {
  TransferServer server = serverWith({});
  Tool tool;
  ChildProcess child({"/bin/sh", "-c", "exec \"$0\" \"$@\" > /dev/full", WSFERRY_TOOL_PATH, "pull",
                      server.adminUrl(), "-q", "--files", "socket", "-o", "-"},
                     tool.variables, tool.folder / "errors");
  CHECK(child.wait() == 5);
  const std::string errors = child.errors();
  INFO(errors);
  CHECK(contains(errors, "standard output: No space left on device"));
  CHECK(contains(errors, "TMPDIR"));
}
