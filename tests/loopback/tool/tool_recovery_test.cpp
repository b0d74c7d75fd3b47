// Pulls that fail on the way and are tried again, and those that go on after a kill.
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/file_bytes.hpp"
#include "support/push_server.hpp"
#include "support/tool/last_event.hpp"
#include "support/tool/root_permissions.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferFaults;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

using Names = std::set<std::string>;

/// The next event of that name.
rapidjson::Document awaitEvent(ChildProcess& child, const std::string& name) {
  for (;;) {
    rapidjson::Document event = parsedEvent(child.readLine());
    if (event["event"].GetString() == name) {
      return event;
    }
  }
}

/// Content that does something when so many records and pieces of files were asked of it.
class WithMoment final : public testing::Content {
 public:
  explicit WithMoment(std::shared_ptr<const testing::Content> content)
      : content_(std::move(content)) {}

  /// From now on.
  void at(std::size_t moment, std::function<void()> act) {
    const std::lock_guard<std::mutex> lock(mutex_);
    act_ = std::move(act);
    moment_ = moment;
    count_ = 0;
  }
  std::size_t count() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return count_;
  }

  strapi::Metadata metadata() const override { return content_->metadata(); }
  std::vector<strapi::Schema> schemas() const override { return content_->schemas(); }
  NextRecord records(strapi::TransferStage stage) const override {
    return [this, next = content_->records(stage)] {
      pass();
      return next();
    };
  }
  std::vector<strapi::AssetInfo> assets() const override { return content_->assets(); }
  NextBytes assetBytes(std::size_t index) const override {
    return [this, next = content_->assetBytes(index)] {
      pass();
      return next();
    };
  }

 private:
  void pass() const {
    std::function<void()> act;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (count_++ == moment_) {
        act = act_;
      }
    }
    if (act) {
      act();
    }
  }

  std::shared_ptr<const testing::Content> content_;
  mutable std::mutex mutex_;
  std::function<void()> act_;
  std::size_t moment_ = 0;
  mutable std::size_t count_ = 0;
};

/// Ends a run by SIGKILL at a moment of the content.
void killAt(std::size_t moment, WithMoment& content, Tool& tool,
            const std::vector<std::string>& arguments) {
  std::promise<ChildProcess*> started;
  const std::shared_future<ChildProcess*> child = started.get_future().share();
  content.at(moment, [child] { child.get()->send(SIGKILL); });
  ChildProcess process = tool.start(arguments);
  started.set_value(&process);
  process.readAll();
  CHECK(process.wait() == 1000 + SIGKILL);
  content.at(0, {});
}

/// Its files have several parts of checksums.
std::shared_ptr<WithMoment> manyFiles() {
  testing::SampleContentOptions options;
  options.images = 100;
  options.imageBytes = 3'000;
  return std::make_shared<WithMoment>(testing::sampleContent(options));
}

/// Sends the configuration in several messages, and breaks off at the second. The files come
/// meanwhile.
TransferServerOptions breakingAtTheEnd() {
  TransferServerOptions options;
  options.batchBytes = 1'000;
  options.faults.kind = TransferFaults::Kind::close;
  options.faults.step = strapi::TransferStage::configuration;
  options.faults.afterMessages = 1;
  return options;
}

TransferServerOptions busy(const std::string& retryAfter) {
  TransferServerOptions options;
  options.faults.upgradeResponse =
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: " + retryAfter +
      "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  return options;
}

std::vector<std::string> pull(const std::string& url, const std::string& target,
                              const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"pull", url, "--json", "-o", target};
  if (target.back() == '/') {
    arguments.insert(arguments.end(), {"--format", "dir"});
  }
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("after a kill at any moment the next run takes what has come, and ends as without") {
  const auto content = manyFiles();
  const TransferServer server(content);
  Tool tool;
  const std::string undisturbed = tool.folder / "undisturbed.tar";
  REQUIRE(tool.run(pull(server.adminUrl(), undisturbed)).exitCode == 0);
  const std::size_t moments = content->count();
  REQUIRE(moments > 300);
  std::mt19937 random(20261129);
  std::uint64_t reused = 0;
  for (int round = 0; round < 40; ++round) {
    const std::string name = round % 3 == 0 ? "x.tar" : round % 3 == 1 ? "x.tar.gz" : "x/";
    const std::string target = tool.folder / name;
    const std::size_t moment = random() % moments;
    CAPTURE(name, moment);
    killAt(moment, *content, tool, pull(server.adminUrl(), target));
    if (round % 4 == 0) {
      killAt(random() % 100, *content, tool, pull(server.adminUrl(), target));
    }
    const Tool::Run run = tool.run(pull(server.adminUrl(), target));
    INFO(run.output << run.errors);
    REQUIRE(run.exitCode == 0);
    reused += lastEvent(run.output)["files"]["reused"].GetUint64();
    CHECK(tool.run({"diff", undisturbed, target}).exitCode == 0);
    if (round % 5 == 0) {
      CHECK(tool.run({"verify", target}).exitCode == 0);
    }
    CHECK(tool.folder.names() == Names{"undisturbed.tar", name == "x/" ? std::string("x") : name});
    std::filesystem::remove_all(target);
  }
  CHECK(reused > 500);
}

TEST_CASE("nothing wrong is taken from what a killed run left") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string whole = tool.folder / "whole.tar";
  REQUIRE(tool.run(pull(server.adminUrl(), whole)).exitCode == 0);
  std::string bytes = readFile(whole);
  const std::string target = tool.folder / "x.tar";
  const std::string part = tool.folder / ".x.tar.part-0123456789";
  const auto files = [&](const std::string& left) {
    writeFile(part, left);
    const Tool::Run run = tool.run(pull(server.adminUrl(), target, {"--force"}));
    INFO(run.output << run.errors);
    REQUIRE(run.exitCode == 0);
    CHECK(
        contains(run.output, "looking for files in what a killed run left behind: .x.tar.part-01"));
    CHECK_FALSE(std::filesystem::exists(part));
    CHECK(tool.run({"diff", whole, target}).exitCode == 0);
    return lastEvent(run.output)["files"]["reused"].GetUint();
  };
  CHECK(files(bytes) == 14);
  std::string newer = bytes;
  const auto line = newer.find("{\"path\":\"assets/uploads/");
  newer.replace(newer.find("\"sha256\"", line), 8, "\"sha512\"");  // Of a kind of a newer version.
  CHECK(files(newer) == 13);
  bytes[bytes.find("assets/uploads/") + 512] ^= 0x55;  // The first byte of a file.
  CHECK(files(bytes) == 13);
  CHECK(files(bytes.substr(0, bytes.find("checksums/"))) == 0);
  CHECK(files("not an archive") == 0);
  CHECK(files("") == 0);
}

TEST_CASE("a disk that is full is told, leaves nothing, and the next run is whole") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string whole = tool.folder / "whole.tar";
  REQUIRE(tool.run(pull(server.adminUrl(), whole)).exitCode == 0);
  const std::string bytes = readFile(whole);
  const std::string target = tool.folder / "x.tar";
  const bool hasPart = GENERATE(false, true);
  if (hasPart) {
    writeFile(tool.folder / ".x.tar.part-0123456789", bytes);
  }
  // In blocks of 512 bytes, as POSIX has them.
  const std::string limit = "ulimit -f " + std::to_string(bytes.size() / 1024);
  std::vector<std::string> arguments = {"/bin/sh", "-c", limit + "; exec \"$0\" \"$@\"",
                                        WSFERRY_TOOL_PATH};
  for (const std::string& argument : pull(server.adminUrl(), target, {"--retries", "3"})) {
    arguments.push_back(argument);
  }
  ChildProcess full(arguments, tool.variables, tool.folder / "errors");
  const auto result = lastEvent(full.readAll());
  INFO(full.errors());
  CHECK(full.wait() == 5);
  CHECK(result["attempts"].GetUint() == 1);
  CHECK(contains(result["message"].GetString(), "cannot write " + target + ": File too large"));
  CHECK(tool.folder.names() == Names{"errors", "whole.tar"});

  REQUIRE(tool.run(pull(server.adminUrl(), target)).exitCode == 0);
  CHECK(tool.run({"verify", target}).exitCode == 0);
  CHECK(tool.run({"diff", whole, target}).exitCode == 0);
}

TEST_CASE("what a killed run left waits for a server that is away, and goes after other failures") {
  Tool tool;
  const std::string target = tool.folder / "x.tar";
  const std::string part = ".x.tar.part-0123456789";
  writeFile(tool.folder / part, "x");
  {
    const TransferServer server(testing::sampleContent(), busy("1"));
    CHECK(tool.run(pull(server.adminUrl(), target)).exitCode == 4);
    CHECK(tool.folder.names() == Names{part});
  }
  const TransferServer server(testing::sampleContent());
  Tool::Run run = tool.run(pull(server.adminUrl(), target, {"--token", "wrong"}));
  CHECK(run.exitCode == 3);
  CHECK(tool.folder.names().empty());

  writeFile(tool.folder / part, "x");
  run = tool.run({"pull", server.adminUrl(), "-q", "-o", target});
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "looking for files in what a killed run left behind: " + part));
  CHECK(tool.folder.names() == Names{"x.tar"});
  std::filesystem::remove(target);

  writeFile(tool.folder / part, "x");
  run = tool.run(pull(server.adminUrl(), target, {"--files", "socket"}));
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, "removed leftovers of a killed run: " + part));
  CHECK(tool.folder.names() == Names{"x.tar"});
}

TEST_CASE("what cannot be removed of a killed run is told, also where its files were taken") {
  letPermissionsCountForRoot();
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string part = ".x.part-0123456789";
  const std::string closed = tool.folder / (part + "/entities");
  std::filesystem::create_directories(closed + "/more");
  std::filesystem::permissions(closed, std::filesystem::perms(0500));
  const Tool::Run run =
      tool.run({"pull", server.adminUrl(), "-q", "--format", "dir", "-o", tool.folder / "x"});
  std::filesystem::permissions(closed, std::filesystem::perms(0700));
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "looking for files in what a killed run left behind: " + part));
  CHECK(contains(run.errors, "cannot remove all leftovers of an earlier run: " + part));
}

TEST_CASE("a lost connection is tried again, and the files are not fetched anew") {
  for (const std::string name : {"x.tar", "x.tar.gz", "x/"}) {
    CAPTURE(name);
    Tool tool;
    const std::string target = tool.folder / name;
    auto server = std::make_unique<TransferServer>(testing::sampleContent(), breakingAtTheEnd());
    const std::uint16_t port = server->port();
    const std::string url = server->adminUrl();
    ChildProcess child = tool.start(pull(url, target, {"--retries", "9"}));
    const auto retry = awaitEvent(child, "retry");
    CHECK(retry["attempt"].GetUint() == 1);
    CHECK(retry["attempts"].GetUint() == 10);
    CHECK(retry["seconds"].GetDouble() >= 1.5);
    CHECK(retry["seconds"].GetDouble() <= 2.5);
    CHECK(retry["error"].GetString() == std::string("connectionClosed"));
    CHECK(tool.folder.names().size() == 2);  // What has come, and the lock.

    server.reset();
    TransferServerOptions options;
    options.port = port;
    const TransferServer again(testing::sampleContent(), options);
    const auto result = lastEvent(child.readAll());
    INFO(child.errors());
    REQUIRE(child.wait() == 0);
    CHECK(result["attempts"].GetUint() >= 2);
    CHECK(result["seconds"].GetDouble() >= 1.5);
    CHECK(result["files"]["reused"].GetUint() == 14);
    CHECK(again.log().files.empty());
    CHECK(tool.folder.names().size() == 1);
    CHECK(tool.run({"diff", target, url}).exitCode == 0);
    CHECK(tool.run({"verify", target}).exitCode == 0);
  }
}

TEST_CASE("people read in one line what failed, and when the next attempt comes") {
  Tool tool;
  const TransferServer server(testing::sampleContent(), busy("1"));
  const std::vector<std::string> arguments = {
      "pull", server.adminUrl(), "-o", tool.folder / "x.tar", "--retries", "1"};
  const Tool::Run run = tool.run(arguments);
  INFO(run.errors);
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "warning: attempt 1 of 2 failed: "));
  CHECK(contains(run.errors, "The next one starts in "));
  CHECK(contains(run.errors, "(attempt 2 of 2)"));
  CHECK(server.log().connections == 2);
  CHECK(tool.folder.names().empty());
}

TEST_CASE("what another attempt does not change is not tried again") {
  Tool tool;
  const std::string target = tool.folder / "x.tar";
  TransferServerOptions options;
  options.faults.step = strapi::TransferStage::entities;
  options.faults.kind = TransferFaults::Kind::errorAnswer;
  const TransferServer failing(testing::sampleContent(), options);
  Tool::Run run = tool.run(pull(failing.adminUrl(), target, {"--retries", "5"}));
  CHECK(run.exitCode == 1);
  CHECK(lastEvent(run.output)["attempts"].GetUint() == 1);

  const TransferServer server(testing::sampleContent());
  run = tool.run(pull(server.adminUrl(), target, {"--retries", "5", "--token", "wrong"}));
  CHECK(run.exitCode == 3);
  CHECK(lastEvent(run.output)["attempts"].GetUint() == 1);

  writeFile(target, "precious");
  run = tool.run(pull(server.adminUrl(), target, {"--retries", "5"}));
  CHECK(run.exitCode == 6);
  CHECK(tool.folder.names() == Names{"x.tar"});
}

TEST_CASE("a push begins again while the destination has all that it had") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  auto away = std::make_unique<PushServer>(tool.folder, busy("0"));
  const std::uint16_t port = away->server().port();
  const std::string url = away->url();
  ChildProcess child = tool.start({"push", archive, url, "--force", "--json", "--retries", "9"});
  CHECK(awaitEvent(child, "retry")["attempt"].GetUint() == 1);
  away.reset();
  TransferServerOptions options;
  options.port = port;
  const PushServer destination(tool.folder, options);
  const auto result = lastEvent(child.readAll());
  INFO(child.errors());
  REQUIRE(child.wait() == 0);
  CHECK(result["attempts"].GetUint() >= 2);
  CHECK(destination.server().log().commits == 1);
  CHECK(tool.run({"diff", archive, url}).exitCode == 0);
}

TEST_CASE("a push that may have changed something is not begun again") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.faults.kind = TransferFaults::Kind::reset;
  options.faults.step = strapi::TransferStage::entities;
  const PushServer destination(tool.folder, options);
  const Tool::Run run =
      tool.run({"push", archive, destination.url(), "--force", "--json", "--retries", "9"});
  CHECK(run.exitCode == 4);
  CHECK(lastEvent(run.output)["attempts"].GetUint() == 1);
  CHECK_FALSE(contains(run.output, "\"retry\""));
}

TEST_CASE(
    "a push whose rollback nobody confirmed is not begun again, although no file is at stake") {
  Tool tool;
  const std::string archive = sampleArchive(tool.folder);
  TransferServerOptions options;
  options.faults.kind = TransferFaults::Kind::reset;
  options.faults.step = strapi::TransferStage::entities;
  const PushServer destination(tool.folder, options);
  const Tool::Run run = tool.run({"push", archive, destination.url(), "--exclude", "files",
                                  "--force", "--json", "--retries", "1"});
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 4);
  const auto result = lastEvent(run.output);
  CHECK(result["attempts"].GetUint() == 1);
  CHECK(result["destination"]["database"].GetString() == std::string("rollbackExpected"));
  CHECK(result["destination"]["files"].GetString() == std::string("untouched"));
  CHECK_FALSE(contains(run.output, "\"retry\""));
}

TEST_CASE("a copy begins again behind a rollback that was confirmed") {
  Tool tool;
  tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-token",
                    "STRAPI_TRANSFER_TO_TOKEN=testing-token"};
  TransferServerOptions options;
  // What is compared of both servers beforehand has no links.
  options.faults.kind = TransferFaults::Kind::reset;
  options.faults.step = strapi::TransferStage::links;
  auto source = std::make_unique<TransferServer>(testing::sampleContent(), options);
  const std::string url = source->adminUrl();
  TransferServerOptions whole;
  whole.port = source->port();
  const PushServer destination(tool.folder);
  ChildProcess child = tool.start({"copy", url, destination.url(), "--exclude", "files", "--force",
                                   "--json", "--retries", "9"});
  CHECK(awaitEvent(child, "retry")["attempt"].GetUint() == 1);
  CHECK(destination.server().log().rollbacks == 1);
  CHECK(destination.server().log().commits == 0);
  source.reset();
  const TransferServer again(testing::sampleContent(), whole);
  const auto result = lastEvent(child.readAll());
  INFO(child.errors());
  REQUIRE(child.wait() == 0);
  CHECK(result["attempts"].GetUint() >= 2);  // More, where the source is slow to come back.
  CHECK(destination.server().log().rollbacks == 1);
  CHECK(destination.server().log().commits == 1);
}

TEST_CASE("a signal ends the pause at once, and leaves nothing") {
  Tool tool;
  const TransferServer server(testing::sampleContent(), busy("900"));
  ChildProcess child =
      tool.start(pull(server.adminUrl(), tool.folder / "x.tar", {"--retries", "5"}));
  CHECK(awaitEvent(child, "retry")["seconds"].GetDouble() == 900);
  child.send(SIGTERM);
  const auto result = lastEvent(child.readAll());
  CHECK(child.wait() == 130);
  CHECK(result["exitCode"].GetInt() == 130);
  REQUIRE(result.HasMember("attempts"));
  CHECK(result["attempts"].GetInt() == 1);
  CHECK(tool.folder.names().empty());
}

TEST_CASE("a deadline ends an attempt, and leaves no time for another") {
  Tool tool;
  const std::string target = tool.folder / "x.tar";
  TransferServerOptions options;
  options.faults.step = strapi::TransferStage::entities;
  options.faults.kind = TransferFaults::Kind::silence;
  const TransferServer silent(testing::sampleContent(), options);
  Tool::Run run =
      tool.run(pull(silent.adminUrl(), target, {"--retries", "5", "--deadline", "500ms"}));
  INFO(run.errors);
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "not done within the --deadline of 0.5"));
  CHECK(lastEvent(run.output)["error"].GetString() == std::string("timedOut"));
  CHECK(tool.folder.names().empty());

  const TransferServer away(testing::sampleContent(), busy("60"));
  run = tool.run(pull(away.adminUrl(), target, {"--retries", "5", "--deadline", "30s"}));
  CHECK(run.exitCode == 4);
  CHECK(lastEvent(run.output)["httpStatus"].GetInt() == 503);
  CHECK(lastEvent(run.output)["attempts"].GetUint() == 1);
  CHECK(contains(run.errors, "; the --deadline of 30"));
  CHECK(contains(run.errors, "leaves no time for another attempt"));
}

TEST_CASE("what goes to standard output goes once") {
  Tool tool;
  const TransferServer server(testing::sampleContent(), busy("1"));
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", "-", "--retries", "5"});
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "--retries has no effect with -o -"));
  CHECK(server.log().connections == 1);
}
