#include "wsferry/strapi/detail/messages/record_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/messages/record_array.hpp"

using wsferry::strapi::oneLine;
using wsferry::strapi::Record;
using wsferry::strapi::RecordArray;
using wsferry::strapi::RecordReader;
using wsferry::strapi::RecordViews;
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

// What the reader says, with copies of its views.
struct Types {
  explicit Types(const RecordViews& views)
      : type(views.stage == TransferStage::links           ? views.link.left.type
             : views.stage == TransferStage::configuration ? views.configuration.type
                                                           : views.entity.type),
        otherType(views.link.right.type),
        aggregate(views.aggregate()) {}
  std::string type;
  std::string otherType;
  std::string aggregate;
};

Types inspect(TransferStage stage, std::string_view record) {
  RecordReader reader;
  return Types(reader.read(stage, record).views());
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
  RecordReader reader;
  RecordArray records(TransferStage::entities, array, reader);
  std::vector<std::string> result;
  while (const auto record = records.next()) {
    result.emplace_back(record->text());
  }
  REQUIRE_FALSE(records.next());
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

TEST_CASE("a reader keeps nothing of the record before") {
  RecordReader reader;
  const auto read = [&](TransferStage stage, std::string_view text) {
    return Types(reader.read(stage, text).views());
  };
  CHECK(read(TransferStage::entities, R"({"type":"\u0061"})").type == "a");
  CHECK(read(TransferStage::entities, R"({"type":"b"})").type == "b");
  CHECK_THROWS_AS(read(TransferStage::entities, "{}"), wsferry::Error);
  CHECK(read(TransferStage::links, link).aggregate == "relation.basic");
  const Types types = read(TransferStage::links, R"({"left":{"type":"l"},"right":{"type":"r"}})");
  CHECK(types.aggregate.empty());
  CHECK_THROWS_AS(read(TransferStage::links, R"({"left":{"type":"l"}})"), wsferry::Error);
  CHECK(read(TransferStage::entities, entity).otherType.empty());
  const Record last = reader.read(TransferStage::entities, R"({"type":"b"})");
  CHECK(last.entity().id.empty());
  CHECK(last.entity().attributes.empty());
  CHECK(last.link().right.field.empty());
}

TEST_CASE("a record's views tell what is in it") {
  RecordReader reader;
  const Record ofEntity = reader.read(TransferStage::entities, entity);
  CHECK(ofEntity.text() == entity);
  CHECK(ofEntity.entity().id == "1");
  CHECK(ofEntity.entity().data ==
        entity.substr(entity.find(R"({"documentId")"),
                      entity.size() - entity.find(R"({"documentId")") - 1));
  CHECK(ofEntity.entity().attributes.size() == 6);

  const Record ofLink = reader.read(TransferStage::links, link);
  CHECK(ofLink.link().kind == "relation.basic");
  CHECK(ofLink.link().relation == "manyToOne");
  CHECK(ofLink.link().left.type == "api::article.article");
  CHECK(ofLink.link().left.ref == "2");
  CHECK(ofLink.link().left.field == "\"author\"");
  CHECK(ofLink.link().left.position.empty());
  CHECK(ofLink.link().right.ref == "7");
  CHECK(ofLink.link().right.field == "\"articles\"");
  CHECK(ofLink.link().right.position == "1");
  CHECK(ofLink.link().right.text ==
        R"({"type":"api::author.author","field":"articles","ref":7,"pos":1})");

  const Record ofConfiguration = reader.read(TransferStage::configuration, configuration);
  CHECK(ofConfiguration.configuration().type == "core-store");
  CHECK(ofConfiguration.configuration().value.substr(0, 8) == R"({"id":1,)");
  CHECK(ofConfiguration.entity().type.empty());

  const Record ofSchema = reader.read(TransferStage::schemas, R"({"uid":"a.a","attributes":{ }})");
  CHECK(ofSchema.views().schema.uid == "a.a");
  CHECK(ofSchema.views().schema.attributes == "{ }");
}

TEST_CASE("a record of plain text is read once") {
  const Record plain(entity);
  CHECK_FALSE(plain.isRead());
  CHECK_THROWS_AS(plain.entity(), wsferry::Error);
  RecordReader reader;
  const Record record = reader.read(TransferStage::entities, plain);
  REQUIRE(record.isRead());
  RecordReader other;
  CHECK(&other.read(TransferStage::entities, record).views() == &record.views());
}

TEST_CASE("a record that is not UTF-8 is refused") {
  CHECK(failureOf(TransferStage::entities, "{\"type\":\"a\",\"data\":{\"b\":\"\xFF\"}}") ==
        "entities: record is not UTF-8");
}

TEST_CASE("A look tells what there is of a record that is wrong") {
  RecordReader reader;
  const auto& reading = reader.reading();
  reader.look(TransferStage::entities, R"({"type":5,"id":7,"type":"a"})");
  CHECK(reading.problem.text() == "has no string as type");
  CHECK(reading.hasName);
  CHECK(reading.name() == "a");
  CHECK(reading.entity.id == "7");
  CHECK_THROWS_AS(reader.look(TransferStage::entities, R"({"type":"b","id":8,"data":)"),
                  wsferry::Error);
  CHECK(reading.name() == "b");
  CHECK(reading.entity.id == "8");
  reader.look(TransferStage::links, R"({"kind":"k","left":[],"right":{"type":"r","ref":1}})");
  CHECK(reading.problem.text() == "has no object where left.type belongs");
  CHECK(reading.name() == "k");
  CHECK(reading.link.left.text == "[]");
  CHECK(reading.link.right.ref == "1");
  reader.look(TransferStage::links, "7");
  CHECK_FALSE(reading.isObject);
  CHECK_FALSE(reading.hasName);
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
  CHECK(split("[{\n},1]") == std::vector<std::string>{"{}", "1"});
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
  RecordReader reader;
  const auto attributesOf = [&](TransferStage stage, std::string_view text) {
    return reader.read(stage, text).entity().attributes;
  };
  const auto attributes =
      attributesOf(TransferStage::entities,
                   R"({"id":1,"data":{ "a" : {"b":[1]} ,"\u0063":null},"type":"api::a.a"})");
  REQUIRE(attributes.size() == 2);
  CHECK(attributes[0].rawName == "a");
  CHECK(attributes[0].member() == R"("a" : {"b":[1]})");
  CHECK(attributes[1].rawName == R"(\u0063)");
  CHECK(attributes[1].member() == R"("\u0063":null)");

  CHECK(attributesOf(TransferStage::entities, R"({"type":"api::a.a","data":null})").empty());
  CHECK_FALSE(attributesOf(TransferStage::entities, entity).empty());
  CHECK(attributesOf(TransferStage::configuration, R"({"type":"a","data":{"b":1}})").empty());
}

TEST_CASE("Data given twice is refused") {
  CHECK(failureOf(TransferStage::entities, R"({"type":"a","data":{},"d\u0061ta":{"b":1}})") ==
        "entities: record has data twice");
}

TEST_CASE("What is wrong in an array of records names the record") {
  const std::string text =
      R"([{"type":"a","id":1}, {"type":"api::b.b","id":7,"data":)" + std::string(600, '[');
  RecordReader reader;
  RecordArray records(TransferStage::entities, text, reader);
  CHECK(records.next());
  try {
    records.next();
    FAIL("nothing was thrown");
  } catch (const wsferry::Error& error) {
    const std::string message = error.info().message;
    CHECK(message.find("JSON nests deeper than 512") != std::string::npos);
    CHECK(message.find(R"(, in the record "api::b.b" 7)") != std::string::npos);
  }
}

TEST_CASE("The records of a message have their views, if they are right") {
  const std::string text = R"([{"type":"a","id":1},{"id":2},{"type":)"
                           "\n"
                           R"("c"}])";
  RecordReader reader;
  RecordArray records(TransferStage::entities, text, reader);
  const auto first = records.next();
  REQUIRE(first);
  CHECK(first->entity().type == "a");
  const auto second = records.next();
  REQUIRE(second);
  CHECK(second->text() == R"({"id":2})");
  CHECK_FALSE(second->isRead());
  const auto third = records.next();
  REQUIRE(third);
  CHECK(third->text() == R"({"type":"c"})");
  CHECK(third->entity().type == "c");
}
