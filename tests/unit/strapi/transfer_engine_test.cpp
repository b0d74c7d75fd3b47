#include "wsferry/strapi/transfer_engine.hpp"

#include <string>
#include <vector>

#include "catch.hpp"
#include "support/transfer_engine_fixture.hpp"

using namespace support;

TEST_CASE_METHOD(Fixture,
                 "Stages run in the engine's order, and both sides are closed at the end") {
  script.records[TransferStage::entities] = {article, admin, hiddenAdmin};
  script.records[TransferStage::links] = {articleLink, adminLink};
  script.records[TransferStage::configuration] = {R"({"type":"core-store","value":{}})"};
  const TransferResult result = TransferEngine(source, destination).run();
  CHECK(script.calls == std::vector<std::string>{"source bootstrap",
                                                 "getMetadata",
                                                 "getSchemas",
                                                 "destination bootstrap",
                                                 "destination getMetadata",
                                                 "destination getSchemas",
                                                 "before transfer 5.0.0 1",
                                                 "begin entities",
                                                 "read entities",
                                                 "record " + article,
                                                 "end stage",
                                                 "begin assets",
                                                 "read assets",
                                                 "asset 1 a.txt",
                                                 "asset 2 b",
                                                 "asset end 2",
                                                 "asset end 1",
                                                 "end stage",
                                                 "begin links",
                                                 "read links",
                                                 "record " + articleLink,
                                                 "end stage",
                                                 "begin configuration",
                                                 "read configuration",
                                                 R"(record {"type":"core-store","value":{}})",
                                                 "end stage",
                                                 "source close",
                                                 "destination close"});

  const StageProgress& entities = result.stages.at(TransferStage::entities);
  CHECK(entities.moved.count == 1);
  CHECK(entities.moved.bytes == article.size());
  CHECK(entities.neverTransferred == 2);
  CHECK(entities.aggregates.at("api::a.a").count == 1);
  // What never transfers is no part of what there is to do.
  CHECK(entities.totals.count == 1U);
  CHECK(entities.totals.bytes == article.size());
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
  CHECK(TransferEngine(source, destination, engine).run().isWhole());
  CHECK(script.has("read configuration"));
  CHECK_FALSE(script.has("read entities"));
  CHECK_FALSE(script.has("read assets"));
}

TEST_CASE_METHOD(Fixture,
                 "A failure anywhere rolls back, ends the source, and is the one reported") {
  script.records[TransferStage::entities] = {article};
  script.failAt =
      GENERATE(as<std::string>{}, "source bootstrap", "getSchemas", "destination bootstrap",
               "destination getMetadata", "destination getSchemas", "before transfer 5.0.0 1",
               "begin entities", "read entities", "record " + article, "asset 1 a.txt", "end stage",
               "source close", "destination close");
  CAPTURE(script.failAt);
  try {
    static_cast<void>(TransferEngine(source, destination).run());
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
    static_cast<void>(engine.run());
    FAIL("succeeded");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::cancelled);
  }
  CHECK_FALSE(script.has("destination close"));
  CHECK(script.has("rollback"));
}

TEST_CASE_METHOD(Fixture, "Totals that were announced too small are not known") {
  script.announcedAssetBytes = 4;
  const auto stages = TransferEngine(source, destination).run().stages;
  CHECK_FALSE(stages.at(TransferStage::assets).totals.bytes.has_value());
  CHECK(stages.at(TransferStage::assets).moved.bytes == 5U);
}
