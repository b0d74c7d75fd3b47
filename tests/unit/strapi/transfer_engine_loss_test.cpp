#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/transfer_engine_fixture.hpp"

using namespace support;

namespace {

const std::string contentType =
    R"({"modelType":"contentType","attributes":{"to":{"type":"relation"},"formats":{"type":"json"},"hash":{"type":"string"},"ext":{"type":"string"},"text":{"type":"string"}}})";
const std::string component = R"({"modelType":"component","attributes":{}})";

std::string entity(const std::string& type, const std::string& id, const std::string& data = "") {
  return R"({"type":")" + type + R"(","id":)" + id + R"(,"data":{)" + data + "}}";
}

std::string linkTo(const std::string& type, const std::string& id, const std::string& otherType,
                   const std::string& otherId, const std::string& field = "to",
                   const std::string& kind = "basic", const std::string& otherField = "") {
  return R"({"kind":"relation.)" + kind + R"(","relation":"oneToOne","left":{"type":")" + type +
         R"(","ref":)" + id + R"(,"field":")" + field + R"("},"right":{"type":")" + otherType +
         R"(","ref":)" + otherId + (otherField.empty() ? "" : R"(,"field":")" + otherField + "\"") +
         "}}";
}

std::string fileRecord(const std::string& id, const std::string& hash,
                       const std::string& ext = "\".png\"", const std::string& formats = "null") {
  return entity("plugin::upload.file", id,
                R"("hash":")" + hash + R"(","ext":)" + ext + R"(,"formats":)" + formats);
}

/// A source as a server is: it may leave out, and says what the test wants.
struct ServerSource : Source {
  explicit ServerSource(Script& s) : script(s) {}
  void bootstrap() override {}
  Metadata getMetadata() override { return {"2026-01-01T00:00:00.000Z", "4.26.2"}; }
  std::vector<Schema> getSchemas() override { return script.schemas; }
  bool mayOmit() const override { return isServer; }
  void readRecords(TransferStage stage, RecordSink& sink) override {
    for (const std::string& record : script.records[stage]) {
      sink.record(record);
    }
    for (const Omission& omission : omissions[stage]) {
      sink.omitted(omission);
    }
  }
  void readAssets(AssetSink& sink) override {
    if (announced) {
      sink.totals({std::nullopt, announced});
    }
    for (const auto& [name, id] : files) {
      sink.begin(name, {name, 1, id.empty() ? "{}" : R"({"id":)" + id + "}"});
      sink.write(name, "x");
      if (name == breaksIn) {
        breakOff("The step broke off.");
      }
      sink.end(name);
    }
    for (const Omission& omission : omissions[TransferStage::assets]) {
      sink.omitted(omission);
    }
    if (!breaksWith.empty()) {
      breakOff(breaksWith);
    }
  }
  [[noreturn]] void breakOff(const std::string& message) const {
    ErrorInfo info;
    info.message = message;
    info.cause = isRefusal ? ErrorCause::unknown : ErrorCause::brokenStep;
    throw Error(Errc::remoteFailed, info);
  }
  void close() override {}
  void cancel() noexcept override {}

  Script& script;
  bool isServer = true;
  std::map<TransferStage, std::vector<Omission>> omissions;
  std::vector<std::pair<std::string, std::string>> files;  ///< Name and id.
  std::optional<std::uint64_t> announced;                  ///< How many.
  std::string breaksIn;
  std::string breaksWith;
  bool isRefusal = false;
};

struct LossFixture {
  LossFixture() {
    script.schemas = {{"api::a.a", contentType},
                      {"api::b.b", contentType},
                      {"plugin::upload.file", contentType},
                      {"shared.part", component}};
    script.records[TransferStage::entities] = {entity("api::a.a", "1"), entity("api::b.b", "7")};
  }

  TransferResult run() { return TransferEngine(source, destination, options).run(); }

  /// The error that ends the transfer.
  ErrorInfo failure(Errc expected) {
    try {
      run();
    } catch (const Error& error) {
      CHECK(error.code() == expected);
      CHECK(script.has("rollback"));
      CHECK_FALSE(script.has("destination close"));
      return error.info();
    }
    FAIL("it succeeded");
    return {};
  }

  void destinationIsServer() {
    script.destination = Metadata{"", "4.26.2"};
    script.destinationSchemas = script.schemas;
    options.acceptSchemaDifferences = true;
  }

  bool linkArrived(const std::string& record) { return script.has("record " + record); }

  Script script;
  ServerSource source{script};
  FakeDestination destination{script};
  TransferEngineOptions options;
};

Omission unreadable(const std::string& type) {
  return {Omission::Kind::type, type, 1, "Failed to read: locked"};
}

bool mentions(const std::vector<std::string>& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE_METHOD(LossFixture, "A type that the source cannot read ends the transfer") {
  source.omissions[TransferStage::entities] = {unreadable("api::b.b")};
  const ErrorInfo info = failure(Errc::remoteFailed);
  CHECK(info.stage == "entities");
  CHECK(info.subject == "api::b.b");
  CHECK(info.message.find("locked") != std::string::npos);
  CHECK(info.remoteMessage == "Failed to read: locked");
}

TEST_CASE_METHOD(LossFixture, "It counts in whichever stage the source says so") {
  const auto stage =
      GENERATE(TransferStage::assets, TransferStage::links, TransferStage::configuration);
  source.omissions[stage] = {unreadable("api::b.b")};
  CHECK(failure(Errc::remoteFailed).subject == "api::b.b");
}

TEST_CASE_METHOD(LossFixture, "A type that is not named may be any of the selection") {
  options.filter = TransferFilter([] {
    TransferFilterOptions filter;
    filter.onlyContentTypes = {"api::a.a"};
    return filter;
  }());
  source.omissions[TransferStage::entities] = {unreadable("")};
  failure(Errc::remoteFailed);
}

TEST_CASE_METHOD(LossFixture, "Types that do not reach the destination anyway may be unreadable") {
  TransferFilterOptions filter;
  filter.excludeContentTypes = {"api::b.b"};
  options.filter = TransferFilter(filter);
  destinationIsServer();
  script.schemas.push_back({"api::only-here.only-here", contentType});
  source.omissions[TransferStage::entities] = {
      unreadable("admin::user"), unreadable("plugin::content-releases.release"),
      unreadable("api::b.b"), unreadable("api::only-here.only-here")};
  CHECK(run().losses.empty());
}

TEST_CASE_METHOD(LossFixture, "An accepted incomplete type is a loss") {
  options.allowIncomplete = true;
  source.omissions[TransferStage::entities] = {unreadable("api::b.b"), unreadable("api::a.a")};
  const TransferResult result = run();
  CHECK_FALSE(result.isWhole());
  REQUIRE(result.losses.size() == 1);
  CHECK(result.losses[0].kind == LossKind::unreadableType);
  CHECK(result.losses[0].count == 2);
  CHECK(mentions(result.losses[0].examples, "api::b.b (Failed to read: locked)"));
}

TEST_CASE_METHOD(LossFixture, "Links to a type of which nothing came show that it was not read") {
  script.records[TransferStage::entities] = {entity("api::a.a", "1")};
  script.records[TransferStage::links] = {linkTo("api::a.a", "1", "api::b.b", "7")};

  SECTION("of a server that may omit it in silence") {
    const ErrorInfo info = failure(Errc::remoteFailed);
    CHECK(info.stage == "links");
    CHECK(info.subject == "api::b.b");
  }
  SECTION("and at their left end as well") {
    script.records[TransferStage::links] = {linkTo("api::b.b", "7", "api::a.a", "1")};
    CHECK(failure(Errc::remoteFailed).subject == "api::b.b");
  }
  SECTION("which can be accepted, and is counted once") {
    options.allowIncomplete = true;
    script.records[TransferStage::links].push_back(linkTo("api::b.b", "8", "api::a.a", "1"));
    const TransferResult result = run();
    REQUIRE(result.losses.size() == 1);
    CHECK(result.losses[0].count == 1);
    CHECK(mentions(result.losses[0].examples, "api::b.b"));
    CHECK_FALSE(result.isWhole());
  }
  SECTION("a source that fails where it cannot read has no such type") {
    source.isServer = false;
    const TransferResult result = run();
    CHECK(result.isWhole());
    CHECK(mentions(result.remarks, "1 link leads to an entity or component"));
  }
  SECTION("what a transform dropped did come") {
    script.records[TransferStage::entities].push_back(entity("api::b.b", "7"));
    RecordTransform drop;
    drop.filter = [](std::string_view record) {
      return record.find("api::b.b") == std::string_view::npos;
    };
    options.recordTransforms[TransferStage::entities] = {drop};
    CHECK(run().isWhole());
  }
  SECTION("a link of a type that is not selected shows nothing") {
    TransferFilterOptions filter;
    filter.excludeContentTypes = {"api::b.b"};
    options.filter = TransferFilter(filter);
    const TransferResult result = run();
    CHECK(result.isWhole());
    CHECK(result.remarks.empty());
  }
}

TEST_CASE_METHOD(LossFixture, "Links that can be leftovers make a type suspect, and no more") {
  const std::string leftOver = linkTo("api::a.a", "1", "api::b.b", "7", "to", "morph", "cover");
  script.records[TransferStage::entities] = {entity("api::a.a", "1")};
  script.records[TransferStage::links] = {leftOver, leftOver};

  SECTION("which ends the transfer") {
    const ErrorInfo info = failure(Errc::remoteFailed);
    CHECK(info.subject == "api::b.b");
    CHECK(info.message.find("leftovers") != std::string::npos);
    CHECK(info.message.find("api::a.a 1 -> api::b.b 7") != std::string::npos);
  }
  SECTION("or is a loss, where an option goes on") {
    const bool incomplete = GENERATE(false, true);
    (incomplete ? options.allowIncomplete : options.allowSuspected) = true;
    const TransferResult result = run();
    CHECK_FALSE(result.isWhole());
    REQUIRE(result.losses.size() == 1);
    CHECK(result.losses[0].kind == LossKind::suspectedType);
    CHECK(result.losses[0].count == 1);
    CHECK(mentions(result.losses[0].examples, "api::b.b (links such as api::a.a 1"));
    CHECK(linkArrived(leftOver));
  }
  SECTION("unless the entities came, or the source tells what it leaves out") {
    const bool tells = GENERATE(false, true);
    source.isServer = !tells;
    if (!tells) {
      script.records[TransferStage::entities].push_back(entity("api::b.b", "8"));
    }
    const TransferResult result = run();
    CHECK(result.isWhole());
    CHECK(mentions(result.remarks, "2 links lead to entities"));
  }
  SECTION("the owner of such a link is held by a foreign key") {
    options.allowSuspected = true;
    script.records[TransferStage::links] = {
        linkTo("api::b.b", "7", "api::a.a", "1", "to", "morph", "cover")};
    CHECK(failure(Errc::remoteFailed).subject == "api::b.b");
  }
  SECTION("and one that is held, before or after, shows that the type was not read") {
    options.allowSuspected = true;
    const std::string held = linkTo("api::a.a", "1", "api::b.b", "8");
    auto& links = script.records[TransferStage::links];
    links = GENERATE_COPY(std::vector{held, leftOver}, std::vector{leftOver, held});
    CHECK(failure(Errc::remoteFailed).subject == "api::b.b");
    options.allowIncomplete = true;
    const TransferResult result = run();
    REQUIRE(result.losses.size() == 1);
    CHECK(result.losses[0].kind == LossKind::unreadableType);
    CHECK(result.losses[0].count == 1);
  }
  SECTION("nor is a type suspect that the source says it could not read") {
    options.allowIncomplete = true;
    source.omissions[TransferStage::links] = {unreadable("api::b.b")};
    const TransferResult result = run();
    REQUIRE(result.losses.size() == 1);
    CHECK(result.losses[0].kind == LossKind::unreadableType);
  }
}

TEST_CASE_METHOD(LossFixture, "Links that lead nowhere are normal, named, and go into an archive") {
  const std::string whole = linkTo("api::a.a", "1", "api::b.b", "7");
  const std::string orphan = linkTo("api::a.a", "1", "api::b.b", "8");
  const std::string gone = linkTo("api::a.a", "1", "api::gone.gone", "1");
  script.records[TransferStage::links] = {whole, orphan, gone};
  const TransferResult result = run();
  CHECK(result.isWhole());
  CHECK(result.losses.empty());
  CHECK(mentions(result.remarks, "2 links lead to entities or components"));
  CHECK(mentions(result.remarks, "api::a.a 1 -> api::b.b 8"));
  CHECK(linkArrived(orphan));
  CHECK(linkArrived(gone));
  CHECK(result.stages.at(TransferStage::links).orphaned == 0);
}

TEST_CASE_METHOD(LossFixture, "A server gets no links that lead nowhere") {
  destinationIsServer();
  const std::string whole = linkTo("api::a.a", "1", "api::b.b", "7");
  const std::string orphan = linkTo("api::a.a", "1", "api::b.b", "8");
  script.records[TransferStage::links] = {whole, orphan};
  const TransferResult result = run();
  CHECK(result.isWhole());
  CHECK(linkArrived(whole));
  CHECK_FALSE(linkArrived(orphan));
  CHECK(result.stages.at(TransferStage::links).moved.count == 1);
  CHECK(result.stages.at(TransferStage::links).orphaned == 1);
  CHECK(mentions(result.remarks, "left out"));
}

TEST_CASE_METHOD(LossFixture, "Ends in documents are not looked up") {
  script.records[TransferStage::links] = {
      linkTo("api::a.a", "1", "api::a.a", R"("abcdefghijklmnopqrstuvwx")", "localizations")};
  const TransferResult result = run();
  CHECK(result.isWhole());
  CHECK(result.remarks.empty());
}

TEST_CASE_METHOD(LossFixture, "Components come within entities, at any depth") {
  script.schemas[0].json =
      R"({"modelType":"contentType","attributes":{"part":{"type":"component","component":"shared.part"},"zone":{"type":"dynamiczone"}}})";
  script.schemas[3].json =
      R"({"modelType":"component","attributes":{"to":{"type":"relation"},"inner":{"type":"component","repeatable":true,"component":"shared.inner"}}})";
  script.schemas.push_back({"shared.inner", R"({"modelType":"component","attributes":{}})"});
  script.records[TransferStage::entities][0] = entity(
      "api::a.a", "1",
      R"("part":{"id":3,"inner":[{"id":5},{"id":6}]},"zone":[{"__component":"shared.part","id":4,"inner":null},{"__component":"shared.inner","id":7}])");
  std::vector<std::string> whole;
  for (const char* id : {"3", "4"}) {
    whole.push_back(linkTo("shared.part", id, "api::b.b", "7"));
  }
  for (const char* id : {"5", "6", "7"}) {
    whole.push_back(linkTo("shared.inner", id, "api::b.b", "7"));
  }
  script.records[TransferStage::links] = whole;

  SECTION("and their links are whole") {
    CHECK(run().remarks.empty());
  }
  SECTION("those that nothing holds are normal, and their links go to no server") {
    destinationIsServer();
    const std::string orphan = linkTo("shared.part", "5", "api::b.b", "7");
    script.records[TransferStage::links].push_back(orphan);
    const TransferResult result = run();
    CHECK(result.isWhole());
    CHECK(result.stages.at(TransferStage::links).orphaned == 1);
    CHECK(result.stages.at(TransferStage::links).moved.count == whole.size());
    CHECK_FALSE(linkArrived(orphan));
    CHECK(mentions(result.remarks, "shared.part 5"));
  }
  SECTION("a component of which nothing came shows no type that was not read") {
    script.records[TransferStage::entities][0] = entity("api::a.a", "1");
    CHECK(run().isWhole());
  }
}

TEST_CASE_METHOD(LossFixture,
                 "Ids that are no numbers switch the check of their type off, and say so") {
  script.records[TransferStage::entities] = {entity("api::a.a", R"("x1")"),
                                             entity("api::b.b", "7")};
  script.records[TransferStage::links] = {linkTo("api::a.a", "5", "api::b.b", "7")};
  const TransferResult result = run();
  CHECK(result.isWhole());
  CHECK(mentions(result.remarks, "not checked"));
}

TEST_CASE_METHOD(LossFixture, "Links that the source left out itself are named") {
  source.omissions[TransferStage::links] = {{Omission::Kind::link, "", 0, "Omitting link X"},
                                            {Omission::Kind::link, "", 12, ""}};
  const TransferResult result = run();
  CHECK(result.isWhole());
  CHECK(mentions(result.remarks, "12 links lead nowhere"));
  CHECK(mentions(result.remarks, "Omitting link X"));
}

TEST_CASE_METHOD(LossFixture, "A file that a record names and that does not come is a loss") {
  auto& entities = script.records[TransferStage::entities];
  entities.push_back(fileRecord(
      "3", "cat", "\".png\"",
      R"({"small":{"hash":"small_cat","ext":".png"},"thumbnail":{"ext":".png","hash":"thumbnail_cat"}})"));
  entities.push_back(fileRecord("4", "dog"));
  source.files = {{"cat.png", "3"}, {"thumbnail_cat.png", "3"}};

  SECTION("and each of its formats, too") {
    const TransferResult result = run();
    CHECK_FALSE(result.isWhole());
    REQUIRE(result.losses.size() == 1);
    CHECK(result.losses[0].kind == LossKind::missingFile);
    CHECK(result.losses[0].count == 2);
    CHECK(result.losses[0].examples ==
          std::vector<std::string>{"small_cat.png of plugin::upload.file 3",
                                   "dog.png of plugin::upload.file 4"});
  }
  SECTION("which an option accepts") {
    options.allowMissingFiles = true;
    const TransferResult result = run();
    CHECK(result.isWhole());
    REQUIRE(result.losses.size() == 1);
    CHECK(result.losses[0].accepted);
  }
  SECTION("unless files are not selected") {
    TransferFilterOptions filter;
    filter.exclude = {TransferGroup::files};
    options.filter = TransferFilter(filter);
    CHECK(run().losses.empty());
  }
  SECTION("nor where the source is a copy without any") {
    source.isServer = false;
    source.files.clear();
    const TransferResult result = run();
    CHECK(result.isWhole());
    CHECK(mentions(result.remarks, "records name 4"));
  }
  SECTION("but where a server has lost them all") {
    source.files.clear();
    CHECK(run().losses.at(0).count == 4);
  }
  SECTION("what the source says of them counts no file twice") {
    source.omissions[TransferStage::assets] = {{Omission::Kind::file, "4", 1, "no file: dog"},
                                               {Omission::Kind::file, "", 1, "no file"}};
    CHECK(run().losses.at(0).count == 2);
  }
  SECTION("what the source says counts where no record tells it") {
    source.files.push_back({"small_cat.png", "3"});
    source.files.push_back({"dog.png", "4"});
    script.records[TransferStage::entities].push_back(
        R"({"type":"plugin::upload.file","id":38,"data":{"name":"a","hash":null,"ext":".png"}})");
    CHECK(run().losses.empty());
    source.omissions[TransferStage::assets] = {{Omission::Kind::file, "38", 1, "no file: 38"},
                                               {Omission::Kind::file, "38", 1, "no file: 38 s"},
                                               {Omission::Kind::file, "99", 1, "no such record"}};
    const TransferResult result = run();
    CHECK_FALSE(result.isWhole());
    REQUIRE(result.losses.size() == 1);
    CHECK(result.losses[0].kind == LossKind::missingFile);
    CHECK(result.losses[0].count == 1);
    CHECK(result.losses[0].examples == std::vector<std::string>{"no file: 38"});
    options.allowMissingFiles = true;
    CHECK(run().isWhole());
    options.allowMissingFiles = false;
    source.omissions[TransferStage::assets] = {{Omission::Kind::file, "", 1, "no file: of which?"}};
    CHECK(run().losses.at(0).count == 1);
  }
  SECTION("what the source says counts where there are no records") {
    source.omissions[TransferStage::assets] = {{Omission::Kind::file, "3", 1, "no file: cat"}};
    TransferFilterOptions filter;
    filter.only = {TransferGroup::files};
    options.filter = TransferFilter(filter);
    REQUIRE(run().losses.size() == 1);
  }
}

TEST_CASE_METHOD(LossFixture,
                 "Values that have no place at the destination are counted and noted") {
  destinationIsServer();
  const std::string holder = R"({"modelType":"contentType","attributes":{"part":)"
                             R"({"type":"component","component":"shared.part"}}})";
  script.schemas = {
      {"api::b.b", holder},
      {"shared.part", R"({"modelType":"component","attributes":{"x":{"type":"text"}}})"}};
  script.records[TransferStage::entities] = {
      R"({"type":"api::b.b","id":1,"data":{"part":{"id":5,"x":"y"}}})"};
  script.records[TransferStage::links] = {linkTo("shared.part", "5", "api::b.b", "1", "x")};
  SECTION("in a component") {
    script.destinationSchemas = {{"api::b.b", holder}, {"shared.part", component}};
    const TransferResult result = run();
    CHECK(script.has(R"(record {"type":"api::b.b","id":1,"data":{"part":{"id":5}}})"));
    CHECK(result.stages.at(TransferStage::entities).shortened == 1);
    CHECK(mentions(result.remarks,
                   "1 entity was stored without values that the destination has no "
                   "place for: api::b.b part.x is not known (1)"));
    CHECK(result.stages.at(TransferStage::links).orphaned == 0);
  }
  SECTION("with the whole component, whose links then lead nowhere") {
    script.destinationSchemas = {
        {"api::b.b", R"({"modelType":"contentType","attributes":{"part":{"type":"string"}}})"},
        {"shared.part", component}};
    const TransferResult result = run();
    CHECK(script.has(R"(record {"type":"api::b.b","id":1,"data":{}})"));
    CHECK(result.stages.at(TransferStage::entities).shortened == 1);
    CHECK(mentions(result.remarks,
                   "api::b.b part is a component where a value of the type string "
                   "belongs (1)"));
    CHECK(result.stages.at(TransferStage::links).orphaned == 1);
  }
}

TEST_CASE_METHOD(LossFixture, "Fewer files than the source announced are a loss") {
  source.files = {{"one.png", ""}, {"two.png", ""}};
  source.announced = 4;
  TransferFilterOptions files;
  files.only = {TransferGroup::files};
  SECTION("without records, of unknown names") {
    options.filter = TransferFilter(files);
    const auto result = run();
    REQUIRE(result.losses.size() == 1);
    CHECK(result.losses[0].kind == LossKind::missingFile);
    CHECK(result.losses[0].count == 2);
    CHECK(contains(describe(result.losses[0]), "2 files that the source announced, and did not"));
  }
  SECTION("accepted as other missing files are") {
    options.filter = TransferFilter(files);
    options.allowMissingFiles = true;
    CHECK(run().losses.at(0).accepted);
  }
  SECTION("no more than is told by the records") {
    auto& entities = script.records[TransferStage::entities];
    entities.push_back(fileRecord("1", "one"));
    entities.push_back(fileRecord("2", "two"));
    entities.push_back(fileRecord("3", "three"));
    source.files = {{"one.png", "1"}, {"two.png", "2"}};
    source.announced = 3;
    const auto result = run();
    REQUIRE(result.losses.size() == 1);
    CHECK(result.losses[0].count == 1);
    CHECK(result.losses[0].files.at(0).name == "three.png");
  }
  SECTION("all of them") {
    options.filter = TransferFilter(files);
    source.announced = 2;
    CHECK(run().losses.empty());
  }
}

TEST_CASE_METHOD(LossFixture, "Files without an extension are found by any of their names") {
  auto& entities = script.records[TransferStage::entities];
  entities.push_back(fileRecord("1", "plain", "null"));
  entities.push_back(fileRecord("2", "empty", "\"\""));
  entities.push_back(fileRecord("3", "old", "null"));
  source.files = {{"plainnull", "1"}, {"empty", "2"}, {"oldundefined", "3"}};
  CHECK(run().losses.empty());
}

TEST_CASE_METHOD(LossFixture, "A file whose record did not come is left out and named") {
  script.records[TransferStage::entities].push_back(fileRecord("3", "cat"));
  source.files = {{"cat.png", "3"}, {"late.png", "9"}};
  const TransferResult result = run();
  CHECK(result.isWhole());
  CHECK(script.has("asset cat.png cat.png"));
  CHECK_FALSE(script.has("asset late.png late.png"));
  CHECK(result.stages.at(TransferStage::assets).moved.count == 1);
  CHECK(result.stages.at(TransferStage::assets).orphaned == 1);
  CHECK(mentions(result.remarks, "late.png"));
}

TEST_CASE_METHOD(LossFixture, "Files without any record show that the records were not read") {
  source.files = {{"cat.png", "3"}};
  CHECK(failure(Errc::remoteFailed).subject == "plugin::upload.file");
  options.allowIncomplete = true;
  script.calls.clear();
  const TransferResult result = run();
  CHECK_FALSE(result.isWhole());
  CHECK(script.has("asset cat.png cat.png"));  // What is left of them.
}

TEST_CASE_METHOD(LossFixture,
                 "Where the source breaks off, the first file that did not come is named") {
  auto& entities = script.records[TransferStage::entities];
  entities.push_back(fileRecord("3", "cat"));
  entities.push_back(fileRecord("4", "dog"));
  entities.push_back(fileRecord("5", "eel"));
  source.files = {{"cat.png", "3"}, {"eel.png", "5"}};

  SECTION("between two files") {
    source.breaksWith = "The step broke off: status 404.";
    const ErrorInfo info = failure(Errc::remoteFailed);
    CHECK(info.stage == "assets");
    CHECK(info.subject == "dog.png");
    CHECK(info.message.find("status 404") != std::string::npos);
    CHECK(info.message.find("plugin::upload.file 4") != std::string::npos);
  }
  SECTION("not where the server refused a request") {
    source.isRefusal = true;
    source.breaksWith = "The server answered step assets start with an error: Internal error";
    const ErrorInfo info = failure(Errc::remoteFailed);
    CHECK(info.stage == "assets");
    CHECK(info.subject.empty());
    CHECK(info.message == source.breaksWith);
  }
  SECTION("in the middle of one") {
    source.breaksIn = "eel.png";
    CHECK(failure(Errc::remoteFailed).subject == "eel.png");
  }
  SECTION("not where it is the destination that fails") {
    script.failAt = "asset eel.png eel.png";
    CHECK(failure(Errc::dataMissing).subject == "eel.png");
  }
}

TEST_CASE_METHOD(LossFixture,
                 "Links of a relation that the destination lacks are left out and counted") {
  destinationIsServer();
  const std::string known = linkTo("api::a.a", "1", "api::b.b", "7");
  const std::string other = linkTo("api::a.a", "1", "api::b.b", "7", "other");
  const std::string text = linkTo("api::a.a", "1", "api::b.b", "7", "text");
  script.schemas[0].json =
      R"({"modelType":"contentType","attributes":{"to":{"type":"relation"},"other":{"type":"relation"},"text":{"type":"relation"}}})";
  const std::string hidden = linkTo("api::a.a", "1", "api::b.b", "7", "hidden");
  script.records[TransferStage::links] = {known, other, other, known, text, hidden};
  const TransferResult result = run();
  CHECK(linkArrived(known));
  CHECK_FALSE(linkArrived(other));
  CHECK_FALSE(linkArrived(text));  // An attribute there, but no relation.
  CHECK(linkArrived(hidden));      // In neither schema: both have it, or none.
  REQUIRE(result.remarks.size() == 1);
  CHECK(result.remarks[0].find("1 link is of a relation that no schema has") == 0);
  CHECK(result.stages.at(TransferStage::links).unknown == 3);
  CHECK(result.stages.at(TransferStage::links).moved.count == 3);
}

TEST_CASE_METHOD(LossFixture, "Languages joined by ids are lost where documents join them") {
  destinationIsServer();
  script.destinationSchemas->at(0).json =
      R"({"modelType":"contentType","attributes":{"to":{"type":"relation","joinColumn":{"name":"document_id","referencedColumn":"document_id"}}}})";
  const std::string byId = linkTo("api::a.a", "1", "api::a.a", "1");
  script.records[TransferStage::links] = {byId, byId};
  const TransferResult result = run();
  CHECK_FALSE(linkArrived(byId));
  CHECK_FALSE(result.isWhole());
  REQUIRE(result.losses.size() == 1);
  CHECK(result.losses[0].kind == LossKind::skippedLink);
  CHECK(result.losses[0].count == 2);
  CHECK(result.losses[0].examples[0] ==
        "api::a.a 1 -> api::a.a 1 (languages of one record, which Strapi 5 joins by document, not "
        "by ids)");
  CHECK(result.stages.at(TransferStage::links).unknown == 2);
}

TEST_CASE_METHOD(LossFixture, "A morph link needs its field at the other end") {
  destinationIsServer();
  script.schemas[1].json =
      R"({"modelType":"contentType","attributes":{"cover":{"type":"media"},"to":{"type":"relation"}}})";
  const std::string morph = linkTo("api::a.a", "1", "api::b.b", "7", "to", "morph", "cover");
  const std::string basic = linkTo("api::a.a", "1", "api::b.b", "7", "to", "basic", "cover");
  script.records[TransferStage::links] = {morph, basic};
  CHECK(run().stages.at(TransferStage::links).unknown == 1);
  CHECK_FALSE(linkArrived(morph));
  CHECK(linkArrived(basic));
}

TEST_CASE_METHOD(LossFixture, "A logo of the admin panel that came without its file is told") {
  const auto settings = [](const std::string& more) {
    return R"({"type":"core-store","value":{"id":4,"key":"core_admin_project-settings","value":{)"
           R"("menuLogo":{"name":"l.png","url":"/uploads/l_1.png?v=2","provider":"local")" +
           more + R"(},"authLogo":null}}})";
  };
  const bool hasFile = GENERATE(true, false);
  script.records[TransferStage::configuration] = {
      settings(hasFile ? R"(,"__transferBuffer":"AAAA")" : "")};
  const TransferResult result = run();
  CHECK(result.isWhole());
  if (hasFile) {
    CHECK(result.remarks.empty());
  } else {
    REQUIRE(result.remarks.size() == 1);
    CHECK(result.remarks[0].rfind(
              "the file of the admin panel's menuLogo, /uploads/l_1.png, did not arrive", 0) == 0);
  }
}

TEST_CASE_METHOD(LossFixture, "What a destination has not stored is a loss of the result") {
  struct LossyDestination final : Destination {
    explicit LossyDestination(FakeDestination& other) : next(other) {}
    std::optional<std::vector<Schema>> getSchemas() override { return next.getSchemas(); }
    void beforeTransfer(const TransferManifest& manifest) override {
      next.beforeTransfer(manifest);
    }
    void beginStage(TransferStage stage) override { next.beginStage(stage); }
    RecordSink& records() override { return next; }
    AssetSink& assets() override { return next; }
    void endStage() override { next.endStage(); }
    void close() override { isClosed = true; }
    void rollback() noexcept override {}
    std::vector<Loss> losses() const override {
      return isClosed ? std::vector<Loss>{{LossKind::skippedLink, 3, {"x"}, false}}
                      : std::vector<Loss>();
    }
    FakeDestination& next;
    bool isClosed = false;
  };
  LossyDestination lossy(destination);
  const TransferResult result = TransferEngine(source, lossy).run();
  REQUIRE(result.losses.size() == 1);
  CHECK(result.losses[0].count == 3);
  CHECK_FALSE(result.isWhole());

  // With what the engine left out itself it is one loss of that kind.
  destinationIsServer();
  script.destinationSchemas->at(0).json =
      R"({"modelType":"contentType","attributes":{"to":{"type":"relation","joinColumn":{"name":"document_id","referencedColumn":"document_id"}}}})";
  script.records[TransferStage::links] = {linkTo("api::a.a", "1", "api::a.a", "1")};
  lossy.isClosed = false;
  const TransferResult both = TransferEngine(source, lossy, options).run();
  REQUIRE(both.losses.size() == 1);
  CHECK(both.losses[0].count == 4);
  REQUIRE(both.losses[0].examples.size() == 2);
  CHECK(both.losses[0].examples[1] == "x");
}
