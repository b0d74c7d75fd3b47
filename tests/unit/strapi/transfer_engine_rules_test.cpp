#include <stdexcept>
#include <thread>

#include "catch.hpp"
#include "support/transfer_engine_fixture.hpp"
#include "wsferry/strapi/transfer_error.hpp"

using namespace support;

namespace {

using Records = std::vector<std::string>;

const std::string knownType =
    R"({"modelType":"contentType","attributes":{"title":{"type":"string"},"body":{"type":"text"}}})";
const std::string component = R"({"modelType":"component","attributes":{"url":{"type":"string"}}})";

// Runs the engine and gives its error.
Error failureOf(TransferEngine& engine) {
  try {
    static_cast<void>(engine.run());
  } catch (const Error& error) {
    return error;
  }
  FAIL("succeeded");
  return Error(Errc::invalidState, "");
}

Error failureOf(Fixture& fixture, const TransferEngineOptions& options) {
  TransferEngine engine(fixture.source, fixture.destination, options);
  return failureOf(engine);
}

RecordTransform mapTo(const std::string& text) {
  RecordTransform transform;
  transform.map = [text](std::string_view) { return text; };
  return transform;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "A plan tells both sides and what differs, and changes nothing") {
  script.destination = Metadata{"", "5.0.1"};
  script.schemas = {{"api::a.a", knownType}};
  script.destinationSchemas = std::vector<Schema>{};
  TransferEngineOptions options;
  options.versionStrategy = VersionStrategy::ignore;
  options.acceptSchemaDifferences = true;
  TransferEngine engine(source, destination, options);
  const TransferPlan plan = engine.plan();
  const std::vector<std::string> planned = {
      "source bootstrap",        "getMetadata",           "getSchemas", "destination bootstrap",
      "destination getMetadata", "destination getSchemas"};
  CHECK(script.calls == planned);
  CHECK(plan.source.strapiVersion == "5.0.0");
  CHECK(plan.sourceSchemas.size() == 1);
  REQUIRE(plan.destination);
  CHECK(plan.destination->strapiVersion == "5.0.1");
  REQUIRE(plan.schemaDifferences.size() == 1);
  CHECK(plan.schemaDifferences[0].uid == "api::a.a");

  CHECK(engine.run().isWhole());
  CHECK(std::count(script.calls.begin(), script.calls.end(), "source bootstrap") == 1);
  CHECK(script.calls[planned.size()] == "before transfer 5.0.0 1");
}

TEST_CASE_METHOD(Fixture, "Versions that are too different end the transfer before it changes") {
  script.destination = Metadata{"", "5.1.0"};
  TransferEngineOptions options;
  options.versionStrategy = VersionStrategy::minor;
  const Error error = failureOf(*this, options);
  CHECK(error.code() == strapi::TransferErrc::versionMismatch);
  for (const char* part : {"5.0.0", "5.1.0", "'minor'"}) {
    CHECK(error.info().message.find(part) != std::string::npos);
  }
  CHECK_FALSE(script.has("before transfer 5.0.0 1"));

  options.versionStrategy = VersionStrategy::major;
  CHECK_NOTHROW(TransferEngine(source, destination, options).run());
}

TEST_CASE_METHOD(Fixture, "Schemas that differ end the transfer before it changes, with a report") {
  script.schemas = {{"api::a.a", R"({"attributes":{"title":{"type":"string"}}})"}};
  script.destinationSchemas =
      std::vector<Schema>{{"api::a.a", R"({"attributes":{"title":{"type":"text"}}})"}};
  TransferEngineOptions options;
  const Error error = failureOf(*this, options);
  CHECK(error.code() == strapi::TransferErrc::schemaMismatch);
  CHECK(error.info().message.find("attributes.title.type: string in the source, text in the "
                                  "destination") != std::string::npos);
  CHECK_FALSE(script.has("before transfer 5.0.0 1"));
  CHECK(script.has("rollback"));

  SECTION("unless they are accepted") {
    options.acceptSchemaDifferences = true;
  }
  SECTION("unless they are not compared") {
    options.schemas.strategy = SchemaStrategy::ignore;
  }
  SECTION("unless the type is left out") {
    options.schemas.ignoredTypes = {"api::*"};
  }
  CHECK_NOTHROW(TransferEngine(source, destination, options).run());
}

TEST_CASE_METHOD(Fixture, "What the destination does not know is dropped") {
  script.schemas = {
      {"api::a.a", knownType},
      {"shared.link", component},
      {"api::b.b",
       R"({"modelType":"contentType","attributes":{"part":{"type":"component","component":"shared.link"}}})"}};
  script.destinationSchemas = script.schemas;
  const std::string holder = R"({"type":"api::b.b","id":1,"data":{"part":{"id":1}}})";
  const std::string whole =
      R"({"type":"api::a.a","id":1,"data":{"documentId":"d","title":"a","body":"b"}})";
  const std::string otherOrder = R"({"id":1,"data":{"body":1,"title":"[{}]"}, "type":"api::a.a"})";
  const std::string escaped = R"({"type":"api::a.a","id":1,"data":{"t\u0069tle":"a"}})";
  script.records[TransferStage::entities] = {
      holder,
      whole,
      otherOrder,
      escaped,
      R"({"type":"api::a.a","id":2,"data":{}})",
      R"({"type":"api::a.a","id":3,"data":{"old":{"title":1},"title":"a","documentId":"d","x":2 },"y":0})",
      R"({"type":"api::a.a","id":4,"data":{ "a":1 , "b":2 }})",
      R"({"data":{"title":1,"old":"}"},"type":"api::a.a"})",
      R"({"type":"api::gone.gone","id":1,"data":{"title":"a"}})",
      R"({"type":"shared.link","id":1,"data":{"url":"a"}})",
      admin,
  };
  const std::string componentLink =
      R"({"kind":"relation.basic","left":{"type":"shared.link","ref":1},"right":{"type":"api::a.a","ref":1}})";
  const std::string lostLink =
      R"({"kind":"relation.basic","left":{"type":"api::a.a","ref":1},"right":{"type":"api::gone.gone","ref":1}})";
  script.records[TransferStage::links] = {articleLink, componentLink, lostLink, adminLink};
  script.records[TransferStage::configuration] = {R"({"type":"core-store","value":{"a":1}})"};

  const TransferResult result = TransferEngine(source, destination).run();
  CHECK(script.moved() ==
        Records{holder, whole, otherOrder, escaped, R"({"type":"api::a.a","id":2,"data":{}})",
                R"({"type":"api::a.a","id":3,"data":{"title":"a","documentId":"d" },"y":0})",
                R"({"type":"api::a.a","id":4,"data":{  }})",
                R"({"data":{"title":1},"type":"api::a.a"})", articleLink, componentLink,
                R"({"type":"core-store","value":{"a":1}})"});
  const StageProgress& entities = result.stages.at(TransferStage::entities);
  CHECK(entities.moved.count == 8);
  CHECK(entities.unknown == 2);
  CHECK(entities.shortened == 3);
  CHECK(entities.neverTransferred == 1);
  CHECK(result.stages.at(TransferStage::links).unknown == 1);
  CHECK(result.stages.at(TransferStage::links).neverTransferred == 1);
}

TEST_CASE_METHOD(Fixture, "A destination that tells no schemas gets everything") {
  script.records[TransferStage::entities] = {R"({"type":"api::z.z","id":1,"data":{"x":1}})"};
  CHECK(TransferEngine(source, destination).run().isWhole());
  CHECK(script.moved() == script.records[TransferStage::entities]);
}

TEST_CASE_METHOD(Fixture, "A destination gets records that were read, whatever became of them") {
  script.schemas = {{"api::a.a", knownType}};
  script.destinationSchemas = script.schemas;
  script.records[TransferStage::entities] = {
      R"({"type":"api::a.a","id":1,"data":{"title":"a"}})",
      R"({"type":"api::a.a","id":2,"data":{"old":1,"title":"a"}})",
      R"({"type":"api::a.a","id":3,"data":{"map":1}})"};
  script.records[TransferStage::links] = {articleLink};
  script.records[TransferStage::configuration] = {R"({"type":"core-store","value":{"a":1}})"};
  TransferEngineOptions options;
  RecordTransform transform;
  transform.map = [](std::string_view record) {
    return record.find("map") == std::string_view::npos
               ? std::string(record)
               : R"({"data":{"body":"b"},"id":4,"type":"api::a.a"})";
  };
  options.recordTransforms[TransferStage::entities] = {transform};
  Records read;
  destination.onRecord = [&](const Record& record) {
    const EntityView& entity = record.entity();
    const LinkView& view = record.link();
    std::string text(record.views().aggregate());
    text.append(" ").append(entity.id);
    for (const EntityAttribute& attribute : entity.attributes) {
      text.append(" ").append(attribute.rawName).append("=").append(attribute.value);
    }
    text.append(view.left.ref).append(view.right.ref).append(record.configuration().value);
    read.push_back(text);
  };
  CHECK(TransferEngine(source, destination, options).run().isWhole());
  CHECK(read == Records{R"(api::a.a 1 title="a")", R"(api::a.a 2 title="a")",
                        R"(api::a.a 4 body="b")", "relation.basic 11", R"(core-store {"a":1})"});
}

TEST_CASE_METHOD(Fixture, "A record that is not UTF-8 ends the transfer") {
  script.records[TransferStage::entities] = {
      "{\"type\":\"api::a.a\",\"id\":1,\"data\":{\"title\":\"\xFF\"}}"};
  const Error error = failureOf(*this, {});
  CHECK(error.code() == Errc::protocolViolation);
  CHECK(error.info().stage == "entities");
  CHECK(error.info().message == "record is not UTF-8");
  CHECK(script.moved().empty());
}

TEST_CASE_METHOD(Fixture, "Transforms drop and change records in turn") {
  script.records[TransferStage::entities] = {article, R"({"type":"api::b.b","id":2,"data":{}})"};
  script.records[TransferStage::links] = {articleLink};
  TransferEngineOptions options;
  RecordTransform first;
  first.filter = [](std::string_view record) {
    return record.find("api::b.b") == std::string_view::npos;
  };
  first.map = [](std::string_view) {
    return "{\n  \"type\": \"api::a.a\",\n  \"data\": {\"n\": 1}\n}\n";
  };
  RecordTransform second;
  second.map = [](std::string_view record) {
    CHECK(record == R"({  "type": "api::a.a",  "data": {"n": 1}})");
    return std::string(R"({"type":"api::a.a","data":{"n":2}})");
  };
  options.recordTransforms[TransferStage::entities] = {first, second};
  const TransferResult result = TransferEngine(source, destination, options).run();
  CHECK(script.moved() == Records{R"({"type":"api::a.a","data":{"n":2}})", articleLink});
  CHECK(result.stages.at(TransferStage::entities).excluded == 1);
  CHECK(result.stages.at(TransferStage::entities).moved.bytes == 34);
}

TEST_CASE_METHOD(Fixture, "A transform brings no record back that must not pass") {
  script.records[TransferStage::entities] = {article};
  TransferEngineOptions options;
  SECTION("of a type that never transfers") {
    options.recordTransforms[TransferStage::entities] = {mapTo(hiddenAdmin), mapTo(article)};
    const TransferResult result = TransferEngine(source, destination, options).run();
    CHECK(script.moved().empty());
    CHECK(result.stages.at(TransferStage::entities).neverTransferred == 1);
  }
  SECTION("of a type that is out of scope") {
    script.schemas.push_back({"api::b.b", "{}"});
    TransferFilterOptions filter;
    filter.excludeContentTypes = {"api::b.b"};
    options.filter = TransferFilter(filter);
    options.recordTransforms[TransferStage::entities] = {mapTo(R"({"type":"api::b.b"})")};
    const TransferResult result = TransferEngine(source, destination, options).run();
    CHECK(script.moved().empty());
    CHECK(result.stages.at(TransferStage::entities).excluded == 1);
  }
  SECTION("that the destination lacks") {
    script.schemas = {{"api::a.a", knownType}};
    script.destinationSchemas = script.schemas;
    options.recordTransforms[TransferStage::entities] = {mapTo(R"({"type":"api::b.b"})")};
    const TransferResult result = TransferEngine(source, destination, options).run();
    CHECK(script.moved().empty());
    CHECK(result.stages.at(TransferStage::entities).unknown == 1);
  }
}

TEST_CASE_METHOD(Fixture, "A map that gives no record ends the transfer") {
  script.records[TransferStage::entities] = {article};
  const std::string text =
      GENERATE(as<std::string>{}, "", "[]", "{", "{}", R"({"type":1})", "{\"type\":\"a\nb\"}",
               "{\"type\":\"\xff\"}", "{\"type\":\"\xc3");
  CAPTURE(text);
  TransferEngineOptions options;
  options.recordTransforms[TransferStage::entities] = {mapTo(text)};
  const Error error = failureOf(*this, options);
  CHECK(error.code() == Errc::invalidOption);
  CHECK(error.info().stage == "entities");
  CHECK(error.info().subject == "api::a.a 1");
}

TEST_CASE_METHOD(Fixture, "What a transform throws ends the transfer as it is") {
  script.records[TransferStage::links] = {articleLink};
  TransferEngineOptions options;
  RecordTransform transform;
  transform.filter = [](std::string_view) -> bool { throw std::runtime_error("mine"); };
  options.recordTransforms[TransferStage::links] = {transform};
  CHECK_THROWS_AS(TransferEngine(source, destination, options).run(), std::runtime_error);
  CHECK(script.has("rollback"));
}

TEST_CASE_METHOD(Fixture, "Transforms drop and change assets") {
  TransferEngineOptions options;
  AssetTransform drop;
  drop.filter = [](const AssetInfo& info) { return info.filename != "b"; };
  AssetTransform rename;
  rename.map = [](AssetInfo info) {
    info.filename = "c.md";
    info.metadata = R"({"x":1})";
    return info;
  };
  options.assetTransforms = {drop, rename};
  const TransferResult result = TransferEngine(source, destination, options).run();
  CHECK(script.has("asset 1 c.md"));
  CHECK(script.has("asset end 1"));
  CHECK_FALSE(script.has("asset end 2"));
  CHECK(destination.written == std::map<std::string, std::string>{{"1", "hello"}});
  const StageProgress& assets = result.stages.at(TransferStage::assets);
  CHECK(assets.moved.count == 1);
  CHECK(assets.excluded == 1);
  CHECK(assets.aggregates.at(".md").bytes == 5);

  options.assetTransforms[0].filter = [](const AssetInfo&) { return false; };
  destination.written.clear();
  CHECK(TransferEngine(source, destination, options)
            .run()
            .stages.at(TransferStage::assets)
            .excluded == 2);
  CHECK(destination.written.empty());

  options.assetTransforms = {rename};
  options.assetTransforms[0].map = [](const AssetInfo&) { return AssetInfo{"x", 0, "[]"}; };
  const Error error = failureOf(*this, options);
  CHECK(error.code() == Errc::invalidOption);
  CHECK(error.info().stage == "assets");
}

TEST_CASE_METHOD(Fixture,
                 "A failure tells the stage, and the record or asset where it is about one") {
  script.records[TransferStage::entities] = {article};
  script.records[TransferStage::links] = {articleLink};
  struct Case {
    std::string failAt;
    std::string stage;
    std::string subject;
  };
  const auto example = GENERATE(values<Case>({
      {"record " + article, "entities", "api::a.a 1"},
      {"record " + articleLink, "links", "api::a.a -> api::a.a"},
      {"asset 1 a.txt", "assets", "a.txt"},
      {"asset end 2", "assets", "b"},
      {"begin links", "links", ""},
      {"read configuration", "configuration", ""},
      {"before transfer 5.0.0 1", "", ""},
      {"destination close", "", ""},
  }));
  CAPTURE(example.failAt);
  script.failAt = example.failAt;
  const Error error = failureOf(*this, {});
  CHECK(error.code() == Errc::dataMissing);
  CHECK(error.info().stage == example.stage);
  CHECK(error.info().subject == example.subject);
}

TEST_CASE_METHOD(Fixture, "A source that continues what is not open ends the transfer") {
  struct Astray final : Source {
    void bootstrap() override {}
    Metadata getMetadata() override { return {}; }
    std::vector<Schema> getSchemas() override { return {}; }
    void readRecords(TransferStage, RecordSink&) override {}
    void readAssets(AssetSink& sink) override { sink.write("7", "x"); }
    void close() override {}
    void cancel() noexcept override {}
  } astray;
  TransferEngine engine(astray, destination);
  CHECK(failureOf(engine).code() == Errc::protocolViolation);
}

TEST_CASE_METHOD(Fixture, "Cancelling ends a pause at once, and both sides are told") {
  script.records[TransferStage::entities] = {article, article};
  TransferEngineOptions options;
  options.throttle = std::chrono::hours(1);
  TransferEngine engine(source, destination, options);
  std::thread canceller;
  script.onCall = [&](const std::string& name) {
    if (name == "record " + article) {
      // The pause may not have begun when it is cancelled: it has to end all the same.
      canceller = std::thread([&engine] { engine.cancel(); });
    }
  };
  const Error error = failureOf(engine);
  canceller.join();
  CHECK(error.code() == Errc::cancelled);
  CHECK(script.moved().size() == 1);
  CHECK_FALSE(script.has("destination close"));
}

TEST_CASE_METHOD(Fixture,
                 "A transfer that is cancelled before it changes anything changes nothing") {
  TransferEngine engine(source, destination);
  static_cast<void>(engine.plan());
  engine.cancel();
  CHECK(script.has("source cancel"));
  CHECK(script.has("destination cancel"));
  CHECK(failureOf(engine).code() == Errc::cancelled);
  CHECK_FALSE(script.has("before transfer 5.0.0 1"));
}

TEST_CASE_METHOD(Fixture, "A selection is resolved for the types of both sides, or refused") {
  script.schemas = {{"api::a.a", knownType}};
  script.destinationSchemas = {{"api::a.a", knownType}, {"api::b.b", knownType}};
  TransferFilterOptions filter;
  TransferEngineOptions options;
  options.schemas.strategy = SchemaStrategy::ignore;
  SECTION("a type of the destination only") {
    filter.excludeContentTypes = {"api::b.*"};
    options.filter = TransferFilter(filter);
    TransferEngine engine(source, destination, options);
    CHECK(engine.plan().filter.options().excludeContentTypes ==
          std::vector<std::string>{"api::b.b"});
    CHECK(engine.run().isWhole());
  }
  SECTION("a type of neither") {
    filter.excludeContentTypes = {"api::c.c"};
    options.filter = TransferFilter(filter);
    CHECK(failureOf(*this, options).code() == Errc::invalidOption);
    CHECK_FALSE(script.has("before transfer 5.0.0 1"));
    CHECK_THROWS_AS(TransferEngine(source, destination, options).plan(), Error);
  }
}
