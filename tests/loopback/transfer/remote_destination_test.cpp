#include "wsferry/strapi/remote_destination.hpp"

#include <functional>
#include <future>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/scripted_push_server.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/strapi/detail/messages/asset_items.hpp"
#include "wsferry/strapi/transfer_error.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::strapi;
using namespace wsferry::testing;

namespace {

using Act = ScriptedPushServer::Act;
using Reaction = ScriptedPushServer::Reaction;
using Names = std::vector<std::string>;
using Database = PushEffect::Database;
using Files = PushEffect::Files;

const Names lookNames = {"init",       "bootstrap",  "getMetadata",
                         "getSchemas", "look close", "look end"};

RemoteDestinationOptions quiet() {
  RemoteDestinationOptions options;
  options.keepAlive.pingInterval = Duration(0);
  return options;
}

std::string entity(int id) {
  return R"({"type":"api::a.a","id":)" + std::to_string(id) + ",\"data\":{}}";
}

void open(RemoteDestination& destination) {
  destination.bootstrap();
  destination.beforeTransfer({});
}

/// Sends so many records in batches of 100.
void sendRecords(RemoteDestination& destination, int count) {
  for (int i = 0; i < count; ++i) {
    destination.records().record(entity(i));
  }
}

void sendAsset(RemoteDestination& destination, const std::string& name, const std::string& bytes) {
  destination.assets().begin(name, {name, bytes.size(), R"({"id":1})"});
  destination.assets().write(name, bytes);
  destination.assets().end(name);
}

/// A push with all stages.
void transfer(RemoteDestination& destination) {
  open(destination);
  destination.beginStage(TransferStage::schemas);
  destination.endStage();
  for (const auto stage : {TransferStage::entities, TransferStage::assets, TransferStage::links,
                           TransferStage::configuration}) {
    destination.beginStage(stage);
    if (stage == TransferStage::assets) {
      sendAsset(destination, "a.png", "bytes");
    } else {
      sendRecords(destination, 2);
    }
    destination.endStage();
  }
  destination.close();
}

/// What the engine does: a rollback after the first failure, which it returns.
template <class Run>
Error failureOf(RemoteDestination& destination, Run run) {
  try {
    run();
  } catch (const Error& error) {
    destination.rollback();
    return error;
  }
  FAIL("nothing failed");
  throw std::logic_error("not reached");
}

/// What is rolled back is ended as well.
bool endsWithRollback(const ScriptedPushServer& server) {
  const Names names = server.names(2);
  return names.size() > 2 && Names(names.end() - 2, names.end()) == Names{"rollback", "end"};
}

ScriptedPushServer::Script at(std::string name, Reaction reaction, unsigned number = 1) {
  return [=](const PushMessage& message) {
    return message.name == name && message.number == number ? reaction : Reaction{};
  };
}

}  // namespace

TEST_CASE("a push sends its messages in the server's order") {
  ScriptedPushServer server;
  RemoteDestination destination(server.adminUrl() + "/", quiet());
  transfer(destination);
  CHECK(server.names(1) == lookNames);
  CHECK(server.names(2) == Names{"init", "bootstrap", "getMetadata", "beforeTransfer",
                                 "entities start", "entities stream", "entities end",
                                 "assets start", "assets stream", "assets end", "links start",
                                 "links stream", "links end", "configuration start",
                                 "configuration stream", "configuration end", "close", "end"});
  CHECK(server.waitUntilIdle());
  const PushEffect effect = destination.effect();
  CHECK(effect.database == Database::committed);
  CHECK(effect.files == Files::replaced);
  CHECK(effect.filesBackup.empty());
  CHECK(destination.getMetadata()->strapiVersion == "5.54.0");
  CHECK(destination.getSchemas()->size() == 2);
  CHECK(destination.statistics().messagesSent >= 22);
}

TEST_CASE("the look deletes nothing, and the push never the administrators") {
  ScriptedPushServer server;
  RemoteDestination destination(server.adminUrl(), quiet());
  open(destination);
  const auto messages = server.messages();
  const std::string look = messages[0].params;
  CHECK(look.find(R"("transfer":"push")") != std::string::npos);
  CHECK(look.find(R"("strategy":"restore")") != std::string::npos);
  CHECK(look.find(R"("include":[])") != std::string::npos);
  CHECK(look.find(R"("assets":false)") != std::string::npos);
  CHECK(look.find(R"("coreStore":true)") == std::string::npos);
  CHECK(look.find(R"("checksums":true,"assetEncoding":"base64")") != std::string::npos);
  CHECK(look.find("\"admin::user\"") != std::string::npos);
  const PushMessage& init = messages[lookNames.size()];
  CHECK(init.name == "init");
  const std::string& push = init.params;
  CHECK(push.find("\"admin::user\"") != std::string::npos);
  CHECK(push.find(R"("assets":true)") != std::string::npos);
  destination.rollback();
}

TEST_CASE("the push begins once the server has ended the look, which it may refuse to do") {
  const std::string name = GENERATE("look close", "look end");
  ScriptedPushServer server(at(name, {Act::hold, "", GENERATE("", "refused")}));
  RemoteDestination destination(server.adminUrl(), quiet());
  auto pushed = std::async(std::launch::async, [&] { transfer(destination); });
  REQUIRE(server.waitFor(name));
  CHECK(server.names(2).empty());
  server.release();
  pushed.get();
  CHECK(server.count("end") == 1);
  CHECK(destination.effect().database == Database::committed);
}

TEST_CASE("a server that takes messages in flight gets two before it has answered any") {
  const auto hold = [](const PushMessage& message) {
    return message.name == "entities stream" && message.number <= 2 ? Reaction{Act::hold, "", ""}
                                                                    : Reaction{};
  };
  ScriptedPushServer server(hold);
  RemoteDestination destination(server.adminUrl(), quiet());
  open(destination);
  destination.beginStage(TransferStage::entities);
  auto pushed = std::async(std::launch::async, [&] {
    sendRecords(destination, 400);
    destination.endStage();
  });
  REQUIRE(server.waitFor("entities stream", 2));
  server.release();
  pushed.get();
  CHECK(server.count("entities stream") >= 4);
  destination.close();
  CHECK(destination.effect().database == Database::committed);
}

TEST_CASE("one message at a time for a server before 5.53, and where the window says so") {
  const std::string version = GENERATE("5.54.0", "5.52.3", "4.26.2");
  INFO(version);
  const auto late = [](const PushMessage& message) {
    return message.connection == 2 ? Reaction{Act::answerLate, "", ""} : Reaction{};
  };
  ScriptedPushServer server(late, version);
  auto options = quiet();
  options.window.batches = version == "5.54.0" ? 1 : 3;
  RemoteDestination destination(server.adminUrl(), options);
  open(destination);
  destination.beginStage(TransferStage::entities);
  sendRecords(destination, 400);
  destination.endStage();
  destination.close();
  CHECK(server.mostInFlight() == 1);
  CHECK(server.count("entities stream") >= 4);
  CHECK(destination.effect().database == Database::committed);
}

TEST_CASE("records go in batches of 100") {
  ScriptedPushServer server;
  RemoteDestination destination(server.adminUrl(), quiet());
  open(destination);
  destination.beginStage(TransferStage::entities);
  for (int i = 0; i < 250; ++i) {
    destination.records().record(entity(i));
  }
  destination.endStage();
  CHECK(server.count("entities stream") >= 3);
  std::string all;
  for (const auto& message : server.messages()) {
    if (message.name == "entities stream") {
      all += message.data.substr(1, message.data.size() - 2) + ",";
    }
  }
  std::string expected;
  for (int i = 0; i < 250; ++i) {
    expected += entity(i) + ",";
  }
  CHECK(all == expected);
}

TEST_CASE("assets arrive with their bytes, sizes and checksums") {
  const bool isLegacy = GENERATE(false, true);
  ScriptedPushServer server({}, "5.54.0",
                            isLegacy ? "" : R"("checksums":true,"assetEncoding":"base64")");
  std::mutex mutex;
  std::vector<std::string> warnings;
  auto options = quiet();
  options.onDiagnostic = [&](const Diagnostic& diagnostic) {
    const std::lock_guard lock(mutex);
    warnings.push_back(diagnostic.message);
  };
  const std::string large(2'000'000, 'x');
  {
    RemoteDestination destination(server.adminUrl(), options);
    open(destination);
    destination.beginStage(TransferStage::assets);
    AssetSink& sink = destination.assets();
    sink.begin("one", {"large.bin", large.size(), R"({"id":1})"});
    sink.write("one", std::string_view(large).substr(0, 1'500'000));
    sink.begin("two", {"empty.txt", 0, R"({"id":2})"});
    sink.end("two");
    sink.write("one", std::string_view(large).substr(1'500'000));
    sink.end("one");
    destination.endStage();
    destination.close();
    CHECK(destination.checksumsNegotiated() == !isLegacy);
  }
  {
    const std::lock_guard lock(mutex);
    CHECK(warnings.size() == (isLegacy ? 2 : 0));
  }
  struct Asset {
    std::string name, bytes, checksum;
  };
  std::map<std::string, Asset> assets;
  for (const auto& message : server.messages()) {
    if (message.name != "assets stream") {
      continue;
    }
    CHECK((message.data.find("\"Buffer\"") == std::string::npos || isLegacy));
    AssetItemReader reader;
    reader.begin(message.data);
    AssetItem item;
    while (reader.next(item)) {
      Asset& asset = assets[std::string(item.assetID)];
      asset.name += item.info.filename;
      asset.bytes += item.bytes;
      asset.checksum += item.checksum ? item.checksum->value : "";
      item.info = {};
    }
  }
  REQUIRE(assets.size() == 2);
  for (const auto& [id, asset] : assets) {
    CHECK(id.size() == 36);
    const std::string expected = asset.name == "empty.txt" ? "" : large;
    CHECK((asset.bytes == expected));
    Sha256 hash;
    hash.update(expected);
    CHECK(asset.checksum == (isLegacy ? "" : hash.hex()));
  }
}

TEST_CASE("a checksum that the source knows is sent as it is, and none without their negotiation") {
  const bool isLegacy = GENERATE(false, true);
  ScriptedPushServer server({}, "5.54.0",
                            isLegacy ? "" : R"("checksums":true,"assetEncoding":"base64")");
  {
    RemoteDestination destination(server.adminUrl(), quiet());
    open(destination);
    destination.beginStage(TransferStage::assets);
    AssetSink& sink = destination.assets();
    sink.begin("one", {"a.txt", 1, R"({"id":1})", {}, std::string(64, 'c')});
    sink.write("one", "x");
    sink.end("one");
    destination.endStage();
    destination.close();
  }
  std::string sent;
  for (const auto& message : server.messages()) {
    sent += message.data;
  }
  CHECK((sent.find(std::string(64, 'c')) != std::string::npos) == !isLegacy);
}

TEST_CASE("checksums are neither asked for nor sent when they are switched off") {
  ScriptedPushServer server;
  auto options = quiet();
  options.checksums = false;
  RemoteDestination destination(server.adminUrl(), options);
  transfer(destination);
  for (const auto& message : server.messages()) {
    CHECK(message.params.find("checksums") == std::string::npos);
    CHECK(message.data.find("checksum") == std::string::npos);
  }
  CHECK_FALSE(destination.checksumsNegotiated());
}

TEST_CASE("an empty stage is started and ended") {
  ScriptedPushServer server;
  RemoteDestination destination(server.adminUrl(), quiet());
  open(destination);
  for (const auto stage : {TransferStage::entities, TransferStage::assets}) {
    destination.beginStage(stage);
    destination.endStage();
  }
  destination.close();
  CHECK(server.names(2) == Names{"init", "bootstrap", "getMetadata", "beforeTransfer",
                                 "entities start", "entities end", "assets start", "assets end",
                                 "close", "end"});
}

TEST_CASE("missing data is noticed where the server counts") {
  const std::string answer = GENERATE(R"({"ok":true,"stats":{"started":1,"finished":2}})",
                                      R"({"ok":true,"stats":{"started":2,"finished":1}})",
                                      R"({"ok":true,"stats":{"started":3,"finished":3}})");
  ScriptedPushServer server(at("links end", {Act::answer, answer, ""}));
  RemoteDestination destination(server.adminUrl(), quiet());
  const Error error = failureOf(destination, [&] { transfer(destination); });
  CHECK(error.code() == Errc::dataMissing);
  CHECK(error.info().stage == "links");
  CHECK(server.count("close") == 0);
  CHECK(destination.effect().database == Database::rolledBack);
  CHECK(destination.effect().files == Files::replaced);
}

TEST_CASE("servers that do not count are believed, and that is told, but of no other version") {
  const auto noStats = [](const PushMessage& message) {
    return message.name.find(" end") == std::string::npos
               ? Reaction{}
               : Reaction{Act::answer, "{\"ok\":true}", ""};
  };
  const std::string version = GENERATE("4.26.2", "5.19.0", "5.20.0", "5.52.3", "5.54.0");
  CAPTURE(version);
  ScriptedPushServer server(noStats, version, "");
  auto options = quiet();
  options.checksums = false;
  std::mutex mutex;
  unsigned told = 0;
  options.onDiagnostic = [&](const strapi::Diagnostic& diagnostic) {
    const std::lock_guard lock(mutex);
    told +=
        diagnostic.message.find("does not report how much it stored") == std::string::npos ? 0 : 1;
  };
  RemoteDestination destination(server.adminUrl(), options);
  const bool isBelieved = version == "4.26.2" || version == "5.19.0";
  if (isBelieved) {
    transfer(destination);
    CHECK(destination.effect().database == Database::committed);
  } else {
    const Error error = failureOf(destination, [&] { transfer(destination); });
    CHECK(error.code() == Errc::dataMissing);
    CHECK(server.count("close") == 0);
  }
  const std::lock_guard lock(mutex);
  CHECK(told == (isBelieved ? 1 : 0));
}

TEST_CASE("the first failure of a window is the one that counts, and nothing follows it") {
  // The second batch is refused because of the first.
  const auto script = [](const PushMessage& message) {
    return message.name != "entities stream" ? Reaction{}
           : message.number == 1             ? Reaction{Act::hold, "", "the cause"}
                                 : Reaction{Act::hold, "", "Transfer has been terminated"};
  };
  const auto order = GENERATE(std::vector<std::size_t>{0, 1}, std::vector<std::size_t>{1, 0});
  ScriptedPushServer server(script);
  RemoteDestination destination(server.adminUrl(), quiet());
  open(destination);
  destination.beginStage(TransferStage::entities);
  auto pushed = std::async(std::launch::async, [&] {
    return failureOf(destination, [&] {
      sendRecords(destination, 400);
      destination.endStage();
    });
  });
  REQUIRE(server.waitFor("entities stream", 2));
  server.release(order);
  const Error error = pushed.get();
  CHECK(error.code() == Errc::remoteFailed);
  CHECK(error.info().remoteMessage == "the cause");
  CHECK(error.info().stage == "entities");
  CHECK(error.info().subject.find("from api::a.a 0 to ") != std::string::npos);
  CHECK(endsWithRollback(server));
  CHECK(server.count("entities stream") == 2);
  CHECK(server.count("entities end") == 0);
  CHECK(server.waitUntilIdle());
  CHECK(destination.effect().database == Database::rolledBack);
}

TEST_CASE("an answer that comes twice ends a push, unless the message was sent twice") {
  ScriptedPushServer server(at("beforeTransfer", {Act::hold, "", ""}));
  auto options = quiet();
  const bool isRepeated = GENERATE(false, true);
  if (isRepeated) {
    options.retry.retryMessageTimeout = Duration(20);
    options.retry.retryMessageMaxRetries = 1'000;
  }
  RemoteDestination destination(server.adminUrl(), options);
  auto pushed = std::async(std::launch::async, [&]() -> std::error_code {
    try {
      transfer(destination);
      return {};
    } catch (const Error& error) {
      destination.rollback();
      return error.code();
    }
  });
  REQUIRE(server.waitFor("beforeTransfer", isRepeated ? 2 : 1));
  server.release({0, 0});
  const std::error_code error = pushed.get();
  CHECK(error == (isRepeated ? std::error_code() : Errc::protocolViolation));
  CHECK((server.count("end") > 0) == isRepeated);
}

TEST_CASE("a server that forgets what it had is sent nothing twice") {
  const std::string unanswered = GENERATE("beforeTransfer", "entities stream");
  const std::string version = GENERATE("4.11.0", "4.11.1");
  INFO(version << ", " << unanswered);
  ScriptedPushServer server(
      [=](const PushMessage& message) {
        return message.name == unanswered ? Reaction{Act::ignore, "", ""} : Reaction{};
      },
      version);
  RemoteDestinationOptions options;
  options.retry.retryMessageTimeout = Duration(20);
  options.keepAlive.overallCap = Duration(1'000);
  RemoteDestination destination(server.adminUrl(), options);
  const Error error = failureOf(destination, [&] { transfer(destination); });
  CHECK(error.code() == Errc::timedOut);
  CHECK(server.waitUntilIdle());
  CHECK((server.count(unanswered) > 1) == (version == "4.11.1"));
}

TEST_CASE("a server that has always told its counts has to") {
  const bool isNew = GENERATE(true, false);
  ScriptedPushServer server(at("entities end", {Act::answer, R"({"ok":true})", ""}),
                            isNew ? "5.54.0" : "5.0.6");
  RemoteDestination destination(server.adminUrl(), quiet());
  open(destination);
  destination.beginStage(TransferStage::entities);
  sendRecords(destination, 1);
  if (isNew) {
    const Error error = failureOf(destination, [&] { destination.endStage(); });
    CHECK(error.code() == Errc::dataMissing);
    CHECK(error.info().stage == "entities");
    CHECK(destination.effect().database == Database::rolledBack);
  } else {
    destination.endStage();
  }
}

TEST_CASE("a destination is good for one push, and tells of that one") {
  ScriptedPushServer server;
  RemoteDestination destination(server.adminUrl(), quiet());
  Database database = Database::committed;
  SECTION("that is stored") {
    transfer(destination);
  }
  SECTION("that is taken back") {
    open(destination);
    destination.rollback();
    database = Database::rolledBack;
  }
  const Error again = failureOf(destination, [&] { open(destination); });
  CHECK(again.code() == Errc::invalidState);
  CHECK(again.info().message.find("once") != std::string::npos);
  CHECK(destination.effect().database == database);
  // The second look is all that came after the push.
  CHECK(server.names(3) == lookNames);
  CHECK(server.names(4).empty());
}

TEST_CASE("a failure comes out of every later call") {
  ScriptedPushServer server(at("entities stream", {Act::answer, "", "no"}));
  RemoteDestination destination(server.adminUrl(), quiet());
  open(destination);
  destination.beginStage(TransferStage::entities);
  const auto fails = [](const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.info().remoteMessage == "no" && error.info().stage == "entities";
    }
    return false;
  };
  CHECK(fails([&] {
    sendRecords(destination, 100);
    destination.endStage();
  }));
  CHECK(fails([&] { destination.endStage(); }));
  CHECK(fails([&] { destination.beginStage(TransferStage::links); }));
  CHECK(fails([&] { destination.close(); }));
  destination.rollback();
  CHECK(endsWithRollback(server));
}

TEST_CASE("what is known when the connection is lost in each phase") {
  struct Case {
    std::string at;
    Database database;
    Files files;
  };
  const auto lost = GENERATE(Case{"init", Database::untouched, Files::untouched},
                             Case{"getSchemas", Database::untouched, Files::untouched},
                             Case{"beforeTransfer", Database::rollbackExpected, Files::uncertain},
                             Case{"entities start", Database::rollbackExpected, Files::setAside},
                             Case{"entities stream", Database::rollbackExpected, Files::setAside},
                             Case{"assets stream", Database::rollbackExpected, Files::setAside},
                             Case{"assets end", Database::rollbackExpected, Files::uncertain},
                             Case{"links stream", Database::rollbackExpected, Files::replaced},
                             Case{"close", Database::uncertain, Files::replaced},
                             Case{"end", Database::uncertain, Files::replaced});
  INFO(lost.at);
  ScriptedPushServer server(at(lost.at, {Act::drop, "", ""}));
  server.diagnostics = {"creating assets backup directory",
                        "created assets backup directory /srv/uploads_backup_1"};
  RemoteDestination destination(server.adminUrl(), quiet());
  const Error error = failureOf(destination, [&] { transfer(destination); });
  CHECK(error.code() == ErrorCondition::connection);
  const PushEffect effect = destination.effect();
  CHECK(effect.database == lost.database);
  CHECK(effect.files == lost.files);
  const bool isNamed = (lost.files == Files::setAside || lost.files == Files::uncertain) &&
                       lost.at != "beforeTransfer";
  CHECK(effect.filesBackup == (isNamed ? "/srv/uploads_backup_1" : ""));
}

TEST_CASE("what is known when a server answers each request with an error") {
  struct Case {
    std::string at;
    Database database;
    Files files;
  };
  // One that takes batches rolls back behind the end of the connection while files are under way.
  // At the end of the assets it removes the old files, and then tells what failed.
  const auto failed = GENERATE(Case{"init", Database::untouched, Files::untouched},
                               Case{"getSchemas", Database::untouched, Files::untouched},
                               Case{"beforeTransfer", Database::rolledBack, Files::setAside},
                               Case{"entities start", Database::rolledBack, Files::setAside},
                               Case{"entities stream", Database::rolledBack, Files::setAside},
                               Case{"entities end", Database::rolledBack, Files::setAside},
                               Case{"assets start", Database::rollbackExpected, Files::setAside},
                               Case{"assets stream", Database::rollbackExpected, Files::setAside},
                               Case{"assets end", Database::rollbackExpected, Files::uncertain},
                               Case{"links start", Database::rolledBack, Files::replaced},
                               Case{"links stream", Database::rolledBack, Files::replaced},
                               Case{"links end", Database::rolledBack, Files::replaced},
                               Case{"close", Database::rolledBack, Files::replaced});
  INFO(failed.at);
  ScriptedPushServer server(at(failed.at, {Act::answer, "", "ENOSPC: no space left on device"}));
  server.diagnostics = {"creating assets backup directory",
                        "created assets backup directory /srv/uploads_backup_1"};
  RemoteDestination destination(server.adminUrl(), quiet());
  const Error error = failureOf(destination, [&] { transfer(destination); });
  CHECK(error.code() == ErrorCondition::remote);
  const PushEffect effect = destination.effect();
  CHECK(effect.database == failed.database);
  CHECK(effect.files == failed.files);
  const bool isNamed = failed.files == Files::setAside || failed.files == Files::uncertain;
  CHECK(effect.filesBackup == (isNamed ? "/srv/uploads_backup_1" : ""));
}

TEST_CASE("a server that deletes the old files and sets none aside says so") {
  struct Case {
    std::string at;
    Files files;
  };
  const auto lost =
      GENERATE(Case{"entities start", Files::deleted}, Case{"assets stream", Files::deleted},
               Case{"assets end", Files::deleted}, Case{"links stream", Files::replaced});
  INFO(lost.at);
  ScriptedPushServer server(at(lost.at, {Act::drop, "", ""}));
  server.diagnostics = {"deleting all assets", "deleted all assets"};
  const bool isLocal = GENERATE(false, true);
  if (isLocal) {
    server.diagnostics.insert(server.diagnostics.begin(), "created assets backup directory /srv/b");
  }
  RemoteDestination destination(server.adminUrl(), quiet());
  failureOf(destination, [&] { transfer(destination); });
  CHECK((destination.effect().files == Files::deleted) ==
        (lost.files == Files::deleted && !isLocal));
}

TEST_CASE(
    "after a refused beforeTransfer the files are where the server says, or it is not known") {
  ScriptedPushServer server(at("beforeTransfer", {Act::answer, "", "no write permission"}));
  const bool isNamed = GENERATE(false, true);
  server.diagnostics = {"creating assets backup directory"};
  if (isNamed) {
    server.diagnostics.push_back("created assets backup directory /srv/uploads_backup_1");
  }
  RemoteDestination destination(server.adminUrl(), quiet());
  const Error error = failureOf(destination, [&] { transfer(destination); });
  CHECK(error.info().remoteMessage == "no write permission");
  CHECK(destination.effect().files == (isNamed ? Files::setAside : Files::uncertain));
  CHECK(destination.effect().filesBackup == (isNamed ? "/srv/uploads_backup_1" : ""));
  CHECK(destination.effect().database == Database::rolledBack);
}

TEST_CASE("files out of scope are untouched whatever fails") {
  const std::string name = GENERATE("beforeTransfer", "entities start");
  ScriptedPushServer server(at(name, {Act::drop, "", ""}));
  RemoteDestination destination(server.adminUrl(), quiet());
  TransferFilterOptions filter;
  filter.exclude = {TransferGroup::files};
  failureOf(destination, [&] {
    destination.bootstrap();
    TransferManifest manifest;
    manifest.filter = TransferFilter(filter);
    destination.beforeTransfer(manifest);
    destination.beginStage(TransferStage::entities);
  });
  CHECK(destination.effect().database == Database::rollbackExpected);
  CHECK(destination.effect().files == Files::untouched);
}

TEST_CASE("a server that refuses the end after its commit has committed") {
  ScriptedPushServer server(at("end", {Act::answer, "", "no transfer"}));
  std::mutex mutex;
  std::vector<std::string> warnings;
  auto options = quiet();
  options.onDiagnostic = [&](const Diagnostic& diagnostic) {
    const std::lock_guard lock(mutex);
    warnings.push_back(diagnostic.message);
  };
  {
    RemoteDestination destination(server.adminUrl(), options);
    transfer(destination);
    CHECK(destination.effect().database == Database::committed);
  }
  const std::lock_guard lock(mutex);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("no transfer") != std::string::npos);
}

TEST_CASE("a refused commit is rolled back") {
  ScriptedPushServer server(at("close", {Act::answer, "", "constraint failed"}));
  RemoteDestination destination(server.adminUrl(), quiet());
  failureOf(destination, [&] { transfer(destination); });
  CHECK(endsWithRollback(server));
  CHECK(destination.effect().database == Database::rolledBack);
}

TEST_CASE("a refused rollback leaves it to the server") {
  const auto script = [](const PushMessage& message) {
    return message.name == "entities stream" ? Reaction{Act::answer, "", "protected type"}
           : message.name == "rollback" ? Reaction{Act::answer, "", "Transfer has been terminated"}
                                        : Reaction{};
  };
  ScriptedPushServer server(script);
  RemoteDestination destination(server.adminUrl(), quiet());
  const Error error = failureOf(destination, [&] { transfer(destination); });
  CHECK(error.info().remoteMessage == "protected type");
  CHECK(destination.effect().database == Database::rollbackExpected);
  CHECK(server.waitUntilIdle());
}

TEST_CASE("a server that changed its version since it was looked at is left alone") {
  ScriptedPushServer server(
      at("getMetadata", {Act::answer, R"({"createdAt":"","strapi":{"version":"5.55.0"}})", ""}, 2));
  RemoteDestination destination(server.adminUrl(), quiet());
  const Error error = failureOf(destination, [&] { open(destination); });
  CHECK(error.code() == TransferErrc::versionMismatch);
  CHECK(server.count("beforeTransfer") == 0);
  CHECK(destination.effect().database == Database::untouched);
}

TEST_CASE("a cancelled push is rolled back behind what is in flight") {
  const std::string name =
      GENERATE("beforeTransfer", "entities start", "entities stream", "links end");
  INFO(name);
  ScriptedPushServer server(at(name, {Act::hold, "", ""}));
  RemoteDestination destination(server.adminUrl(), quiet());
  auto pushed = std::async(std::launch::async,
                           [&] { return failureOf(destination, [&] { transfer(destination); }); });
  REQUIRE(server.waitFor(name));
  destination.cancel();
  REQUIRE(server.waitFor("rollback"));
  server.release();
  CHECK(pushed.get().code() == Errc::cancelled);
  CHECK(endsWithRollback(server));
  CHECK(server.waitUntilIdle());
  CHECK(destination.effect().database == Database::rolledBack);
}

TEST_CASE("while a server stores files a push is taken back by the end of the connection") {
  const std::string name = GENERATE("assets start", "assets stream", "assets end");
  INFO(name);
  ScriptedPushServer server(at(name, {Act::hold, "", ""}));
  RemoteDestination destination(server.adminUrl(), quiet());
  auto pushed = std::async(std::launch::async,
                           [&] { return failureOf(destination, [&] { transfer(destination); }); });
  REQUIRE(server.waitFor(name));
  destination.cancel();
  CHECK(pushed.get().code() == Errc::cancelled);
  CHECK(server.waitUntilIdle());
  CHECK(server.count("rollback") == 0);
  CHECK(destination.effect().database == Database::rollbackExpected);
}

TEST_CASE("with an old server a rollback waits until nothing is in flight") {
  const std::string name =
      GENERATE("beforeTransfer", "entities stream", "assets stream", "links end");
  INFO(name);
  ScriptedPushServer server(at(name, {Act::answerLate, "", ""}), "4.26.2", "");
  RemoteDestination destination(server.adminUrl(), quiet());
  auto pushed = std::async(std::launch::async,
                           [&] { return failureOf(destination, [&] { transfer(destination); }); });
  REQUIRE(server.waitFor(name));
  destination.cancel();
  CHECK(pushed.get().code() == Errc::cancelled);
  CHECK(endsWithRollback(server));
  CHECK(server.mostInFlight() == 1);
  CHECK(destination.effect().database == Database::rolledBack);
}

TEST_CASE("an old server that does not answer is not asked to roll back") {
  ScriptedPushServer server(at("entities stream", {Act::ignore, "", ""}), "4.26.2", "");
  const bool isCancelled = GENERATE(true, false);
  auto options = quiet();
  if (isCancelled) {
    options.keepAlive.livenessWindow = Duration(50);
  } else {
    options.retry.retryMessageTimeout = Duration(500);
    options.retry.retryMessageMaxRetries = 0;
  }
  RemoteDestination destination(server.adminUrl(), options);
  auto pushed = std::async(std::launch::async,
                           [&] { return failureOf(destination, [&] { transfer(destination); }); });
  REQUIRE(server.waitFor("entities stream"));
  if (isCancelled) {
    destination.cancel();
  }
  CHECK(pushed.get().code() == (isCancelled ? Errc::cancelled : Errc::timedOut));
  CHECK(server.waitUntilIdle());
  CHECK(server.count("rollback") == 0);
  CHECK(destination.effect().database == Database::rollbackExpected);
}

TEST_CASE("a busy server is waited for with more patience, though nothing tells its life") {
  const std::string name = GENERATE("beforeTransfer", "assets end", "close");
  ScriptedPushServer server([&](const PushMessage& message) {
    return Reaction{message.name == name ? Act::hold : Act::answer, "", ""};
  });
  auto options = quiet();
  options.retry.retryMessageTimeout = Duration(500);
  options.retry.retryMessageMaxRetries = 1;
  RemoteDestination destination(server.adminUrl(), options);
  auto pushed = std::async(std::launch::async, [&] { transfer(destination); });
  // Twice is all that any other message would be sent.
  REQUIRE(server.waitFor(name, 3));
  server.release();
  pushed.get();
  CHECK(destination.effect().database == Database::committed);
}

TEST_CASE("a new server that lives and stops answering is asked to roll back in the end") {
  const std::string name =
      GENERATE("beforeTransfer", "entities stream", "entities end", "links start");
  ScriptedPushServer server(at(name, {Act::ignore, "", ""}));
  RemoteDestinationOptions options;
  options.keepAlive.overallCap = Duration(1'000);
  RemoteDestination destination(server.adminUrl(), options);
  const Error error = failureOf(destination, [&] { transfer(destination); });
  CHECK(error.code() == Errc::timedOut);
  CHECK(server.count("rollback") == 1);
  CHECK(server.count("close") == 0);
  CHECK(destination.effect().database == Database::rolledBack);
}

TEST_CASE("a push cancelled in the middle of its commit tells how that went") {
  const std::string name = GENERATE("close", "end");
  const bool isRefused = GENERATE(false, true);
  ScriptedPushServer server(at(name, {Act::hold, "", isRefused ? "refused" : ""}));
  RemoteDestination destination(server.adminUrl(), quiet());
  auto pushed = std::async(std::launch::async,
                           [&] { return failureOf(destination, [&] { transfer(destination); }); });
  REQUIRE(server.waitFor(name));
  destination.cancel();
  server.release();
  CHECK(pushed.get().code() == Errc::cancelled);
  const bool isCommitted = name == "end" || !isRefused;
  CHECK(destination.effect().database ==
        (isCommitted ? Database::committed : Database::rolledBack));
  CHECK(server.count("rollback") == (isCommitted ? 0 : 1));
  CHECK(server.count("end") == 1);
}

TEST_CASE("a push cancelled in a commit that is never answered knows nothing of it") {
  const std::string name = GENERATE("close", "end");
  ScriptedPushServer server(at(name, {Act::ignore, "", ""}));
  auto options = quiet();
  options.keepAlive.livenessWindow = Duration(50);
  RemoteDestination destination(server.adminUrl(), options);
  auto pushed = std::async(std::launch::async,
                           [&] { return failureOf(destination, [&] { transfer(destination); }); });
  REQUIRE(server.waitFor(name));
  destination.cancel();
  CHECK(pushed.get().code() == Errc::cancelled);
  CHECK(destination.effect().database == Database::uncertain);
  CHECK(server.count("rollback") == 0);
}

TEST_CASE("cancelling the look ends it at once") {
  const std::string name = GENERATE("init", "getSchemas", "look close", "look end");
  ScriptedPushServer server(at(name, {Act::hold, "", ""}));
  RemoteDestination destination(server.adminUrl(), quiet());
  auto pushed = std::async(std::launch::async,
                           [&] { return failureOf(destination, [&] { transfer(destination); }); });
  REQUIRE(server.waitFor(name));
  destination.cancel();
  CHECK(pushed.get().code() == Errc::cancelled);
  CHECK(server.count("rollback") == 0);
  CHECK(server.waitUntilIdle());
  CHECK(destination.effect().database == Database::untouched);
}

TEST_CASE("a destination cancelled before it starts connects to nothing") {
  ScriptedPushServer server;
  RemoteDestination destination(server.adminUrl(), quiet());
  destination.cancel();
  CHECK(failureOf(destination, [&] { destination.bootstrap(); }).code() == Errc::cancelled);
  CHECK(server.messages().empty());
}

TEST_CASE("a second cancel during the rollback drops the socket") {
  const auto script = [](const PushMessage& message) {
    return message.name == "entities stream" || message.name == "rollback"
               ? Reaction{Act::ignore, "", ""}
               : Reaction{};
  };
  ScriptedPushServer server(script);
  RemoteDestination destination(server.adminUrl(), quiet());
  auto pushed = std::async(std::launch::async,
                           [&] { return failureOf(destination, [&] { transfer(destination); }); });
  REQUIRE(server.waitFor("entities stream"));
  destination.cancel();
  REQUIRE(server.waitFor("rollback"));
  destination.cancel();
  CHECK(pushed.get().code() == Errc::cancelled);
  CHECK(server.waitUntilIdle());
  CHECK(destination.effect().database == Database::rollbackExpected);
}

TEST_CASE("after two cancels the rollback drops the socket at once") {
  ScriptedPushServer server(at("rollback", {Act::ignore, "", ""}));
  RemoteDestination destination(server.adminUrl(), quiet());
  open(destination);
  destination.cancel();
  destination.cancel();
  destination.rollback();
  CHECK(server.waitUntilIdle());
  CHECK(server.count("rollback") == 0);
  CHECK(destination.effect().database == Database::rollbackExpected);
}

TEST_CASE("the longest waits there are, and those without a limit, do not end at once") {
  ScriptedPushServer server(at("close", {Act::answer, "", "refused"}));
  auto options = quiet();
  options.keepAlive.livenessWindow = GENERATE(Duration::max(), Duration::zero());
  options.retry.retryMessageTimeout = Duration::max();
  options.retry.retryMessageMaxRetries = std::numeric_limits<unsigned>::max();
  RemoteDestination destination(server.adminUrl(), options);
  const Error error = failureOf(destination, [&] { transfer(destination); });
  CHECK(error.info().remoteMessage == "refused");
  CHECK(destination.effect().database == Database::rolledBack);
  CHECK(server.mostInFlight() == 1);
}

TEST_CASE("a rollback that is not answered ends with the liveness window") {
  const auto script = [](const PushMessage& message) {
    return message.name == "entities stream" ? Reaction{Act::answer, "", "no"}
           : message.name == "rollback"      ? Reaction{Act::ignore, "", ""}
                                             : Reaction{};
  };
  ScriptedPushServer server(script);
  auto options = quiet();
  options.keepAlive.livenessWindow = Duration(50);
  RemoteDestination destination(server.adminUrl(), options);
  failureOf(destination, [&] { transfer(destination); });
  CHECK(destination.effect().database == Database::rollbackExpected);
  CHECK(server.waitUntilIdle());
}

TEST_CASE("a destination may be destroyed at any moment") {
  const std::string name = GENERATE("entities start", "entities stream", "assets stream");
  const auto ignore = [name](const PushMessage& message) {
    return message.name == name ? Reaction{Act::ignore, "", ""} : Reaction{};
  };
  ScriptedPushServer server(ignore);
  {
    RemoteDestination destination(server.adminUrl(), quiet());
    auto pushed = std::async(std::launch::async, [&] {
      try {
        transfer(destination);
      } catch (const Error&) {
        return true;  // Without a rollback.
      }
      return false;
    });
    REQUIRE(server.waitFor(name));
    destination.cancel();
    CHECK(pushed.get());
  }
  CHECK(server.waitUntilIdle());
  CHECK(server.count("rollback") == 0);
}

TEST_CASE("what the source must not send is refused here") {
  ScriptedPushServer server;
  RemoteDestination destination(server.adminUrl(), quiet());
  const auto codeOf = [](const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.code();
    }
    return std::error_code();
  };
  CHECK(codeOf([&] { destination.getSchemas(); }) == Errc::invalidState);
  CHECK(codeOf([&] { destination.beforeTransfer({}); }) == Errc::invalidState);
  open(destination);
  CHECK(codeOf([&] { destination.records().record("{}"); }) == Errc::invalidState);
  destination.beginStage(TransferStage::entities);
  for (const char* record :
       {"{\"a\":\"\xFF\"}", "", "[]", "null", "{\"a\":1", "{}{}", "{}]", "{},{}"}) {
    INFO(record);
    CHECK(codeOf([&] { destination.records().record(record); }) == TransferErrc::invalidRecord);
  }
  destination.records().record(" {} ");
  destination.endStage();
  destination.beginStage(TransferStage::assets);
  CHECK(codeOf([&] { destination.assets().write("none", "x"); }) == Errc::invalidState);
  destination.assets().begin("a", {"a", 0, "{}"});
  CHECK(codeOf([&] {
          destination.assets().begin("a", {"a", 0, "{}"});
        }) == TransferErrc::invalidRecord);
  CHECK(codeOf([&] { destination.endStage(); }) == Errc::dataMissing);
  destination.rollback();
}

TEST_CASE("a refused upgrade is explained for a push") {
  WebSocketServer server({}, [](const HttpRequest& request, WebSocketPeer&) {
    CHECK(request.target == "/admin/transfer/runner/push");
    return std::string("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  RemoteDestination destination("http://127.0.0.1:" + std::to_string(server.port()) + "/admin",
                                quiet());
  const Error error = failureOf(destination, [&] { destination.bootstrap(); });
  CHECK(error.code() == Errc::notAuthorized);
  CHECK(error.info().message.find("does not allow pushing") != std::string::npos);
}

TEST_CASE("what is larger than a server takes is not sent, and the rest is taken back") {
  const bool isRecord = GENERATE(true, false);
  ScriptedPushServer server;
  RemoteDestination destination(server.adminUrl(), quiet());
  const std::string large =
      R"({"type":"api::a.a","id":7,"data":")" + std::string(100 << 20, 'x') + "\"}";
  const Error error = failureOf(destination, [&] {
    open(destination);
    if (isRecord) {
      destination.beginStage(TransferStage::entities);
      sendRecords(destination, 1);
      destination.records().record(large);
    } else {
      destination.beginStage(TransferStage::assets);
      sendAsset(destination, "a.png", "bytes");
      destination.assets().begin("b", {"b.png", 0, large});
    }
    destination.endStage();
  });
  CHECK(error.code() == Errc::messageTooBig);
  CHECK(error.info().stage == (isRecord ? "entities" : "assets"));
  CHECK(error.info().subject == (isRecord ? "api::a.a 7" : "b.png"));
  CHECK(server.count("rollback") == (isRecord ? 1 : 0));
  CHECK(destination.effect().database ==
        (isRecord ? Database::rolledBack : Database::rollbackExpected));
}
