#include <filesystem>
#include <string>

#include "catch.hpp"
#include "support/archive_fixture.hpp"
#include "support/contains.hpp"
#include "support/file_bytes.hpp"
#include "support/push_server.hpp"
#include "support/tool/changed_content.hpp"
#include "support/tool/last_event.hpp"
#include "support/tool_process.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

/// The sample content with one file replaced, as a server does it: other bytes of the same length,
/// and another `updatedAt`; or by somebody in the storage, where `isTold` is false.
class WithReplacedFile final : public ChangedContent {
 public:
  explicit WithReplacedFile(bool isTold = true) : isTold_(isTold) {}

  NextRecord records(strapi::TransferStage stage) const override {
    NextRecord next = ChangedContent::records(stage);
    return [next, hash = hash(), isTold = isTold_] {
      std::string record = next();
      if (isTold && contains(record, "\"hash\":\"" + hash + "\"")) {
        replace(record, R"("updatedAt":"2)", R"("updatedAt":"3)");
      }
      return record;
    };
  }
  NextBytes assetBytes(std::size_t index) const override {
    NextBytes next = ChangedContent::assetBytes(index);
    return [next, isReplaced = index == 0] {
      std::string bytes = next();
      if (isReplaced && !bytes.empty()) {
        bytes.assign(bytes.size(), 'r');
      }
      return bytes;
    };
  }

  /// Of the first file.
  std::string hash() const {
    const std::string name = assets().front().filename;
    return name.substr(0, name.rfind('.'));
  }

 private:
  const bool isTold_;
};

std::vector<std::string> pull(const TransferServer& server, const std::string& target,
                              std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"pull", server.adminUrl(), "--json", "-o", target};
  if (target.find('.') == std::string::npos) {
    arguments.insert(arguments.end(), {"--format", "dir"});
  }
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("a second pull takes the files that have not changed from the first archive") {
  const TransferServer server(testing::sampleContent());
  for (const std::string name : {"x.tar", "x.tar.gz", "x"}) {
    INFO(name);
    Tool tool;
    const std::string first = tool.folder / ("first-" + name);
    const std::string second = tool.folder / ("second-" + name);
    REQUIRE(tool.run(pull(server, first)).exitCode == 0);
    const std::size_t fetched = server.log().files.size();
    const Tool::Run run = tool.run(pull(server, second, {"--reuse", first}));
    INFO(run.output << run.errors);
    REQUIRE(run.exitCode == 0);
    CHECK(server.log().files.size() == fetched);
    const auto result = lastEvent(run.output);
    CHECK(result["files"]["reused"].GetUint() == 14);
    CHECK(result["files"]["bytesReused"].GetUint64() > 200'000);
    CHECK(result["files"]["byHttp"].GetUint() == 0);
    CHECK(result["files"]["bySocket"].GetUint() == 0);
    CHECK_FALSE(result.HasMember("checksums"));  // Nothing has crossed the network.
    CHECK_FALSE(contains(run.output, R"("event":"diagnostic")"));
    CHECK(tool.run({"diff", first, second}).exitCode == 0);
    CHECK(tool.run({"verify", second}).exitCode == 0);
    if (name == "x") {
      CHECK(result["sharedFiles"].GetUint() == 14);
    }
  }
}

TEST_CASE("what was replaced is fetched, although hash and size are the same") {
  Tool tool;
  const TransferServer before(testing::sampleContent());
  REQUIRE(tool.run(pull(before, tool.folder / "before.tar")).exitCode == 0);
  const auto content = std::make_shared<WithReplacedFile>();
  const TransferServer server(content);
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", tool.folder / "after.tar",
                                  "--reuse", tool.folder / "before.tar"});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(contains(run.output, "files:    12 reused, "));
  CHECK(contains(run.output, "; 2 fetched, "));
  CHECK(contains(run.output, "2 files by HTTP, verified by size and type"));
  CHECK(tool.run({"diff", tool.folder / "after.tar", server.adminUrl()}).exitCode == 0);
  CHECK(tool.run({"diff", tool.folder / "after.tar", tool.folder / "before.tar"}).exitCode == 7);
}

TEST_CASE("what would be reused is compared, and nothing is taken if it differs") {
  Tool tool;
  const std::string first = tool.folder / "first.tar";
  const std::string second = tool.folder / "second.tar";
  {
    const TransferServer server(testing::sampleContent());
    REQUIRE(tool.run(pull(server, first)).exitCode == 0);
  }
  const bool differs = GENERATE(true, false);
  const auto changed = std::make_shared<WithReplacedFile>(false);
  const TransferServer server(differs ? std::shared_ptr<const testing::Content>(changed)
                                      : testing::sampleContent());
  const Tool::Run run =
      tool.run(pull(server, second, {"--reuse", first, "--compare-files", "14", "-q"}));
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, "(" + changed->assets().front().filename + ")") == differs);
  CHECK(contains(run.output, "nothing is reused") == differs);
  const auto result = lastEvent(run.output);
  CHECK(result["files"]["compared"].GetUint() == 14);
  CHECK(result["files"]["comparedFiles"].Size() == 14);
  CHECK(result["files"]["differing"].GetUint() == (differs ? 1 : 0));
  CHECK(result["files"]["reused"].GetUint() == (differs ? 0 : 14));
  CHECK(tool.run({"diff", second, server.adminUrl()}).exitCode == 0);
}

TEST_CASE("what is reused is asked for by HEAD, if that is wanted") {
  const auto content = testing::sampleContent();
  const strapi::AssetInfo file = content->assets().front();
  const std::string type =
      "\r\nContent-Type: " + jsonStringOf(jsonMemberOf(file.metadata, "mime")).value();
  const auto head = [&](const std::string& status, std::uint64_t size, const std::string& changed) {
    return "HTTP/1.1 " + status + type + "\r\nContent-Length: " + std::to_string(size) +
           "\r\nLast-Modified: " + changed + "\r\nConnection: close\r\n\r\n";
  };
  const std::string before = "Thu, 01 Jan 2026 00:00:00 GMT";
  const std::string after = "Fri, 31 Dec 9999 00:00:00 GMT";
  struct Case {
    std::string head;
    unsigned reused;
    std::string note;
  };
  const auto [response, reused, note] = GENERATE_COPY(values<Case>(
      {{head("200 OK", file.size, before), 14, ""},
       {head("200 OK", file.size, "yesterday"), 13, "1 file has changed in the server's storage"},
       {head("200 OK", file.size, after), 13, "1 file has changed in the server's storage"},
       {head("200 OK", file.size + 1, before), 13, "1 file has changed in the server's storage"},
       {head("200 OK", file.size + 20, before), 13, "does not confirm 1 file by HEAD"},
       {head("404 Not Found", 9, before), 13, "status 404"},
       {head("405 Method Not Allowed", 0, before), 13, "status 405"}}));
  INFO(response);
  Tool tool;
  const std::string first = tool.folder / "first.tar";
  const std::string second = tool.folder / "second.tar";
  {
    const TransferServer server(content);
    REQUIRE(tool.run(pull(server, first)).exitCode == 0);
  }
  TransferServerOptions options;
  options.fileResponses[file.filename] = {response, ""};  // Then the file itself.
  const TransferServer server(content, options);
  const Tool::Run run = tool.run(pull(server, second, {"--reuse", first, "--check-reused", "-q"}));
  INFO(run.output << run.errors);
  REQUIRE(run.exitCode == 0);
  const auto result = lastEvent(run.output);
  CHECK(result["files"]["reused"].GetUint() == reused);
  CHECK(result["files"]["byHttp"].GetUint() == 14 - reused);
  CHECK(result["files"]["bySocket"].GetUint() == 0);
  CHECK(server.log().files.size() == 28 - reused);
  CHECK(contains(run.output, R"("event":"diagnostic")") == !note.empty());
  CHECK(contains(run.output, note));
  CHECK((note.empty() || contains(run.output, file.filename)));
  CHECK(tool.run({"diff", first, second}).exitCode == 0);
}

TEST_CASE("what does not say when it was made is not reused where the server's time decides") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string first = tool.folder / "first";
  REQUIRE(tool.run(pull(server, first)).exitCode == 0);
  writeFile(first + "/metadata.json", R"({"strapi":{"version":"5.54.0"}})");
  std::filesystem::remove_all(first + "/checksums");
  const Tool::Run run =
      tool.run(pull(server, tool.folder / "x.tar", {"--reuse", first, "--check-reused", "-q"}));
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 0);
  CHECK(lastEvent(run.output)["files"]["reused"].GetUint() == 0);
  CHECK(contains(run.output, "14 files have changed in the server's storage, or may have"));
}

TEST_CASE(
    "what was reused without asking may be older than its archive, and is asked for no more") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const auto reusing = [&](const std::string& name, const std::string& earlier, bool isChecked) {
    std::vector<std::string> options = {"--reuse", tool.folder / earlier};
    if (isChecked) {
      options.push_back("--check-reused");
    }
    const Tool::Run run = tool.run(pull(server, tool.folder / name, options));
    INFO(run.output << run.errors);
    REQUIRE(run.exitCode == 0);
    return lastEvent(run.output)["files"]["reused"].GetUint();
  };
  const std::string ending = GENERATE("", ".tar", ".tar.gz");
  REQUIRE(tool.run(pull(server, tool.folder / ("1" + ending))).exitCode == 0);
  CHECK(reusing("2" + ending, "1" + ending, false) == 14);
  CHECK(reusing("3" + ending, "2" + ending, false) == 14);
  CHECK(reusing("4" + ending, "3" + ending, true) == 0);
  CHECK(reusing("5" + ending, "4" + ending, true) == 14);
  REQUIRE(
      tool.run({"convert", tool.folder / ("3" + ending), tool.folder / "6.tar", "-q"}).exitCode ==
      0);
  CHECK(reusing("7" + ending, "6.tar", true) == 0);
  if (ending.empty()) {  // As earlier versions have made them.
    std::string checksums = readFile(tool.folder / "5/checksums/checksums_00002.jsonl");
    const auto begin = checksums.find(R"(,"confirmed":")");
    REQUIRE(begin != std::string::npos);
    checksums.erase(begin, checksums.find('}', begin) - begin);
    writeFile(tool.folder / "5/checksums/checksums_00002.jsonl", checksums);
    CHECK(reusing("8", "5", true) == 0);
  }
}

TEST_CASE("of two archives the older bytes are not taken for the newer record of the other") {
  Tool tool;
  const TransferServer before(testing::sampleContent());
  const std::string older = tool.folder / "older.tar";
  REQUIRE(tool.run(pull(before, older)).exitCode == 0);
  const auto content = std::make_shared<WithReplacedFile>();
  const TransferServer server(content);
  const std::string newer = tool.folder / "newer";
  REQUIRE(tool.run(pull(server, newer)).exitCode == 0);
  for (const auto& file : std::filesystem::directory_iterator(newer + "/assets/uploads")) {
    if (contains(file.path().filename().string(), content->hash())) {
      std::filesystem::remove(file);  // As if that run had ended before they came.
    }
  }
  const std::string target = tool.folder / "x.tar";
  const bool isNewerFirst = GENERATE(true, false);
  const Tool::Run run = tool.run(
      pull(server, target,
           {"--reuse", isNewerFirst ? newer : older, "--reuse", isNewerFirst ? older : newer}));
  INFO(run.output << run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(lastEvent(run.output)["files"]["reused"].GetUint() == 12);
  CHECK(lastEvent(run.output)["files"]["byHttp"].GetUint() == 2);
  CHECK_FALSE(contains(run.output, "is it from this server?"));
  CHECK(tool.run({"diff", target, server.adminUrl()}).exitCode == 0);
}

TEST_CASE("an archive is replaced by one that reuses it, and the first run has none") {
  const TransferServer server(testing::sampleContent());
  for (const std::string name : {"x.tar.gz", "x"}) {
    INFO(name);
    Tool tool;
    const std::string target = tool.folder / name;
    const auto nightly = pull(server, target, {"--force", "--reuse", target});
    const Tool::Run first = tool.run(nightly);
    INFO(first.output << first.errors);
    REQUIRE(first.exitCode == 0);
    CHECK(lastEvent(first.output)["files"]["byHttp"].GetUint() == 14);
    const Tool::Run second = tool.run(nightly);
    INFO(second.output << second.errors);
    REQUIRE(second.exitCode == 0);
    CHECK(lastEvent(second.output)["files"]["reused"].GetUint() == 14);
    CHECK(tool.run({"verify", target}).exitCode == 0);
    CHECK(tool.folder.names().size() == 1);
  }
}

TEST_CASE("of several archives each gives what the others lack") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string whole = tool.folder / "whole.tar";
  REQUIRE(tool.run(pull(server, whole)).exitCode == 0);
  const std::string bytes = readFile(whole);
  writeFile(tool.folder / "other.tar", "not an archive");
  std::string damaged = bytes;
  damaged[damaged.find("assets/uploads/") + 512] ^= 0x55;  // The first byte of a file.
  writeFile(tool.folder / "damaged.tar", damaged);
  const Tool::Run run = tool.run(
      pull(server, tool.folder / "x.tar",
           {"--reuse", tool.folder / "other.tar", "--reuse", tool.folder / "damaged.tar"}));
  INFO(run.output << run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(lastEvent(run.output)["files"]["reused"].GetUint() == 13);
  CHECK(lastEvent(run.output)["files"]["byHttp"].GetUint() == 1);
  CHECK(contains(run.output, "other.tar cannot be read to its end"));
  CHECK(contains(run.output, "1 file whose bytes are not those of the checksum"));
  CHECK(tool.run({"diff", whole, tool.folder / "x.tar"}).exitCode == 0);

  const Tool::Run both = tool.run(pull(server, tool.folder / "y.tar",
                                       {"--reuse", tool.folder / "damaged.tar", "--reuse", whole}));
  CHECK(lastEvent(both.output)["files"]["reused"].GetUint() == 14);
}

TEST_CASE("an archive of another server gives nothing, and the result says so") {
  testing::SampleContentOptions options;
  options.imageBytes = 30'000;
  const TransferServer another(testing::sampleContent(options));
  const auto content = testing::sampleContent();
  const TransferServer server(content);
  Tool tool;
  const std::string earlier = tool.folder / "another.tar";
  REQUIRE(tool.run(pull(another, earlier)).exitCode == 0);
  const Tool::Run run =
      tool.run({"pull", server.adminUrl(), "-o", tool.folder / "x.tar", "--reuse", earlier});
  INFO(run.output << run.errors);
  REQUIRE(run.exitCode == 0);
  // The empty one has an equal record in both.
  CHECK(contains(run.output, "files:    1 reused, 0 B; 13 fetched, "));
  CHECK(server.log().files.size() == content->assets().size() - 1);
}

TEST_CASE("an encrypted archive is reused with the key of the run") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string first = tool.folder / "first.tar.gz.enc";
  REQUIRE(tool.run(pull(server, first, {"--encrypt", "--key", "secret"})).exitCode == 0);
  const Tool::Run run = tool.run(pull(server, tool.folder / "second.tar.gz.enc",
                                      {"--encrypt", "--key", "secret", "--reuse", first}));
  CHECK(lastEvent(run.output)["files"]["reused"].GetUint() == 14);
  const Tool::Run without = tool.run(pull(server, tool.folder / "x.tar", {"--reuse", first}));
  CHECK(without.exitCode == 0);
  CHECK(lastEvent(without.output)["files"]["reused"].GetUint() == 0);
  CHECK(lastEvent(without.output)["files"]["byHttp"].GetUint() == 14);
  CHECK(contains(without.output, "is encrypted: give its key"));
}

TEST_CASE("an archive that cannot be reused is told also with -q") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string folder = tool.folder.path() + "/";
  writeFile(folder + "20260101.tar", "not an archive");
  const std::string reuse = GENERATE("20260101.tar", "latest");
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-q", "-o", folder + "{date}.tar",
                                  "--reuse", reuse == "latest" ? reuse : folder + reuse});
  CHECK(run.exitCode == 0);
  CHECK(run.output.empty());
  CHECK(run.errors.rfind("note: ", 0) == 0);
  CHECK(contains(run.errors, "20260101.tar cannot be read to its end"));
  CHECK(run.errors.find('\n') == run.errors.size() - 1);
}

TEST_CASE("what cannot be reused is refused before anything is asked of the server") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string target = tool.folder / "x.tar";
  const Tool::Run missing = tool.run(pull(server, target, {"--reuse", tool.folder / "typo.tar"}));
  CHECK(missing.exitCode == 2);
  CHECK(contains(missing.output, "typo.tar"));
  writeFile(tool.folder / "there", "");
  const Tool::Run socket =
      tool.run(pull(server, target, {"--files", "socket", "--reuse", tool.folder / "there"}));
  CHECK(socket.exitCode == 2);
  CHECK(contains(socket.output, "--files socket"));
  CHECK(server.log().connections == 0);
}

TEST_CASE("--reuse of a push is for its backup, and takes the newest one") {
  Tool tool;
  PushServer destination(tool.folder);
  const std::string content = sampleArchive(tool.folder);
  std::vector<std::string> push = {"push",    content,   destination.url(),
                                   "--force", "--reuse", "latest"};
  const Tool::Run alone = tool.run(push);
  INFO(alone.errors);
  CHECK(alone.exitCode == 0);
  CHECK(contains(alone.errors, "--reuse has no effect without --backup"));

  push.insert(push.end(), {"--backup", tool.folder.path() + "/{date}.tar"});
  const std::string earlier = tool.folder / "20260101.tar";
  REQUIRE(tool.run({"pull", destination.url(), "-q", "-o", earlier}).exitCode == 0);
  const std::size_t fetched = destination.server().log().files.size();
  const Tool::Run run = tool.run(push);
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(destination.server().log().files.size() == fetched);
}

TEST_CASE("a backup reuses an earlier one") {
  Tool tool;
  PushServer destination(tool.folder);
  const TransferServer source(testing::sampleContent());
  REQUIRE(tool.run(pull(source, tool.folder / "content.tar")).exitCode == 0);
  tool.variables = {"STRAPI_TRANSFER_TOKEN=testing-token"};
  REQUIRE(tool.run({"pull", destination.url(), "-o", tool.folder / "yesterday.tar"}).exitCode == 0);
  const std::size_t fetched = destination.server().log().files.size();
  const Tool::Run run =
      tool.run({"push", tool.folder / "content.tar", destination.url(), "--force", "--backup",
                tool.folder / "before.tar", "--reuse", tool.folder / "yesterday.tar"});
  INFO(run.output << run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(fetched > 0);
  CHECK(destination.server().log().files.size() == fetched);
  CHECK(tool.run({"diff", tool.folder / "yesterday.tar", tool.folder / "before.tar"}).exitCode ==
        0);
}

TEST_CASE("a copy's backup reuses the newest one, and the copy itself nothing") {
  Tool tool;
  PushServer destination(tool.folder);
  const TransferServer source(testing::sampleContent());
  tool.variables = {"STRAPI_TRANSFER_TOKEN=testing-token",
                    "STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                    "STRAPI_TRANSFER_TO_TOKEN=testing-token"};
  const std::string config = tool.folder / "servers.ini";
  writeFile(config, "[staging]\nurl = \"" + destination.url() + "\"\nfile-connections = 2\n");
  const std::string to = GENERATE_REF(as<std::string>{}, destination.url(), "staging");
  INFO(to);
  // Nothing can be taken from it.
  writeFile(tool.folder / "20250101.tar", "not an archive");
  REQUIRE(
      tool.run({"pull", destination.url(), "-q", "-o", tool.folder / "20260101.tar"}).exitCode ==
      0);
  const std::size_t fetched = destination.server().log().files.size();
  REQUIRE(fetched > 0);
  const std::string backup = tool.folder.path() + "/{date}.tar";
  const Tool::Run run = tool.run({"copy", source.adminUrl(), to, "-q", "--force", "--config",
                                  config, "--backup", backup, "--reuse", "latest"});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  CHECK(run.errors.empty());
  CHECK(destination.server().log().files.size() == fetched);
  CHECK(source.log().files.size() == 14);
  for (const std::string& name : tool.folder.names()) {
    if (name > "20260101.tar" && name < "2100") {
      CHECK(tool.run({"diff", tool.folder / "20260101.tar", tool.folder / name}).exitCode == 0);
    }
  }
}
