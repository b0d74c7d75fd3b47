#include "wsferry/strapi/remote_source.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/error_of.hpp"
#include "support/scripted_server.hpp"
#include "wsferry/strapi/transfer_engine.hpp"
#include "wsferry/strapi/transfer_error.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::strapi;
using namespace std::chrono_literals;
using testing::TransferFaults;
using testing::TransferServer;
using testing::TransferServerOptions;
using Kind = testing::TransferFaults::Kind;

namespace {

// Collects everything in memory.
struct Collected final : Destination, RecordSink, AssetSink {
  Metadata metadata;
  std::vector<Schema> schemas;
  std::map<TransferStage, std::multiset<std::string>> recordsOf;
  std::map<std::string, std::pair<std::string, bool>> assetsByName;
  std::map<std::string, std::string, std::less<>> open;
  TransferStage stage = TransferStage::schemas;
  bool closed = false;
  bool rolledBack = false;

  void beforeTransfer(const TransferManifest& manifest) override {
    metadata = manifest.metadata;
    schemas = manifest.schemas;
  }
  void beginStage(TransferStage s) override { stage = s; }
  RecordSink& records() override { return *this; }
  AssetSink& assets() override { return *this; }
  void endStage() override {}
  void close() override { closed = true; }
  void rollback() noexcept override { rolledBack = true; }
  void record(const Record& record) override { recordsOf[stage].emplace(record.text()); }
  void begin(std::string_view id, const AssetInfo& info) override {
    open.emplace(id, info.filename);
    assetsByName[info.filename] = {"", false};
  }
  void write(std::string_view id, std::string_view bytes) override {
    assetsByName[open.find(id)->second].first += bytes;
  }
  void end(std::string_view id) override { assetsByName[open.find(id)->second].second = true; }
};

std::shared_ptr<const testing::Content> content() {
  static const auto sample = testing::sampleContent();
  return sample;
}

RemoteSourceOptions sourceOptions() {
  RemoteSourceOptions options;
  options.connection.bearerToken = "testing-token";
  options.connection.maxMessageSize = 8 << 20;
  return options;
}

// For servers that answer pings and nothing else: only the cap ends the wait.
RemoteSourceOptions impatientOptions() {
  RemoteSourceOptions options = sourceOptions();
  options.keepAlive.pingInterval = 100ms;
  options.keepAlive.overallCap = 1500ms;
  return options;
}

// For peers that are gone: only the liveness window tells.
RemoteSourceOptions suspiciousOptions() {
  RemoteSourceOptions options = sourceOptions();
  options.connection.handshakeTimeout = 500ms;
  options.keepAlive.pingInterval = 100ms;
  options.keepAlive.pongTimeout = 200ms;
  options.keepAlive.livenessWindow = 600ms;
  return options;
}

struct Pulled {
  std::error_code error;
  ErrorInfo info;
  Collected collected;
  TransferResult result;
};

Pulled pull(const std::string& url, RemoteSourceOptions options = sourceOptions()) {
  Pulled pulled;
  RemoteSource source(url, std::move(options));
  try {
    pulled.result = TransferEngine(source, pulled.collected).run();
  } catch (const Error& error) {
    pulled.error = error.code();
    pulled.info = error.info();
    INFO(error.what());
    CHECK_FALSE(pulled.collected.closed);
    CHECK(pulled.collected.rolledBack);
    CHECK_FALSE(error.info().message.empty());
    CHECK(std::string(error.what()).find("testing-token") == std::string::npos);
  }
  return pulled;
}

// What the content holds that may be transferred.
void checkComplete(const Collected& collected) {
  for (const TransferStage stage :
       {TransferStage::entities, TransferStage::links, TransferStage::configuration}) {
    std::multiset<std::string> expected;
    auto next = content()->records(stage);
    for (std::string record = next(); !record.empty(); record = next()) {
      if (record.find("\"admin::") == std::string::npos &&
          record.find("\"plugin::content-releases.") == std::string::npos) {
        expected.insert(record);
      }
    }
    CAPTURE(toString(stage));
    REQUIRE_FALSE(expected.empty());
    REQUIRE(collected.recordsOf.count(stage) == 1);
    CHECK((collected.recordsOf.at(stage) == expected));
  }
  const auto assets = content()->assets();
  REQUIRE(collected.assetsByName.size() == assets.size());
  for (std::size_t i = 0; i < assets.size(); ++i) {
    std::string bytes;
    auto next = content()->assetBytes(i);
    for (std::string piece = next(); !piece.empty(); piece = next()) {
      bytes += piece;
    }
    CAPTURE(assets[i].filename);
    const auto& [actual, complete] = collected.assetsByName.at(assets[i].filename);
    CHECK(complete);
    CHECK((actual == bytes));
  }
  CHECK(collected.schemas.size() == content()->schemas().size());
  CHECK(collected.closed);
}

TransferFaults fault(Kind kind, TransferStage step, unsigned afterMessages = 0) {
  TransferFaults faults;
  faults.kind = kind;
  faults.step = step;
  faults.afterMessages = afterMessages;
  return faults;
}

// "start links" for each message that starts or ends a step.
std::vector<std::string> stepsOf(const testing::TransferServerLog& log) {
  std::vector<std::string> steps;
  for (const std::string& message : log.received) {
    for (const char* action : {"start", "end"}) {
      for (const TransferStage stage : stageOrder) {
        const std::string step(toString(stage));
        if (message.find("\"action\":\"" + std::string(action) + "\"") != std::string::npos &&
            message.find("\"step\":\"" + step + "\"") != std::string::npos) {
          steps.push_back(std::string(action) + " " + step);
        }
      }
    }
  }
  return steps;
}

// Answers a request, with JSON text.
void answer(ServerPeer<tcp::socket>& peer, const std::string& request, const std::string& data) {
  const std::string uuidKey = R"("uuid":")";
  const std::string uuid = request.substr(request.find(uuidKey) + uuidKey.size(), 36);
  peer.send(MessageType::text, R"({"uuid":")" + uuid + R"(","data":)" + data + "}");
}

}  // namespace

TEST_CASE("A pull brings everything, whatever legal form the server uses") {
  TransferServerOptions options;
  options.batchBytes = GENERATE(std::size_t{1} << 20, std::size_t{4000});
  options.legacy = GENERATE(false, true);
  options.flatAssets = GENERATE(false, true);
  options.interleaveAssets = GENERATE(false, true);
  TransferServer server(content(), options);
  std::vector<Diagnostic> diagnostics;
  RemoteSourceOptions source = sourceOptions();
  source.onDiagnostic = [&](const Diagnostic& diagnostic) { diagnostics.push_back(diagnostic); };
  source.queueBytes = 20'000;
  const Pulled pulled = pull(server.adminUrl() + "/", source);
  REQUIRE_FALSE(pulled.error);
  checkComplete(pulled.collected);
  CHECK(server.waitUntilIdle(2s));
  const bool warned =
      std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
        return diagnostic.kind == "warning" &&
               diagnostic.message.find("without verification") != std::string::npos;
      });
  CHECK(warned == options.legacy);
}

TEST_CASE(
    "What comes behind the entities is read together with the files, as far as it is wanted") {
  TransferServer server(content());
  RemoteSource source(server.adminUrl(), sourceOptions());
  Collected collected;
  TransferEngineOptions options;
  SECTION("everything") {
    static_cast<void>(TransferEngine(source, collected, options).run());
    checkComplete(collected);
    CHECK(stepsOf(server.log()) == std::vector<std::string>{"start entities", "end entities",
                                                            "start links", "start configuration",
                                                            "start assets", "end assets",
                                                            "end links", "end configuration"});
  }
  SECTION("without configuration") {
    options.filter = TransferFilter({{}, {TransferGroup::config}, {}, {}});
    static_cast<void>(TransferEngine(source, collected, options).run());
    CHECK(stepsOf(server.log()) == std::vector<std::string>{"start entities", "end entities",
                                                            "start links", "start assets",
                                                            "end assets", "end links"});
  }
}

TEST_CASE("What is read ahead waits for its turn in little memory") {
  TransferServerOptions options;
  options.batchBytes = 2000;
  TransferServer server(content(), options);
  RemoteSourceOptions little = sourceOptions();
  little.queueBytes = 20'000;
  RemoteSource source(server.adminUrl(), little);
  source.bootstrap();
  Collected collected;
  collected.beginStage(TransferStage::entities);
  source.readRecords(TransferStage::entities, collected);
  source.readAhead({TransferStage::links, TransferStage::configuration});
  source.readAssets(collected);
  const auto before = source.statistics().bytesReceived;
  collected.beginStage(TransferStage::links);
  source.readRecords(TransferStage::links, collected);
  CHECK(source.statistics().bytesReceived - before > 20'000);  // The most of it came only now.
  collected.beginStage(TransferStage::configuration);
  source.readRecords(TransferStage::configuration, collected);
  CHECK(collected.recordsOf.size() == 3);
}

TEST_CASE("What cannot be read ahead is told as of its stage") {
  // Of a step that begins it tells no id.
  ScriptedServer server([](tcp::socket& socket) {
    ServerPeer peer(socket);
    while (const auto message = peer.receive()) {
      answer(peer, message->second, R"({"transferID":"t"})");
    }
  });
  RemoteSource source("http://" + server.authority() + "/admin", sourceOptions());
  source.bootstrap();
  try {
    source.readAhead({TransferStage::links, TransferStage::configuration});
    FAIL("succeeded");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::protocolViolation);
    CHECK(error.info().stage == "links");
  }
}

TEST_CASE("A pull is not faster than its rate limit") {
  TransferServer server(content());
  RemoteSourceOptions limited = sourceOptions();
  limited.connection.rateLimit = std::make_shared<RateLimit>(2'000'000);
  RemoteSource source(server.adminUrl(), limited);
  Collected collected;
  const auto began = Clock::now();
  static_cast<void>(TransferEngine(source, collected).run());
  const std::chrono::duration<double> took = Clock::now() - began;
  checkComplete(collected);
  const auto bytes = static_cast<double>(source.statistics().bytesReceived);
  REQUIRE(bytes > 400'000);
  CHECK(took.count() >= (bytes - 65'536) / 2'000'000);
}

TEST_CASE("What must not leave a server is dropped and counted") {
  TransferServer server(content());
  const Pulled pulled = pull(server.adminUrl());
  REQUIRE_FALSE(pulled.error);
  CHECK(pulled.result.stages.at(TransferStage::entities).neverTransferred > 0);
  CHECK(pulled.result.stages.at(TransferStage::links).neverTransferred > 0);
  for (const auto& [stage, records] : pulled.collected.recordsOf) {
    for (const std::string& record : records) {
      REQUIRE(record.find(testing::secretHash) == std::string::npos);
    }
  }
}

TEST_CASE("Deviations that the protocol allows are tolerated") {
  const auto kind =
      GENERATE(Kind::unknownMembers, Kind::unknownShape, Kind::wrongUuid, Kind::duplicateAnswer,
               Kind::earlyData, Kind::wrongSize, Kind::zeroSize);
  const auto step = GENERATE(TransferStage::entities, TransferStage::assets);
  CAPTURE(static_cast<int>(kind), toString(step));
  TransferServerOptions options;
  options.faults = fault(kind, step);
  TransferServer server(content(), options);
  const Pulled pulled = pull(server.adminUrl());
  REQUIRE_FALSE(pulled.error);
  checkComplete(pulled.collected);
}

TEST_CASE("Every way to break off or to break the protocol is an error of its kind, soon") {
  struct Case {
    Kind kind;
    Errc expected;
  };
  const auto example = GENERATE(values<Case>({{Kind::silence, Errc::timedOut},
                                              {Kind::close, Errc::connectionClosed},
                                              {Kind::reset, Errc::connectionLost},
                                              {Kind::notJson, Errc::protocolViolation},
                                              {Kind::binary, Errc::protocolViolation},
                                              {Kind::oversized, Errc::messageTooBig},
                                              {Kind::dataAfterEnd, Errc::protocolViolation},
                                              {Kind::streamError, Errc::remoteFailed},
                                              {Kind::errorAnswer, Errc::remoteFailed}}));
  const auto step = GENERATE(TransferStage::entities, TransferStage::assets, TransferStage::links,
                             TransferStage::configuration);
  const unsigned afterMessages = GENERATE(0U, 1U);
  CAPTURE(static_cast<int>(example.kind), toString(step), afterMessages);
  TransferServerOptions options;
  options.batchBytes = 1000;
  options.faults = fault(example.kind, step, afterMessages);
  TransferServer server(content(), options);
  const Pulled pulled =
      pull(server.adminUrl(), example.kind == Kind::silence ? impatientOptions() : sourceOptions());
  CHECK(pulled.error == example.expected);
  // What ends the connection ends whatever is read meanwhile: files, or another step that came with
  // them.
  const bool isOfStep = example.kind == Kind::streamError || example.kind == Kind::errorAnswer ||
                        step == TransferStage::entities || step == TransferStage::assets;
  if (isOfStep) {
    CHECK(pulled.info.stage == toString(step));
  } else {
    CHECK((pulled.info.stage == "assets" || pulled.info.stage == "links" ||
           pulled.info.stage == "configuration"));
  }
  CHECK(server.waitUntilIdle(3s));
}

TEST_CASE("Damaged assets are refused by name") {
  struct Case {
    Kind kind;
    Errc expected;
  };
  const auto example = GENERATE(values<Case>({{Kind::wrongChecksum, Errc::checksumMismatch},
                                              {Kind::missingChecksum, Errc::checksumMismatch},
                                              {Kind::missingEnd, Errc::dataMissing}}));
  CAPTURE(static_cast<int>(example.kind));
  TransferServerOptions options;
  options.faults = fault(example.kind, TransferStage::assets);
  TransferServer server(content(), options);
  const Pulled pulled = pull(server.adminUrl());
  CHECK(pulled.error == example.expected);
  CHECK(pulled.error == ErrorCondition::data);
  CHECK(pulled.collected.assetsByName.count(pulled.info.subject) == 1);
  CHECK(pulled.info.stage == "assets");
}

TEST_CASE("Without checksums asked for, none is needed") {
  TransferServerOptions options;
  options.faults = fault(Kind::missingChecksum, TransferStage::assets);
  TransferServer server(content(), options);
  RemoteSourceOptions source = sourceOptions();
  source.checksums = false;
  const Pulled pulled = pull(server.adminUrl(), source);
  REQUIRE_FALSE(pulled.error);
  checkComplete(pulled.collected);
}

TEST_CASE("A connection cut at any byte is noticed") {
  const auto bytes = GENERATE(as<std::uint64_t>{}, 1, 50, 150, 400, 2000, 20000, 60000, 200000);
  TransferServerOptions options;
  SECTION("cut") {
    options.faults.cutAfterBytes = bytes;
    TransferServer server(content(), options);
    const Pulled pulled = pull(server.adminUrl());
    CHECK(pulled.error == ErrorCondition::connection);
  }
  SECTION("half-open") {
    options.faults.freezeAfterBytes = bytes;
    TransferServer server(content(), options);
    const auto start = Clock::now();
    const Pulled pulled = pull(server.adminUrl(), suspiciousOptions());
    CHECK(pulled.error == ErrorCondition::connection);
    // The liveness window, the close, and generous room for a busy machine.
    CHECK(Clock::now() - start < 20s);
  }
}

TEST_CASE("A slow server that answers pings is waited for") {
  TransferServerOptions options;
  options.faults.answerDelay = 40ms;
  TransferServer server(content(), options);
  RemoteSourceOptions source = sourceOptions();
  source.keepAlive.pingInterval = 10ms;
  source.retry.retryMessageTimeout = 15ms;
  source.retry.retryMessageMaxRetries = 0;
  source.retry.resendSizeLimit = 0;
  const Pulled pulled = pull(server.adminUrl(), source);
  REQUIRE_FALSE(pulled.error);
  checkComplete(pulled.collected);
  CHECK(server.log().pings > 0);
}

TEST_CASE("Refused upgrades keep what the server said and say what it means for Strapi") {
  struct Case {
    std::string response;
    Errc expected;
    std::string hint;
  };
  const auto example = GENERATE(values<Case>({
      {"HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nbody", Errc::notAuthenticated,
       "Transfer Tokens"},
      {"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nbody", Errc::notAuthorized,
       "of type Pull"},
      {"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nbody", Errc::notFound, "/admin"},
      {"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nbody", Errc::upgradeRefused, "salt"},
      {"HTTP/1.1 501 Not Implemented\r\nContent-Length: 4\r\n\r\nbody", Errc::upgradeRefused,
       "proxy"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", Errc::upgradeRefused, "admin URL"},
  }));
  TransferServerOptions options;
  options.faults.upgradeResponse = example.response;
  TransferServer server(content(), options);
  const Pulled pulled = pull(server.adminUrl());
  CHECK(pulled.error == example.expected);
  CHECK(pulled.info.httpBody == "body");
  CHECK(pulled.info.message.find(example.hint) != std::string::npos);
  CHECK(pulled.info.address == server.adminUrl() + "/transfer/runner/pull");
}

TEST_CASE("Another WebSocket server is told as such, with its address and words") {
  support::ScriptedServer server([](asio::ip::tcp::socket& socket) {
    support::ServerPeer<asio::ip::tcp::socket> peer(socket);
    peer.send(MessageType::text, R"({"type":"connected"})");
    while (peer.receive()) {
    }
  });
  RemoteSource source("http://" + server.authority() + "/admin", {});
  try {
    source.bootstrap();
    FAIL("taken for Strapi");
  } catch (const Error& error) {
    CHECK(error.code() == TransferErrc::notTransferEndpoint);
    CHECK(error.info().message.find("http://" + server.authority() +
                                    "/admin/transfer/runner/pull is a WebSocket server, but not "
                                    "Strapi's transfer endpoint") == 0);
    CHECK(error.info().message.find(R"({"type":"connected"})") != std::string::npos);
  }
}

TEST_CASE("A redirect and a proxy's password are explained with what to do") {
  TransferServerOptions options;
  std::string words;
  SECTION("to the same path elsewhere") {
    options.faults.upgradeResponse =
        "HTTP/1.1 301 Moved Permanently\r\nLocation: "
        "https://example.test/admin/transfer/runner/pull\r\nContent-Length: 0\r\n\r\n";
    words = "give the URL \"https://example.test/admin\"";
  }
  SECTION("to a login page") {
    options.faults.upgradeResponse =
        "HTTP/1.1 302 Found\r\nLocation: /login?next=x\r\nContent-Length: 0\r\n\r\n";
    words = "login page";
  }
  SECTION("a password") {
    options.faults.upgradeResponse =
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: "
        "0\r\n\r\n";
    words = "let the transfer's path through";
  }
  SECTION("too busy") {
    options.faults.upgradeResponse =
        "HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n";
    words = "Try again in 120 s";
  }
  const TransferServer server(testing::sampleContent(), options);
  RemoteSource source(server.adminUrl(), {});
  try {
    source.bootstrap();
    FAIL("opened");
  } catch (const Error& error) {
    INFO(error.info().message);
    CHECK(error.info().message.find(words) != std::string::npos);
  }
}

TEST_CASE("Cancelling from another thread ends a pull at once, in whatever it is doing") {
  TransferServerOptions options;
  const auto kind = GENERATE(Kind::none, Kind::silence);
  const unsigned atDiagnostic = GENERATE(1U, 2U, 4U, 6U);
  options.faults = fault(kind, TransferStage::entities);
  options.faults.answerDelay = kind == Kind::none ? 50ms : 0ms;
  TransferServer server(content(), options);
  RemoteSourceOptions observed = sourceOptions();
  std::promise<void> reached;
  unsigned diagnostics = 0;
  observed.onDiagnostic = [&](const Diagnostic&) {
    if (++diagnostics == atDiagnostic) {
      reached.set_value();
    }
  };
  RemoteSource source(server.adminUrl(), observed);
  Collected collected;
  TransferEngine engine(source, collected);
  std::thread canceller([&] {
    reached.get_future().wait();
    engine.cancel();
  });
  try {
    static_cast<void>(engine.run());
    FAIL("succeeded");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::cancelled);
  }
  canceller.join();
  CHECK(server.waitUntilIdle(3s));
}

TEST_CASE("Cancelled before it starts, a pull connects nothing") {
  TransferServer server(content());
  RemoteSource source(server.adminUrl(), sourceOptions());
  source.cancel();
  try {
    source.bootstrap();
    FAIL("succeeded");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::cancelled);
  }
  CHECK(server.log().connections == 0);
}

TEST_CASE("Destruction in the middle of a stage closes the socket") {
  struct StopSink final : RecordSink {
    void record(const Record&) override { throw Error(Errc::fileFailed, "disk full"); }
  };
  TransferServer server(content());
  {
    RemoteSource source(server.adminUrl(), sourceOptions());
    source.bootstrap();
    StopSink sink;
    try {
      source.readRecords(TransferStage::entities, sink);
      FAIL("succeeded");
    } catch (const Error& error) {
      CHECK(error.code() == Errc::fileFailed);
    }
  }
  CHECK(server.waitUntilIdle(3s));
}

TEST_CASE("A server that a hang-up could end has nothing to send when a pull ends in mid-step") {
  const auto stage = GENERATE(TransferStage::entities, TransferStage::links, TransferStage::assets);
  const bool isCancelled = GENERATE(true, false);
  CAPTURE(toString(stage), isCancelled);
  TransferServerOptions options;
  options.legacy = true;
  options.batchBytes = 2000;
  options.faults.answerDelay = 50ms;
  TransferServer server(content(), options);
  struct Interrupting final : RecordSink, AssetSink {
    std::function<void()> interrupt;
    void record(const Record&) override { interrupt(); }
    void begin(std::string_view, const AssetInfo&) override { interrupt(); }
    void write(std::string_view, std::string_view) override {}
    void end(std::string_view) override {}
    void omitted(const Omission&) override {}
  };
  {
    RemoteSource source(server.adminUrl(), sourceOptions());
    Interrupting sink;
    sink.interrupt = [&] {
      // What is acknowledged is about to be followed by more.
      CHECK(server.waitUntilReceived(
          [](std::string_view message) { return message.rfind(R"({"uuid")", 0) == 0; }, 60s));
      if (isCancelled) {
        source.cancel();
      } else {
        throw Error(Errc::fileFailed, "disk full");
      }
    };
    source.bootstrap();
    try {
      if (stage == TransferStage::assets) {
        source.readAssets(sink);
      } else {
        source.readRecords(stage, sink);
      }
      FAIL("succeeded");
    } catch (const Error& error) {
      CHECK(error.code() == (isCancelled ? Errc::cancelled : Errc::fileFailed));
    }
  }
  REQUIRE(server.waitUntilIdle(3s));
  CHECK(server.log().hangUps == 0);
}

TEST_CASE("Inside onDiagnostic a source may be destroyed, and does not wait for itself") {
  support::ScriptedServer server([](asio::ip::tcp::socket& socket) {
    support::ServerPeer<asio::ip::tcp::socket> peer(socket);
    for (const char* data : {R"({"transferID":"T"})", "null"}) {
      answer(peer, peer.receive().value().second, data);
    }
    for (int i = 0; i < 3; ++i) {
      peer.send(MessageType::text, R"({"diagnostic":{"details":{"message":"m"},"kind":"info"}})");
    }
    support::readToEnd(socket);
  });
  std::promise<void> bootstrapped;
  const auto isReady = bootstrapped.get_future().share();
  std::promise<std::error_code> refused;
  std::atomic<int> calls{0};
  std::unique_ptr<RemoteSource> source;
  RemoteSourceOptions options = sourceOptions();
  options.checksums = false;
  options.onDiagnostic = [&](const Diagnostic&) {
    ++calls;
    isReady.wait();
    std::error_code error;
    try {
      source->getMetadata();
    } catch (const Error& thrown) {
      error = thrown.code();
    }
    source.reset();
    refused.set_value(error);
  };
  source = std::make_unique<RemoteSource>("http://" + server.authority() + "/admin", options);
  source->bootstrap();
  bootstrapped.set_value();
  CHECK(support::get(refused.get_future()) == Errc::invalidState);
  CHECK(calls == 1);
}

TEST_CASE("What onDiagnostic throws ends the connection, not the process") {
  TransferServerOptions server;
  server.legacy = true;
  TransferServer old(content(), server);
  RemoteSourceOptions options = sourceOptions();
  // That there are no checksums.
  options.onDiagnostic = [](const Diagnostic&) { throw std::runtime_error("no disk for the log"); };
  RemoteSource source(old.adminUrl(), options);
  try {
    source.bootstrap();
    source.getMetadata();
    FAIL("succeeded");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalidState);
    CHECK(std::string(error.what()).find("no disk for the log") != std::string::npos);
  }
}

TEST_CASE("What a server leaves out ends a stage of which no data comes, soon") {
  support::ScriptedServer server([](asio::ip::tcp::socket& socket) {
    support::ServerPeer peer(socket);
    while (const auto message = peer.receive()) {
      const std::string& text = message->second;
      const bool isStart = text.find(R"("step":"entities")") != std::string::npos;
      answer(peer, text, isStart ? R"({"ok":true,"id":"stream-1"})" : R"({"transferID":"t"})");
      if (isStart) {  // Then it waits for a lock of its database.
        peer.send(
            MessageType::text,
            R"({"uuid":"00000000-0000-4000-8000-000000000000","diagnostic":{"kind":"warning","details":{"message":"Failed to read all entities of type \"api::a.a\" from the source: locked"}}})");
      }
    }
  });
  struct NoSink final : RecordSink {
    void record(const Record&) override { FAIL("there is no record"); }
  };
  RemoteSource source("http://" + server.authority() + "/admin", sourceOptions());
  source.bootstrap();
  NoSink sink;
  try {
    source.readRecords(TransferStage::entities, sink);
    FAIL("succeeded");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::remoteFailed);
    CHECK(error.info().subject == "api::a.a");
    CHECK(error.info().stage == "entities");
  }
}

TEST_CASE("A step that ends well with an error of the server has not") {
  const bool isDiagnostic = GENERATE(true, false);
  support::ScriptedServer server([isDiagnostic](asio::ip::tcp::socket& socket) {
    support::ServerPeer peer(socket);
    while (const auto message = peer.receive()) {
      const std::string& text = message->second;
      const bool isStep = text.find(R"("step":"links")") != std::string::npos;
      const bool isStart = isStep && text.find(R"("action":"start")") != std::string::npos;
      const bool isEnd = isStep && text.find(R"("action":"end")") != std::string::npos;
      answer(peer, text,
             isStart ? R"({"ok":true,"id":"stream-1"})"
             : isEnd ? (isDiagnostic ? R"({"ok":true})" : R"({"ok":false})")
                     : R"({"transferID":"t"})");
      if (isStart && isDiagnostic) {
        peer.send(
            MessageType::text,
            R"({"uuid":"00000000-0000-4000-8000-000000000000","diagnostic":{"kind":"error","details":{"message":"Failed to read something"}}})");
      }
      if (isStart) {
        peer.send(MessageType::text,
                  R"({"uuid":"00000000-0000-4000-8000-000000000001","data":{"type":"transfer",)"
                  R"("data":null,"ended":true,"error":null,"id":"stream-1"}})");
      }
    }
  });
  Collected collected;
  RemoteSource source("http://" + server.authority() + "/admin", sourceOptions());
  source.bootstrap();
  try {
    source.readRecords(TransferStage::links, collected);
    FAIL("succeeded");
  } catch (const Error& error) {
    CHECK(error.info().stage == "links");
    CHECK(error.code() == (isDiagnostic ? Errc::remoteFailed : Errc::protocolViolation));
    CHECK(support::contains(error.info().message,
                            isDiagnostic ? "Failed to read something" : "`ok` that is not true"));
  }
}

TEST_CASE("after a bootstrap() that fails nothing of the connection before is given") {
  auto server = std::make_unique<TransferServer>(content(), TransferServerOptions());
  RemoteSource source(server->adminUrl(), sourceOptions());
  source.bootstrap();
  CHECK_FALSE(source.getSchemas().empty());  // So the metadata have come, too.
  source.readAhead({TransferStage::links});
  server.reset();
  CHECK(errorOf([&] { source.bootstrap(); }) == ErrorCondition::connection);
  CHECK(errorOf([&] { source.getMetadata(); }) == Errc::invalidState);
  Collected collected;
  CHECK(errorOf([&] { source.readRecords(TransferStage::links, collected); }) ==
        Errc::invalidState);
  CHECK(collected.recordsOf.empty());
}
