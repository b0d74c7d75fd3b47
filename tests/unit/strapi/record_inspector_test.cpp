#include "wsferry/strapi/detail/messages/record_inspector.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/error.hpp"

using wsferry::strapi::oneLine;
using wsferry::strapi::RecordArray;
using wsferry::strapi::RecordInspector;
using wsferry::strapi::RecordTypes;
using wsferry::strapi::TransferStage;

namespace {

// As servers send them.
const std::string entity =
    R"({"type":"plugin::upload.file","id":1,"data":{"documentId":"l88v0x6e852n88elyd540g7z",)"
    R"("name":"pïcture 0 東京.png","formats":{"thumbnail":{"ext":".png","type":"thumbnail"}},)"
    R"("caption":"quote \" backslash \\ {[","provider_metadata":null,"size":146.304}})";
const std::string link =
    R"({"kind":"relation.basic","relation":"manyToOne","left":{"type":"api::article.article",)"
    R"("field":"author","ref":2},"right":{"type":"api::author.author","field":"articles","ref":7,)"
    R"("pos":1}})";
const std::string configuration =
    R"({"type":"core-store","value":{"id":1,"key":"strapi_content_types_schema","value":)"
    R"({"admin::permission":{"type":"object"}},"type":"object","environment":null,"tag":null}})";

// What the inspector says, with copies of its views.
struct Types {
  explicit Types(const RecordTypes& types)
      : type(types.type), otherType(types.otherType), aggregate(types.aggregate) {}
  std::string type;
  std::string otherType;
  std::string aggregate;
};

Types inspect(TransferStage stage, std::string_view record) {
  RecordInspector inspector;
  return Types(inspector.inspect(stage, record));
}

std::string failureOf(TransferStage stage, std::string_view record) {
  try {
    inspect(stage, record);
  } catch (const wsferry::Error& error) {
    REQUIRE(error.code() == wsferry::Errc::protocolViolation);
    return error.info().stage + ": " + error.info().message;
  }
  return "";
}

std::vector<std::string> split(std::string_view array) {
  RecordArray records(array);
  std::vector<std::string> result;
  std::string_view record;
  while (records.next(record)) {
    result.emplace_back(record);
  }
  REQUIRE_FALSE(records.next(record));
  return result;
}

}  // namespace

TEST_CASE("records tell their types") {
  const Types ofEntity = inspect(TransferStage::entities, entity);
  CHECK(ofEntity.type == "plugin::upload.file");
  CHECK(ofEntity.otherType.empty());
  CHECK(ofEntity.aggregate == "plugin::upload.file");

  const Types ofLink = inspect(TransferStage::links, link);
  CHECK(ofLink.type == "api::article.article");
  CHECK(ofLink.otherType == "api::author.author");
  CHECK(ofLink.aggregate == "relation.basic");

  const Types ofConfiguration = inspect(TransferStage::configuration, configuration);
  CHECK(ofConfiguration.type == "core-store");
  CHECK(ofConfiguration.otherType.empty());
  CHECK(ofConfiguration.aggregate == "core-store");

  const Types ofSchema = inspect(TransferStage::schemas, R"({"type":1,"uid":"a"})");
  CHECK(ofSchema.type.empty());
  CHECK(ofSchema.aggregate.empty());
}

TEST_CASE("the order of members does not matter, nor do members below and besides them") {
  CHECK(
      inspect(TransferStage::entities,
              R"( { "data" : {"type":"admin::user"}, "x":[{"type":"admin::user"}],"type" : "a" } )")
          .type == "a");
  const Types types = inspect(
      TransferStage::links,
      R"({"type":"admin::user","right":{"ref":{"type":"admin::user"},"type":"r"},)"
      R"("other":{"type":"admin::user"},"left":{"x":[{"type":"admin::user"}],"type":"l"}})");
  CHECK(types.type == "l");
  CHECK(types.otherType == "r");
  CHECK(types.aggregate.empty());
}

TEST_CASE("escapes hide neither a key nor a type") {
  CHECK(inspect(TransferStage::entities, R"({"\u0074\u0079pe":"\u0061dmin::user"})").type ==
        "admin::user");
  const Types types =
      inspect(TransferStage::links,
              R"({"\u006bind":"relation\u002ebasic","l\u0065ft":{"typ\u0065":"\u0061dmin::user"},)"
              R"("\u0072ight":{"type":"admin\u003a\u003Arole"}})");
  CHECK(types.type == "admin::user");
  CHECK(types.otherType == "admin::role");
  CHECK(types.aggregate == "relation.basic");
}

TEST_CASE("an inspector keeps nothing of the record before") {
  RecordInspector inspector;
  CHECK(inspector.inspect(TransferStage::entities, R"({"type":"\u0061"})").type == "a");
  CHECK(inspector.inspect(TransferStage::entities, R"({"type":"b"})").type == "b");
  CHECK_THROWS_AS(inspector.inspect(TransferStage::entities, "{}"), wsferry::Error);
  CHECK(inspector.inspect(TransferStage::links, link).aggregate == "relation.basic");
  const RecordTypes types =
      inspector.inspect(TransferStage::links, R"({"left":{"type":"l"},"right":{"type":"r"}})");
  CHECK(types.aggregate.empty());
  CHECK_THROWS_AS(inspector.inspect(TransferStage::links, R"({"left":{"type":"l"}})"),
                  wsferry::Error);
  CHECK(inspector.inspect(TransferStage::entities, entity).otherType.empty());
}

TEST_CASE("a record without its types is refused") {
  const auto entities = [](std::string_view record) {
    return failureOf(TransferStage::entities, record);
  };
  CHECK(entities("{}") == "entities: record lacks type");
  CHECK(entities(R"({"id":1,"data":{"type":"a"}})") == "entities: record lacks type");
  CHECK(entities(R"({"Type":"a"})") == "entities: record lacks type");
  CHECK(entities(R"({"type":null})") == "entities: record has no string as type");
  CHECK(entities(R"({"type":["a"]})") == "entities: record has no string as type");
  for (const char* record : {"[]", "1", "\"type\"", "null", "true"}) {
    CHECK(entities(record) == "entities: record is not an object");
  }
  CHECK(failureOf(TransferStage::configuration, R"({"value":{}})") ==
        "configuration: record lacks type");
  CHECK(failureOf(TransferStage::schemas, "[]") == "schemas: record is not an object");

  const auto links = [](std::string_view record) {
    return failureOf(TransferStage::links, record);
  };
  CHECK(links(R"({"right":{"type":"r"}})") == "links: record lacks left.type");
  CHECK(links(R"({"left":{"type":"l"}})") == "links: record lacks right.type");
  CHECK(links(R"({"left":{},"right":{"type":"r"}})") == "links: record lacks left.type");
  CHECK(links(R"({"left":{"type":"l"},"right":{"field":"type"}})") ==
        "links: record lacks right.type");
  CHECK(links(R"({"left":null,"right":{"type":"r"}})") ==
        "links: record has no object where left.type belongs");
  CHECK(links(R"({"left":{"type":"l"},"right":[{"type":"r"}]})") ==
        "links: record has no object where right.type belongs");
  CHECK(links(R"({"left":{"type":1},"right":{"type":"r"}})") ==
        "links: record has no string as left.type");
}

TEST_CASE("a type given twice is refused, however it is written") {
  for (const char* record :
       {R"({"type":"api::a.a","type":"admin::user"})",
        R"({"type":"admin::user","type":"api::a.a"})",
        R"({"type":"api::a.a","\u0074ype":"admin::user"})", R"({"type":"a","type":null})"}) {
    CAPTURE(record);
    CHECK_FALSE(failureOf(TransferStage::entities, record).empty());
  }
  CHECK(failureOf(TransferStage::entities, R"({"type":"a","type":"b"})") ==
        "entities: record has type twice");
  for (const char* record :
       {R"({"left":{"type":"a"},"left":{"type":"b"},"right":{"type":"c"}})",
        R"({"left":{"type":"a"},"left":{},"right":{"type":"c"}})",
        R"({"left":{"type":"a"},"left":null,"right":{"type":"c"}})",
        R"({"left":{"type":"a"},"right":{"type":"c"},"\u0072ight":{"type":"d"}})",
        R"({"left":{"type":"a","type":"b"},"right":{"type":"c"}})",
        R"({"kind":"a","kind":"b","left":{"type":"a"},"right":{"type":"c"}})"}) {
    CAPTURE(record);
    CHECK_FALSE(failureOf(TransferStage::links, record).empty());
  }
}

TEST_CASE("a record is one complete JSON text") {
  for (std::size_t size = 0; size < entity.size(); ++size) {
    CHECK_FALSE(failureOf(TransferStage::entities, entity.substr(0, size)).empty());
  }
  for (std::size_t size = 0; size < link.size(); ++size) {
    CHECK_FALSE(failureOf(TransferStage::links, link.substr(0, size)).empty());
  }
  CHECK_FALSE(failureOf(TransferStage::entities, entity + entity).empty());
  CHECK_FALSE(failureOf(TransferStage::entities, R"({"type":"a","data":{"x":01}})").empty());
  CHECK(failureOf(TransferStage::entities, " " + entity + "\n").empty());
}

TEST_CASE("the records of a message are handed out as they are") {
  CHECK(split("[]").empty());
  CHECK(split(" [ ] ").empty());
  CHECK(split("null").empty());
  CHECK(split("[" + entity + "]") == std::vector<std::string>{entity});
  CHECK(split("[" + entity + " ,\n " + link + "," + configuration + "]\n") ==
        std::vector<std::string>{entity, link, configuration});
  CHECK(split("[{\n},1]") == std::vector<std::string>{"{\n}", "1"});
}

TEST_CASE("what is not one array of records is refused") {
  const std::string array = "[" + entity + "," + link + "]";
  for (std::size_t size = 0; size < array.size(); ++size) {
    CAPTURE(size);
    CHECK_THROWS_AS(split(array.substr(0, size)), wsferry::Error);
  }
  for (const char* text :
       {"{}", "1", "\"\"", "nul", "null 1", "[]]", "[] []", "[{},]", "[,{}]", "[{} {}]", "[{}}"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(split(text), wsferry::Error);
  }
}

TEST_CASE("a record goes on one line") {
  std::string storage = "untouched";
  CHECK(oneLine(entity, storage).data() == entity.data());
  CHECK(storage == "untouched");
  CHECK(oneLine("{\n  \"a\": \"\\n\",\r\n  \"b\": [1,\n2]\r}", storage) ==
        "{  \"a\": \"\\n\",  \"b\": [1,2]}");
  CHECK(oneLine("{\r}", storage) == "{}");
}

TEST_CASE("The attributes of an entity are slices of its text") {
  RecordInspector inspector;
  inspector.inspect(TransferStage::entities,
                    R"({"id":1,"data":{ "a" : {"b":[1]} ,"\u0063":null},"type":"api::a.a"})");
  REQUIRE(inspector.attributes().size() == 2);
  CHECK(inspector.attributes()[0].rawName == "a");
  CHECK(inspector.attributes()[0].member == R"("a" : {"b":[1]})");
  CHECK(inspector.attributes()[1].rawName == R"(\u0063)");
  CHECK(inspector.attributes()[1].member == R"("\u0063":null)");

  inspector.inspect(TransferStage::entities, R"({"type":"api::a.a","data":null})");
  CHECK(inspector.attributes().empty());
  inspector.inspect(TransferStage::entities, entity);
  CHECK_FALSE(inspector.attributes().empty());
  inspector.inspect(TransferStage::configuration, R"({"type":"a","data":{"b":1}})");
  CHECK(inspector.attributes().empty());
}

TEST_CASE("Data given twice is refused") {
  CHECK(failureOf(TransferStage::entities, R"({"type":"a","data":{},"d\u0061ta":{"b":1}})") ==
        "entities: record has data twice");
}

TEST_CASE("What is wrong in an array of records names the record") {
  const std::string text =
      R"([{"type":"a","id":1}, {"type":"api::b.b","id":7,"data":)" + std::string(600, '[');
  RecordArray records(text);
  std::string_view record;
  CHECK(records.next(record));
  try {
    records.next(record);
    FAIL("nothing was thrown");
  } catch (const wsferry::Error& error) {
    const std::string message = error.info().message;
    CHECK(message.find("JSON nests deeper than 512") != std::string::npos);
    CHECK(message.find(R"(, in the record "api::b.b" 7)") != std::string::npos);
  }
}
