#include <asio/use_future.hpp>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/archive_fixture.hpp"
#include "support/temporary_folder.hpp"
#include "testing/server/json_members.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/strapi/dispatcher.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::testing;

namespace {

using strapi::Answer;
using strapi::StepAction;
using strapi::TransferAction;
using strapi::TransferStage;

// Longer than anything here takes.
constexpr Duration patience{20'000};

const std::string initParams =
    R"({"transfer":"push","options":{"strategy":"restore","restore":{"entities":{},"assets":true,)"
    R"("configuration":{"webhook":true,"coreStore":true}}},"checksums":true,"assetEncoding":"base64"})";

std::error_code tryConnect(const std::string& url, const std::string& token) {
  WebSocketOptions options;
  options.bearerToken = token;
  WebSocketClient client(options);
  try {
    client.connect(Url::parse(url));
  } catch (const Error& error) {
    return error.code();
  }
  return {};
}

/// A connection to a server's push or pull side.
class Connection {
 public:
  explicit Connection(const TransferServer& server, const std::string& kind = "push") {
    WebSocketOptions options;
    options.bearerToken = "testing-token";
    WebSocketClient client(options);
    client.connect(Url::parse(server.adminUrl() + "/transfer/runner/" + kind));
    dispatcher_ = std::make_unique<strapi::Dispatcher>(client);
  }

  std::future<Answer> send(std::string members) {
    return dispatcher_->dispatch(std::move(members), asio::use_future);
  }
  std::string init(const std::string& params = initParams) {
    return dispatcher_->dispatchCommand(strapi::Command::init, params, asio::use_future).get().data;
  }
  std::string act(TransferAction action) {
    return dispatcher_->dispatchTransferAction(action, asio::use_future).get().data;
  }
  std::future<Answer> step(TransferStage stage, StepAction action, const std::string& data = {}) {
    return dispatcher_->dispatchTransferStep(stage, action, data, asio::use_future);
  }
  void begin() {
    const auto answer = jsonMembers(init());
    dispatcher_->setTransferProperties({jsonStringMember(answer, "transferID")},
                                       strapi::TransferKind::push);
    act(TransferAction::bootstrap);
    act(TransferAction::beforeTransfer);
  }
  void disconnect() { dispatcher_.reset(); }

 private:
  std::unique_ptr<strapi::Dispatcher> dispatcher_;
};

struct Server {
  explicit Server(TransferServerOptions options = {}, bool isFolder = false) {
    options.pushTarget.emplace();
    options.pushTarget->path = folder / "pushed.tar.gz";
    if (isFolder) {
      options.pushTarget->format.container = archive::Container::directory;
      options.pushTarget->format.compressed = false;
    }
    SampleContentOptions small;
    small.articles = 6;
    small.images = 2;
    small.imageBytes = 200'000;
    content = sampleContent(small);
    server = std::make_unique<TransferServer>(content, std::move(options));
  }

  TemporaryFolder folder;
  std::shared_ptr<const Content> content;
  std::unique_ptr<TransferServer> server;
};

std::size_t pushRecords(Connection& connection, const Content& content, TransferStage stage) {
  std::size_t count = 0;
  connection.step(stage, StepAction::start).get();
  std::vector<std::future<Answer>> answers;
  const auto next = content.records(stage);
  for (std::string record = next(); !record.empty(); record = next()) {
    if (record.find("admin::") == std::string::npos &&
        record.find("content-releases") == std::string::npos) {
      answers.push_back(connection.step(stage, StepAction::stream, "[" + record + "]"));
      ++count;
    }
  }
  for (auto& answer : answers) {
    CHECK(answer.get().data == "null");
  }
  const std::string number = std::to_string(count);
  CHECK(connection.step(stage, StepAction::end).get().data ==
        R"({"ok":true,"stats":{"started":)" + number + R"(,"finished":)" + number + "}}");
  return count;
}

std::string assetItems(const Content& content, std::size_t index, const strapi::AssetInfo& info) {
  const std::string id = R"("assetID":")" + std::to_string(index) + "\"";
  std::string items = R"([{"action":"start",)" + id + R"(,"data":{"filename":)" +
                      encodeJsonString(info.filename) + R"(,"stats":{"size":)" +
                      std::to_string(info.size) + R"(},"metadata":)" + info.metadata + "}}";
  Sha256 hash;
  const auto next = content.assetBytes(index);
  for (std::string bytes = next(); !bytes.empty(); bytes = next()) {
    hash.update(bytes);
    items += R"(,{"action":"stream",)" + id + R"(,"encoding":"base64","data":")";
    encodeBase64(bytes, items);
    items += "\"}";
  }
  return items + R"(,{"action":"end",)" + id + R"(,"checksum":{"algorithm":"sha256","value":")" +
         hash.hex() + "\"}}]";
}

/// Counts what comes out of a pull.
struct Counter final : strapi::RecordSink {
  void record(const strapi::Record&) override { ++count; }
  std::size_t count = 0;
};

TEST_CASE("what was pushed is a whole archive and what the server serves from then on") {
  const Server pushed({}, GENERATE(false, true));
  Connection connection(*pushed.server);
  connection.begin();
  const std::size_t entities = pushRecords(connection, *pushed.content, TransferStage::entities);
  connection.step(TransferStage::assets, StepAction::start).get();
  const auto assets = pushed.content->assets();
  for (std::size_t i = 0; i < assets.size(); ++i) {
    const auto items = assetItems(*pushed.content, i, assets[i]);
    CHECK(connection.step(TransferStage::assets, StepAction::stream, items).get().data == "null");
  }
  connection.step(TransferStage::assets, StepAction::end).get();
  pushRecords(connection, *pushed.content, TransferStage::links);
  pushRecords(connection, *pushed.content, TransferStage::configuration);
  connection.act(TransferAction::close);
  connection.disconnect();
  CHECK(pushed.server->waitUntilIdle(patience));

  const auto log = pushed.server->log();
  CHECK(log.commits == 1);
  CHECK(log.rollbacks + log.teardowns == 0);
  CHECK(pushed.folder.names() == std::set<std::string>{"pushed.tar.gz"});
  const auto summary = archive::verifyArchive(pushed.folder / "pushed.tar.gz");
  CHECK(summary.problems.empty());
  CHECK(summary.totals.at(TransferStage::entities).count == entities);
  CHECK(summary.totals.at(TransferStage::assets).count == assets.size());

  strapi::RemoteSourceOptions options;
  options.connection.bearerToken = "testing-token";
  strapi::RemoteSource source(pushed.server->adminUrl(), options);
  source.bootstrap();
  Counter counter;
  source.readRecords(TransferStage::entities, counter);
  CHECK(counter.count == entities);
  // As a real server it tells when a pull begins, and not when it was pushed into.
  CHECK(source.getMetadata().createdAt > summary.metadata.createdAt);
  source.close();
}

TEST_CASE("a push whose connection ends leaves nothing") {
  const Server pushed;
  Connection connection(*pushed.server);
  connection.begin();
  pushRecords(connection, *pushed.content, TransferStage::entities);
  CHECK_FALSE(pushed.folder.names().empty());
  connection.disconnect();
  CHECK(pushed.server->waitUntilIdle(patience));
  CHECK(pushed.folder.names().empty());
  CHECK(pushed.server->log().teardowns == 1);
  CHECK(pushed.server->log().commits == 0);
}

TEST_CASE("a server may be destroyed in the middle of a push") {
  Server pushed;
  Connection connection(*pushed.server);
  connection.begin();
  pushed.server.reset();
  CHECK(pushed.folder.names().empty());
}

TEST_CASE("each direction takes the tokens of its scope") {
  const Server pushed;
  const std::string runner = pushed.server->adminUrl() + "/transfer/runner/";
  CHECK_FALSE(tryConnect(runner + "push", "testing-token"));
  CHECK_FALSE(tryConnect(runner + "push", "testing-push-token"));
  CHECK_FALSE(tryConnect(runner + "pull", "testing-pull-token"));
  CHECK(tryConnect(runner + "push", "testing-pull-token") == Errc::notAuthorized);
  CHECK(tryConnect(runner + "pull", "testing-push-token") == Errc::notAuthorized);
  CHECK(tryConnect(runner + "push", "another") == Errc::notAuthenticated);
}

TEST_CASE("without a place for pushes there is no push side, and no token is not a token") {
  TransferServerOptions options;
  options.pullToken.clear();
  const TransferServer server(sampleContent(), options);
  const std::string runner = server.adminUrl() + "/transfer/runner/";
  CHECK(tryConnect(runner + "push", "testing-token") == Errc::notFound);
  CHECK(tryConnect(runner + "pull", "testing-pull-token") == Errc::notAuthenticated);
}

TEST_CASE("messages that do not wait are answered in order, and counted") {
  TransferServerOptions options;
  options.faults.answerDelay = Duration(5);
  const Server pushed(std::move(options));
  Connection connection(*pushed.server);
  connection.begin();
  CHECK(pushed.server->log().overlapping == 0);
  pushRecords(connection, *pushed.content, TransferStage::entities);
  CHECK(pushed.server->log().overlapping > 0);
  connection.act(TransferAction::rollback);
  CHECK(pushed.server->log().rollbacks == 1);
}

TEST_CASE("a message that does not wait ends a server of version 4") {
  TransferServerOptions options;
  options.legacy = true;
  options.faults.answerDelay = Duration(100);
  const Server pushed(std::move(options));
  Connection other(*pushed.server, "pull");
  Connection connection(*pushed.server);
  connection.begin();
  auto first = connection.step(TransferStage::entities, StepAction::start);
  auto second = connection.step(TransferStage::entities, StepAction::stream, "[]");
  CHECK_THROWS_AS(first.get(), std::system_error);
  CHECK_THROWS_AS(second.get(), std::system_error);
  CHECK_THROWS_AS(other.act(TransferAction::bootstrap), std::system_error);
  CHECK(pushed.server->waitUntilIdle(patience));
  CHECK(pushed.server->log().overlapping == 1);
  CHECK(pushed.folder.names().empty());
}

TEST_CASE("a connection that is dropped at the commit has committed nothing") {
  TransferServerOptions options;
  options.faults.kind = TransferFaults::Kind::reset;
  options.faults.action = TransferAction::close;
  const Server pushed(std::move(options));
  Connection connection(*pushed.server);
  connection.begin();
  CHECK_THROWS_AS(connection.act(TransferAction::close), std::system_error);
  CHECK(pushed.server->waitUntilIdle(patience));
  CHECK(pushed.server->log().teardowns == 1);
  CHECK(pushed.folder.names().empty());
}

TEST_CASE("what is pushed cannot go to standard output") {
  TransferServerOptions options;
  options.pushTarget.emplace();
  options.pushTarget->path = "-";
  CHECK_THROWS_AS(TransferServer(sampleContent(), options), Error);
}

}  // namespace
