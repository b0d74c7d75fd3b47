#include "wsferry/strapi/detail/schema/fitting_values.hpp"

#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/detail/json/json_cursor.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

namespace {

std::vector<EntityAttribute> attributesOf(const std::string& record) {
  std::vector<EntityAttribute> attributes;
  JsonCursor cursor(record);
  forEachMember(cursor, [&](std::string_view key) {
    if (key != "data" || !cursor.enterObject()) {
      cursor.skipValue();
      return;
    }
    std::string_view name;
    while (cursor.nextKey(name)) {
      const std::string_view value = cursor.skipValue();
      attributes.push_back({name, value});
    }
  });
  return attributes;
}

std::string schemaOf(const std::string& attributes) {
  return R"({"modelType":"contentType","attributes":{)" + attributes + "}}";
}

const std::string seo = R"("title":{"type":"string"},"image":{"type":"media"})";
const std::string list = R"("name":{"type":"string"},)"
                         R"("links":{"type":"component","repeatable":true,"component":"s.link"})";
const std::string article =
    R"("title":{"type":"string"},"meta":{"type":"json"},"body":{"type":"blocks"},)"
    R"("seo":{"type":"component","repeatable":false,"component":"s.seo"},)"
    R"("parts":{"type":"component","repeatable":true,"component":"s.seo"},)"
    R"("zone":{"type":"dynamiczone","components":["s.seo","s.list"]},"to":{"type":"relation"})";

KnownContent content(const std::string& type = article, const std::string& component = seo) {
  KnownContent known;
  known.add("api::a.a", schemaOf(type));
  known.add("s.seo", schemaOf(component));
  known.add("s.link", schemaOf(R"("url":{"type":"string"})"));
  known.add("s.list", schemaOf(list));
  return known;
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  const auto place = text.find(part);
  REQUIRE(place != std::string::npos);
  return text.replace(place, part.size(), by);
}

// An entity with this data, what of the data is kept, and what of it is told, as `path reason`.
struct Result {
  std::string kept;
  std::vector<std::string> told;
  bool isSame = false;
};

Result fit(const std::string& data, const std::string& from = article,
           const std::string& to = article, const std::string& component = seo) {
  KnownContent source = content(from);
  KnownContent destination = content(to, component);
  FittingValues values(source, destination);
  const std::string head = R"({"type":"api::a.a","data":)";
  const std::string record = head + data + R"(,"id":1})";
  const std::string_view kept = values.fit(record, "api::a.a", attributesOf(record));
  Result result;
  result.isSame = kept.data() == record.data();
  REQUIRE(kept.substr(0, head.size()) == head);
  REQUIRE(kept.substr(kept.size() - 8) == R"(,"id":1})");
  JsonCursor(kept).skipValue();
  result.kept = std::string(kept.substr(head.size(), kept.size() - head.size() - 8));
  for (const Misfit& misfit : values.misfits()) {
    result.told.push_back(misfit.path + " " + misfit.reason);
  }
  return result;
}

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("what fits is not touched") {
  const std::string data = GENERATE(
      as<std::string>{}, "{}", "null", R"({"title":"a"})",
      R"({"documentId":"d","title":null,"seo":null,"parts":[],"zone":[],"to":null})",
      R"({"meta":{"any":[1]},"body":[{"x":1}],"seo":{"id":1,"title":"t","image":null}})",
      R"({"parts":[],"zone":[{"__component":"s.seo","id":1,"title":"x"}]})",
      R"({"zone":[{"id":2,"__component":"s.list","links":[{"id":1,"url":"u"}]}],"parts":[{"id":3}]})");
  CAPTURE(data);
  const Result result = fit(data);
  CHECK(result.isSame);
  CHECK(result.told.empty());
}

TEST_CASE("lists of components are no null, which a server breaks off at") {
  const Result result = fit(R"({"title":"a","parts":null,"zone":null})");
  CHECK(result.told == Told{"parts is a single value where an array of components belongs",
                            "zone is a single value where a dynamic zone belongs"});
}

TEST_CASE("a relation has no value") {
  CHECK(fit(R"({"to":[]})").told.empty());
  CHECK(fit(R"({"to":3})").told == Told{"to refers to other records, which only links may do"});
}

TEST_CASE("an attribute that the destination lacks is left out wherever it is") {
  const Result top = fit(R"({"old":{"x":[1]},"title":"a","older":2})");
  CHECK(top.kept == R"({"title":"a"})");
  CHECK(top.told == Told{"old is not known", "older is not known"});
  const Result inComponent = fit(R"({"seo":{"id":1,"more":"lost","title":"t"},"title":"a"})");
  CHECK(inComponent.kept == R"({"seo":{"id":1,"title":"t"},"title":"a"})");
  CHECK(inComponent.told == Told{"seo.more is not known"});
  const Result repeated = fit(R"({"parts":[{"id":1},{"id":2,"more":1},{"more":2}]})");
  CHECK(repeated.kept == R"({"parts":[{"id":1},{"id":2},{}]})");
  CHECK(repeated.told == Told{"parts[].more is not known", "parts[].more is not known"});
  const Result nested =
      fit(R"({"zone":[{"__component":"s.list","links":[{"id":1,"url":"u","more":{}},{"id":2}]}]})");
  CHECK(nested.kept ==
        R"({"zone":[{"__component":"s.list","links":[{"id":1,"url":"u"},{"id":2}]}]})");
  CHECK(nested.told == Told{"zone[s.list].links[].more is not known"});
}

TEST_CASE("the schemas of both sides tell what fits") {
  // The destination's component has an attribute less.
  const Result less =
      fit(R"({"seo":{"id":1,"title":"t"}})", article, article, R"("image":{"type":"media"})");
  CHECK(less.kept == R"({"seo":{"id":1}})");
  CHECK(less.told == Told{"seo.title is not known"});
  const Result text =
      fit(R"({"title":"a","seo":{"id":1,"title":"t"}})", article,
          replaced(article, R"({"type":"component","repeatable":false,"component":"s.seo"})",
                   R"({"type":"text"})"));
  CHECK(text.kept == R"({"title":"a"})");
  CHECK(text.told == Told{"seo is a component where a value of the type text belongs"});
  const Result other =
      fit(R"({"seo":{"id":1,"title":"t"},"title":"a"})", article,
          replaced(article, R"("component":"s.seo"},"parts")", R"("component":"s.link"},"parts")"));
  CHECK(other.kept == R"({"title":"a"})");
  CHECK(other.told == Told{"seo is of s.seo where s.link belongs"});
  const Result fromText =
      fit(R"({"seo":"words"})",
          replaced(article, R"({"type":"component","repeatable":false,"component":"s.seo"})",
                   R"({"type":"text"})"));
  CHECK(fromText.kept == "{}");
  CHECK(fromText.told == Told{"seo is a value of the type text where a component belongs"});
  const Result relation =
      fit(R"({"title":"a"})", article,
          replaced(article, R"("title":{"type":"string"})", R"("title":{"type":"relation"})"));
  CHECK(relation.kept == "{}");
  CHECK(relation.told == Told{"title is a value of the type string where a relation belongs"});
  const Result zone =
      fit(R"({"zone":[{"__component":"s.list","id":1},{"__component":"s.seo","id":1}]})", article,
          replaced(article, R"("s.seo","s.list")", R"("s.seo")"));
  CHECK(zone.kept == R"({"zone":[{"__component":"s.seo","id":1}]})");
  CHECK(zone.told == Told{"zone[] is of s.list, which has no place here"});
}

TEST_CASE("a value of another form than its attribute is left out") {
  const auto [data, kept, told] = GENERATE(table<std::string, std::string, std::string>({
      {R"({"seo":"x"})", "{}", "seo is a text where a component belongs"},
      {R"({"seo":[{"id":1}]})", "{}", "seo is an array where a component belongs"},
      {R"({"parts":{"id":1}})", "{}", "parts is an object where an array of components belongs"},
      {R"({"parts":[{"id":1},"x"]})", R"({"parts":[{"id":1}]})",
       "parts[] is a text where a component belongs"},
      {R"({"zone":{"id":1}})", "{}", "zone is an object where a dynamic zone belongs"},
      {R"({"zone":[{"id":1}]})", R"({"zone":[]})", "zone[] does not say which component it is"},
      {R"({"zone":[{"__component":"s.link"}]})", R"({"zone":[]})",
       "zone[] is of s.link, which has no place here"},
      {R"({"title":{"a":1}})", "{}", "title is an object where a value of the type string belongs"},
      {R"({"title":[1]})", "{}", "title is an array where a value of the type string belongs"},
  }));
  CAPTURE(data);
  const Result result = fit(data);
  CHECK(result.kept == kept);
  CHECK(result.told == Told{told});
}

TEST_CASE("what is kept is told of by a judge only") {
  const std::string data = R"({"title":"a","seo":{"id":"7","title":"t"},"gone":1})";
  const Result result = fit(data);
  CHECK(result.kept == R"({"title":"a","seo":{"id":"7","title":"t"}})");
  CHECK(result.told == Told{"gone is not known"});

  KnownContent source = content(article);
  KnownContent destination = content(article);
  FittingValues values(source, destination);
  const std::string record = R"({"type":"api::a.a","data":)" + data + R"(,"id":1})";
  const auto attributes = attributesOf(record);
  const auto& misfits = values.judge("api::a.a", attributes);
  REQUIRE(misfits.size() == 2);
  CHECK(misfits[0].path == "seo");
  CHECK(misfits[0].reason == "has an id that is not a number");
  CHECK(misfits[1].isUnknown);
}
