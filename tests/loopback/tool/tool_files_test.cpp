#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/http/file_server.hpp"
#include "support/push_server.hpp"
#include "support/tool/last_event.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

std::string pictureOf(const testing::Content& content) {
  return content.assets().front().filename;
}

}  // namespace

TEST_CASE("a pull takes files by HTTP, and its archive equals one over the socket") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string byHttp = tool.folder / "http.tar";
  const std::string bySocket = tool.folder / "socket.tar";
  const Tool::Run first = tool.run({"pull", server.adminUrl(), "-o", byHttp});
  INFO(first.errors);
  REQUIRE(first.exitCode == 0);
  CHECK(contains(first.output, "14 files by HTTP, verified by size and type\n"));
  CHECK(server.log().files.size() == 14);
  REQUIRE(tool.run({"pull", server.adminUrl(), "--files", "socket", "-o", bySocket}).exitCode == 0);
  CHECK(server.log().files.size() == 14);
  CHECK(tool.run({"diff", byHttp, bySocket}).exitCode == 0);
  CHECK(tool.run({"verify", byHttp}).exitCode == 0);
  CHECK(tool.run({"diff", byHttp, server.adminUrl()}).exitCode == 0);
  CHECK(server.log().files.size() == 28);
}

TEST_CASE("what is not the file of its record comes over the socket, and that is told") {
  const auto content = testing::sampleContent();
  TransferServerOptions options;
  options.fileResponses[pictureOf(*content)] = {
      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\nConnection: "
      "close\r\n\r\nlogin"};
  const TransferServer server(content, options);
  Tool tool;
  const Tool::Run run =
      tool.run({"pull", server.adminUrl(), "--json", "-o", tool.folder / "x.tar"});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  const auto result = lastEvent(run.output);
  CHECK(result["checksums"].IsFalse());
  CHECK(result["files"]["byHttp"].GetUint() == 13);
  CHECK(result["files"]["bySocket"].GetUint() == 1);
  CHECK(contains(run.output, "1 file did not come by HTTP"));
  CHECK(contains(run.output, pictureOf(*content) + ": another size"));
}

TEST_CASE("a file that is gone both ways is lost") {
  const auto content = testing::sampleContent();
  TransferServerOptions options;
  options.gaps.missingFiles = {pictureOf(*content)};
  const TransferServer server(content, options);
  Tool tool;
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-q", "-o", tool.folder / "x.tar"});
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "1 file that a record names"));
}

TEST_CASE("a file that the storage refuses does not end a pull that keeps going") {
  const auto content = testing::sampleContent();
  TransferServerOptions options;
  options.gaps.unreachableFile = pictureOf(*content);
  const TransferServer server(content, options);
  Tool tool;
  const std::string archive = tool.folder / "x.tar";
  CHECK(tool.run({"pull", server.adminUrl(), "-q", "-o", archive}).exitCode == 1);
  CHECK_FALSE(std::filesystem::exists(archive));

  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-q", "-o", archive, "--keep-going"});
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, pictureOf(*content)));
  CHECK(tool.run({"verify", archive}).exitCode == 5);
  CHECK(tool.run({"verify", archive, "--allow-missing-files"}).exitCode == 0);
  CHECK(tool.run({"pull", server.adminUrl(), "-o", tool.folder / "y.tar", "--keep-going", "--files",
                  "socket"})
            .exitCode == 2);
}

TEST_CASE("files are compared before the others are had by HTTP") {
  const auto content = testing::sampleContent();
  TransferServerOptions options;
  const bool differs = GENERATE(false, true);
  if (differs) {
    const auto assets = content->assets();
    options.fileResponses[assets.front().filename] = {
        "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: " +
        std::to_string(assets.front().size) + "\r\nConnection: close\r\n\r\n" +
        std::string(static_cast<std::size_t>(assets.front().size), 'x')};
  }
  const TransferServer server(content, options);
  Tool tool;
  const Tool::Run run =
      tool.run({"pull", server.adminUrl(), "--compare-files", "14", "-o", tool.folder / "x.tar"});
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, differs ? "compared: 14 files both ways, 1 different: "
                                     : "compared: 14 files both ways, all equal: "));
  CHECK(contains(run.output, ", ..."));
  CHECK(contains(run.output, differs ? "verified against checksums" : "by HTTP, verified by size"));
  CHECK(contains(run.errors, "other bytes") == differs);
  const Tool::Run quiet = tool.run(
      {"pull", server.adminUrl(), "--compare-files", "14", "-q", "-o", tool.folder / "quiet.tar"});
  CHECK(quiet.exitCode == 0);
  CHECK(contains(quiet.errors, "other bytes") == differs);
}

namespace {

/// A server that gives zeros for one file by HTTP, and another one not at all.
TransferServerOptions withZeros(const testing::Content& content) {
  const auto assets = content.assets();
  TransferServerOptions options;
  options.fileResponses[assets[0].filename] = {
      "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: " +
      std::to_string(assets[0].size) + "\r\nConnection: close\r\n\r\n" +
      std::string(static_cast<std::size_t>(assets[0].size), '\0')};
  options.fileResponses[assets[1].filename] = {
      "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"};
  return options;
}

}  // namespace

TEST_CASE("an archive whose files are not those of the socket is begun again over the socket") {
  const auto content = testing::sampleContent();
  const TransferServer server(content, withZeros(*content));
  const TransferServer plain(content);
  Tool tool;
  const std::string archive = tool.folder / "x.tar";
  std::vector<std::string> pull = {"pull", server.adminUrl(), "-q", "--json", "-o", archive};
  if (GENERATE(false, true)) {
    pull.emplace_back("--check-reused");
  }
  const Tool::Run run = tool.run(pull);
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, "started again, with all files over the socket"));
  CHECK(contains(run.output, content->assets()[0].filename));
  const auto result = lastEvent(run.output);
  CHECK(result["checksums"].IsTrue());
  CHECK(result["files"]["compared"].GetUint() == 13);
  CHECK(result["files"]["differing"].GetUint() == 1);
  CHECK(result["files"]["byHttp"].GetUint() == 0);
  CHECK(result["files"]["bySocket"].GetUint() == 14);
  CHECK(tool.run({"diff", archive, plain.adminUrl(), "--files", "socket"}).exitCode == 0);
  CHECK(tool.folder.names() == std::set<std::string>{"x.tar"});
}

TEST_CASE("files that are not those of the socket fail what cannot be begun again") {
  const auto content = testing::sampleContent();
  const TransferServer server(content, withZeros(*content));
  Tool tool;
  std::vector<std::string> arguments = {"pull", server.adminUrl(), "-q"};
  SECTION("on standard output") {
    arguments.insert(arguments.end(), {"-o", "-"});
  }
  SECTION("where the socket cannot give all") {
    arguments.insert(arguments.end(), {"-o", tool.folder / "x.tar", "--keep-going"});
  }
  const Tool::Run run = tool.run(arguments);
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, content->assets()[0].filename));
  CHECK(contains(run.errors, "--files socket"));
}

TEST_CASE("files that are not those of the socket roll a copy back, and end a comparison") {
  const auto content = testing::sampleContent();
  const TransferServer server(content, withZeros(*content));
  Tool tool;
  const std::string archive = tool.folder / "x.tar";
  REQUIRE(tool.run({"pull", server.adminUrl(), "--files", "socket", "-o", archive}).exitCode == 0);
  const Tool::Run diff = tool.run({"diff", archive, server.adminUrl()});
  INFO(diff.errors);
  CHECK(diff.exitCode == 5);
  CHECK(contains(diff.errors, content->assets()[0].filename));
  CHECK(contains(diff.errors, "--files socket"));
  CHECK(tool.run({"diff", archive, server.adminUrl(), "--files", "socket"}).exitCode == 0);

  tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                    "STRAPI_TRANSFER_TO_TOKEN=testing-token"};
  const PushServer destination(tool.folder);
  const Tool::Run copy = tool.run({"copy", server.adminUrl(), destination.url(), "--force"});
  INFO(copy.errors);
  CHECK(copy.exitCode == 5);
  CHECK(contains(copy.errors, content->assets()[0].filename));
  CHECK(contains(copy.errors, "--files socket"));
  const auto log = destination.server().log();
  CHECK(log.commits == 0);
  CHECK(log.rollbacks + log.teardowns == 1);
}

TEST_CASE("a backup whose files are not those of the socket is begun again over the socket") {
  const auto content = testing::sampleContent();
  Tool tool;
  PushServer destination(tool.folder, withZeros(*content));
  const std::string backup = tool.folder / "before.tar";
  const Tool::Run run = tool.run(
      {"push", sampleArchive(tool.folder), destination.url(), "-q", "--force", "--backup", backup});
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "started again, with all files over the socket"));
  CHECK(tool.run({"verify", backup}).exitCode == 0);
}

TEST_CASE("a copy and a backup take files by HTTP") {
  const TransferServer source(testing::sampleContent());
  Tool tool;
  PushServer destination(tool.folder);
  tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                    "STRAPI_TRANSFER_TO_TOKEN=testing-token"};
  const Tool::Run run = tool.run({"copy", source.adminUrl(), destination.url(), "--force",
                                  "--backup", tool.folder / "before.tar"});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(source.log().files.size() == 14);
  CHECK_FALSE(destination.server().log().files.empty());
  CHECK(contains(run.output, "14 files by HTTP, verified by size and type"));

  // What the destination verifies says nothing of the way to here.
  const rapidjson::Document result = lastEvent(
      tool.run({"copy", source.adminUrl(), destination.url(), "--force", "--json"}).output);
  CHECK(result["checksums"].IsFalse());
  CHECK(result["files"]["byHttp"].GetUint64() == 14);
  const rapidjson::Document bySocket =
      lastEvent(tool.run({"copy", source.adminUrl(), destination.url(), "--force", "--json",
                          "--files", "socket"})
                    .output);
  CHECK(bySocket["checksums"].IsTrue());
  CHECK_FALSE(bySocket.HasMember("files"));
  const rapidjson::Document withoutFiles =
      lastEvent(tool.run({"copy", source.adminUrl(), destination.url(), "--force", "--json",
                          "--exclude", "files"})
                    .output);
  CHECK(withoutFiles["ok"].IsTrue());
  CHECK_FALSE(withoutFiles.HasMember("files"));
}

TEST_CASE("files may be below another URL, which gets no credentials, so many at a time") {
  const auto content = testing::sampleContent();
  TransferServerOptions options;
  options.filesByHttp = false;
  const TransferServer server(content, options);
  const FileServer files(content, [](const FileServer::Asked& file, FileServer& asked) {
    if (file.index < 2) {
      asked.awaitRequests(3, std::chrono::milliseconds(300));  // Which does not come.
    }
    return std::string();
  });
  Tool tool;
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "--files", "http", "--files-url",
                                  files.url() + "/cdn/", "--file-connections", "2", "--header",
                                  "X-Proxy-Key: KEY-4711", "-o", tool.folder / "x.tar"});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(contains(run.output, "14 files by HTTP"));
  CHECK(files.mostAtATime() == 2);
  const auto asked = files.asked();
  CHECK(asked.size() == 14);
  for (const FileServer::Asked& file : asked) {
    INFO(file.head);
    CHECK(contains(file.head, "GET /cdn/uploads/"));
    CHECK_FALSE(contains(file.head, "testing-token"));
    CHECK_FALSE(contains(file.head, "4711"));
  }
  CHECK(tool.run({"pull", server.adminUrl(), "--files-url", "nowhere", "-o", tool.folder / "y.tar"})
            .exitCode == 2);
}

TEST_CASE("a pull is no faster than --limit-rate says, however its files come") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string way = GENERATE("http", "socket");
  const auto began = std::chrono::steady_clock::now();
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-q", "-o", tool.folder / "x.tar",
                                  "--files", way, "--limit-rate", "500K"});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  REQUIRE(run.exitCode == 0);
  const auto bytes = static_cast<double>(std::filesystem::file_size(tool.folder / "x.tar"));
  // Besides a first share, and the tar's own blocks.
  CHECK(took.count() >= (bytes - 150'000) / (500 << 10));
}

TEST_CASE("an option of files and a selection without files are refused together") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string archive = tool.folder / "x.tar";
  REQUIRE(tool.run({"pull", server.adminUrl(), "-q", "-o", archive}).exitCode == 0);
  const auto option =
      GENERATE(values<std::vector<std::string>>({{"--files", "http"},
                                                 {"--file-connections", "2"},
                                                 {"--files-url", "http://localhost"},
                                                 {"--compare-files", "1"},
                                                 {"--keep-going"},
                                                 {"--check-reused"},
                                                 {"--reuse", "latest"}}));
  const auto selection = GENERATE(values<std::vector<std::string>>(
      {{"--only", "content"}, {"--exclude", "files"}, {"--only-content-types", "api::tag.tag"}}));
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), option.begin(), option.end());
    arguments.insert(arguments.end(), selection.begin(), selection.end());
    return tool.run(arguments);
  };
  const auto expectRefusal = [&](const Tool::Run& refused) {
    INFO(refused.errors);
    CHECK(refused.exitCode == 2);
    CHECK(contains(refused.errors, option.front() + " has no use with " + selection.front()));
  };
  const auto connections = server.log().connections;
  expectRefusal(run({"pull", server.adminUrl(), "-o", tool.folder.path() + "/"}));
  const bool isOfPull = option.front() == "--keep-going";
  if (!isOfPull && option.front() != "--reuse" && option.front() != "--check-reused") {
    expectRefusal(run({"diff", archive, server.adminUrl()}));
  }
  if (!isOfPull) {
    tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                      "STRAPI_TRANSFER_TO_TOKEN=testing-token"};
    expectRefusal(run({"copy", server.adminUrl(), "http://localhost:1/admin"}));
  }
  CHECK(server.log().connections == connections);
}
