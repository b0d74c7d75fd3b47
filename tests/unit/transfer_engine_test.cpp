#include "wsferry/strapi/transfer_engine.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

namespace {

// A source and a destination that write down what happens to them, in one list.
struct Script {
  std::vector<std::string> calls;
  std::map<TransferStage, std::vector<std::string>> records;
  std::string failAt;

  void call(const std::string& name) {
    calls.push_back(name);
    if (name == failAt) {
      throw Error(Errc::dataMissing, "planned: " + name);
    }
  }
  bool has(const std::string& name) const {
    return std::find(calls.begin(), calls.end(), name) != calls.end();
  }
};

struct FakeSource final : Source {
  explicit FakeSource(Script& s) : script(s) {}
  void bootstrap() override { script.call("source bootstrap"); }
  Metadata getMetadata() override {
    script.call("getMetadata");
    return {"2026-01-01T00:00:00.000Z", "5.0.0"};
  }
  std::vector<Schema> getSchemas() override {
    script.call("getSchemas");
    return {{"api::a.a", "{}"}};
  }
  void readRecords(TransferStage stage, RecordSink& sink) override {
    script.call("read " + std::string(toString(stage)));
    for (const std::string& record : script.records[stage]) {
      sink.record(record);
    }
  }
  void readAssets(AssetSink& sink) override {
    script.call("read assets");
    StageTotals totals;
    totals.bytes = 5;
    sink.totals(totals);
    sink.begin("1", {"a.txt", 5, "{}"});
    sink.begin("2", {"b", 0, "{}"});
    sink.write("1", "hel");
    sink.write("1", "lo");
    sink.end("2");
    sink.end("1");
  }
  void close() override { script.call("source close"); }
  void cancel() noexcept override { script.calls.push_back("source cancel"); }
  Script& script;
};

struct FakeDestination final : Destination, RecordSink, AssetSink {
  explicit FakeDestination(Script& s) : script(s) {}
  void beforeTransfer(const TransferManifest& manifest) override {
    script.call("before transfer " + manifest.metadata.strapiVersion + " " +
                std::to_string(manifest.schemas.size()));
  }
  void beginStage(TransferStage stage) override {
    script.call("begin " + std::string(toString(stage)));
  }
  RecordSink& records() override { return *this; }
  AssetSink& assets() override { return *this; }
  void record(std::string_view json) override { script.call("record " + std::string(json)); }
  void begin(std::string_view id, const AssetInfo& info) override {
    script.call("asset " + std::string(id) + " " + info.filename);
  }
  void write(std::string_view, std::string_view) override {}
  void end(std::string_view id) override { script.call("asset end " + std::string(id)); }
  void endStage() override { script.call("end stage"); }
  void close() override { script.call("destination close"); }
  void rollback() noexcept override { script.calls.push_back("rollback"); }
  Script& script;
};

const std::string article = R"({"type":"api::a.a","id":1,"data":{}})";
const std::string admin = R"({"type":"admin::user","id":1,"data":{"password":"$2a$10$x"}})";
const std::string hiddenAdmin = R"({"type":"\u0061dmin::user","id":2,"data":{}})";
const std::string link =
    R"({"kind":"relation.basic","relation":"oneToOne","left":{"type":"api::a.a","ref":1},"right":{"type":"api::a.a","ref":1}})";
const std::string adminLink =
    R"({"kind":"relation.basic","relation":"oneToOne","left":{"type":"api::a.a","ref":1},"right":{"type":"admin::user","ref":1}})";

struct Fixture {
  Script script;
  FakeSource source{script};
  FakeDestination destination{script};
};

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "Stages run in the engine's order, and both sides are closed at the end") {
  script.records[TransferStage::entities] = {article, admin, hiddenAdmin};
  script.records[TransferStage::links] = {link, adminLink};
  script.records[TransferStage::configuration] = {R"({"type":"core-store","value":{}})"};
  const TransferResult result = TransferEngine(source, destination).run();
  CHECK(script.calls ==
        std::vector<std::string>{"source bootstrap",   "getMetadata",
                                 "getSchemas",         "before transfer 5.0.0 1",
                                 "begin entities",     "read entities",
                                 "record " + article,  "end stage",
                                 "begin assets",       "read assets",
                                 "asset 1 a.txt",      "asset 2 b",
                                 "asset end 2",        "asset end 1",
                                 "end stage",          "begin links",
                                 "read links",         "record " + link,
                                 "end stage",          "begin configuration",
                                 "read configuration", R"(record {"type":"core-store","value":{}})",
                                 "end stage",          "source close",
                                 "destination close"});

  const StageProgress& entities = result.stages.at(TransferStage::entities);
  CHECK(entities.moved.count == 1);
  CHECK(entities.moved.bytes == article.size());
  CHECK(entities.neverTransferred == 2);
  CHECK(entities.aggregates.at("api::a.a").count == 1);
  CHECK(entities.finished);
  CHECK(result.stages.at(TransferStage::links).neverTransferred == 1);
  CHECK(result.stages.at(TransferStage::links).aggregates.at("relation.basic").count == 1);
  const StageProgress& assets = result.stages.at(TransferStage::assets);
  CHECK(assets.moved.count == 2);
  CHECK(assets.moved.bytes == 5);
  CHECK(assets.totals.bytes == 5U);
  CHECK(assets.aggregates.at(".txt").bytes == 5);
  CHECK(assets.aggregates.at("No extension").count == 1);
  CHECK(result.metadata.strapiVersion == "5.0.0");
}

TEST_CASE_METHOD(Fixture, "Stages out of scope are not asked for") {
  TransferFilterOptions options;
  options.only = {TransferGroup::config};
  TransferEngineOptions engine;
  engine.filter = TransferFilter(options);
  TransferEngine(source, destination, engine).run();
  CHECK(script.has("read configuration"));
  CHECK_FALSE(script.has("read entities"));
  CHECK_FALSE(script.has("read assets"));
}

TEST_CASE_METHOD(Fixture,
                 "A failure anywhere rolls back, ends the source, and is the one reported") {
  script.records[TransferStage::entities] = {article};
  script.failAt = GENERATE(as<std::string>{}, "source bootstrap", "getSchemas", "begin entities",
                           "read entities", "record " + article, "asset 1 a.txt", "end stage",
                           "source close", "destination close");
  CAPTURE(script.failAt);
  try {
    TransferEngine(source, destination).run();
    FAIL("succeeded");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::dataMissing);
    CHECK(error.info().message == "planned: " + script.failAt);
  }
  REQUIRE(script.calls.size() >= 2);
  CHECK(script.calls[script.calls.size() - 2] == "rollback");
  CHECK(script.calls.back() == "source cancel");
}

TEST_CASE_METHOD(Fixture, "A record that is none ends the transfer") {
  script.records[TransferStage::entities] = {R"({"id":1})"};
  CHECK_THROWS_AS(TransferEngine(source, destination).run(), Error);
  CHECK(script.has("rollback"));
}

TEST_CASE_METHOD(Fixture,
                 "Progress is told at each stage's start and end, and may end the transfer") {
  std::vector<std::string> reports;
  TransferEngineOptions options;
  options.onProgress = [&](const StageProgress& progress) {
    reports.push_back(std::string(toString(progress.stage)) +
                      (progress.finished ? " end" : " start"));
    if (progress.stage == TransferStage::links) {
      throw Error(Errc::cancelled, "enough");
    }
  };
  CHECK_THROWS_AS(TransferEngine(source, destination, options).run(), Error);
  CHECK(reports == std::vector<std::string>{"schemas end", "entities start", "entities end",
                                            "assets start", "assets end", "links start"});
}

TEST_CASE_METHOD(Fixture, "A cancelled engine stops before it says it is done") {
  TransferEngineOptions options;
  TransferEngine* running = nullptr;
  options.onProgress = [&](const StageProgress& progress) {
    if (progress.stage == TransferStage::links && !progress.finished) {
      running->cancel();
    }
  };
  TransferEngine engine(source, destination, options);
  running = &engine;
  try {
    engine.run();
    FAIL("succeeded");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::cancelled);
  }
  CHECK_FALSE(script.has("destination close"));
  CHECK(script.has("rollback"));
}
