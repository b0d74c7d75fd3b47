#include "wsferry/archive/content_comparison.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::archive;
using namespace wsferry::strapi;

namespace {

using Names = std::vector<std::string>;

struct Asset {
  std::string name;
  std::string metadata;
  std::vector<std::string> pieces;
};

struct Content {
  Metadata metadata{"2026-01-01T00:00:00.000Z", "5.54.0"};
  std::vector<Schema> schemas;
  std::vector<std::string> entities;
  std::vector<std::string> links;
  std::vector<std::string> configuration;
  std::vector<Asset> assets;
};

const std::vector<Schema> schemas = {
    {"api::article.article",
     R"({"modelType":"contentType","attributes":{"title":{"type":"string"},"meta":{"type":"json"},)"
     R"("seo":{"type":"component","repeatable":false,"component":"shared.seo"},)"
     R"("zone":{"type":"dynamiczone","components":["shared.quote","shared.link-list"]}}})"},
    {"api::tag.tag", R"({"modelType":"contentType","attributes":{"name":{"type":"string"}}})"},
    {"plugin::upload.file", R"({"modelType":"contentType","attributes":{}})"},
    {"shared.seo", R"({"modelType":"component","attributes":{"image":{"type":"media"}}})"},
    {"shared.quote", R"({"modelType":"component","attributes":{"text":{"type":"text"}}})"},
    {"shared.link", R"({"modelType":"component","attributes":{"label":{"type":"string"}}})"},
    {"shared.link-list",
     R"({"modelType":"component","attributes":{"links":{"type":"component","repeatable":true,)"
     R"("component":"shared.link"}}})"},
};

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// Puts an id in each place of @1 to @9, other ones for each `start`.
std::string numbered(std::string text, int start) {
  for (int i = 1; i <= 9; ++i) {
    text = replaced(text, "@" + std::to_string(i), std::to_string(start + (i * 7) % 10));
  }
  return text;
}

// What one server holds; with another `start`, what another holds after a push of it.
Content sample(int start) {
  Content content;
  content.schemas = schemas;
  content.entities = {
      R"({"type":"api::article.article","id":@1,"data":{"documentId":"aaa","title":"One","locale":"en",)"
      R"("publishedAt":null,"meta":{"id":5},"seo":{"id":@1,"image":1},)"
      R"("zone":[{"id":@1,"text":"q","__component":"shared.quote"},)"
      R"({"__component":"shared.link-list","id":@2,"links":[{"id":@3,"label":"l"},{"id":@4,"label":"l"}]}]}})",
      R"({"type":"api::article.article","id":@2,"data":{"documentId":"aaa","title":"One","locale":"en",)"
      R"("publishedAt":"2026-01-01","meta":null,"seo":null,"zone":[]}})",
      R"({"type":"api::tag.tag","id":@1,"data":{"documentId":"ttt","name":"x","locale":null,"publishedAt":"2026"}})",
      R"({"type":"plugin::upload.file","id":@5,"data":{"documentId":"fff","locale":null,"publishedAt":"2026"}})",
  };
  content.links = {
      R"({"kind":"relation.basic","relation":"manyToMany","left":{"type":"api::article.article","field":"tags","ref":@1,"pos":1},"right":{"type":"api::tag.tag","field":"articles","ref":@1,"pos":2}})",
      R"({"kind":"relation.basic","relation":"oneToOne","left":{"type":"shared.link","field":"article","ref":@4},"right":{"type":"api::article.article","ref":@2}})",
      R"({"kind":"relation.morph","relation":"morphToMany","left":{"type":"plugin::upload.file","field":"related","ref":@5},"right":{"ref":@1,"pos":1,"type":"shared.seo","field":"image"}})",
      R"({"kind":"relation.circular","relation":"oneToMany","left":{"type":"api::article.article","ref":@2,"field":"localizations"},"right":{"type":"api::article.article","ref":"aaa"}})",
  };
  content.configuration = {
      R"({"type":"core-store","value":{"id":@1,"key":"k","value":{"id":3},"environment":null,"tag":null}})",
      R"({"type":"core-store","value":{"id":@2,"key":"k","value":1,"environment":"e","tag":"t"}})",
      R"({"type":"webhook","value":{"id":@1,"name":"hook","url":"http://a.test"}})",
  };
  content.assets = {{"cat.png", R"({"id":@5,"name":"cat","size":1})", {"by", "tes"}},
                    {"dog.png", "{}", {}}};
  for (auto* records : {&content.entities, &content.links, &content.configuration}) {
    for (std::string& record : *records) {
      record = numbered(record, start);
    }
  }
  content.assets[0].metadata = numbered(content.assets[0].metadata, start);
  return content;
}

void fill(ContentIndex& index, const Content& content) {
  index.beforeTransfer({content.metadata, content.schemas, TransferFilter()});
  const auto put = [&](TransferStage stage, const std::vector<std::string>& records) {
    index.beginStage(stage);
    for (const std::string& record : records) {
      index.records().record(record);
    }
    index.endStage();
  };
  put(TransferStage::entities, content.entities);
  index.beginStage(TransferStage::assets);
  const auto idOf = [&](const Asset& asset) {
    return std::to_string(&asset - content.assets.data());
  };
  for (const Asset& asset : content.assets) {
    index.assets().begin(idOf(asset), {asset.name, 0, asset.metadata});
  }
  for (const Asset& asset : content.assets) {
    for (const std::string& piece : asset.pieces) {
      index.assets().write(idOf(asset), piece);
    }
    index.assets().end(idOf(asset));
  }
  index.endStage();
  put(TransferStage::links, content.links);
  put(TransferStage::configuration, content.configuration);
  index.close();
}

ContentDifference compare(const Content& first, const Content& second, std::size_t names = 20) {
  ContentIndex one;
  ContentIndex other;
  fill(one, first);
  fill(other, second);
  return compareContents(one, other, names);
}

// All that differs, one line each.
Names differences(const ContentDifference& difference) {
  Names lines;
  const auto add = [&](const std::string& part, const GroupDifference& group) {
    CHECK(group.added == group.addedNames.size());
    CHECK(group.removed == group.removedNames.size());
    CHECK(group.changed == group.changes.size());
    for (const std::string& name : group.removedNames) {
      lines.push_back(part + " - " + name);
    }
    for (const std::string& name : group.addedNames) {
      lines.push_back(part + " + " + name);
    }
    for (const ItemChange& change : group.changes) {
      lines.push_back(part + " ! " + change.name);
    }
  };
  for (const auto& [name, group] : difference.entitiesByType) {
    add(name, group);
  }
  for (const auto& [name, group] : difference.linksByKind) {
    add(name, group);
  }
  for (const auto& [name, group] : difference.configurationByType) {
    add(name, group);
  }
  add("assets", difference.assets);
  CHECK(difference.equal() == (lines.empty() && difference.schemas.empty()));
  return lines;
}

}  // namespace

TEST_CASE("The ids of a database do not count, nor does the order") {
  const Content first = sample(10);
  Content second = sample(5000);
  for (auto* records : {&second.entities, &second.links, &second.configuration}) {
    std::reverse(records->begin(), records->end());
  }
  std::reverse(second.assets.begin(), second.assets.end());
  second.assets[1].pieces = {"b", "ytes", ""};
  second.metadata.strapiVersion = "5.55.0";
  const ContentDifference difference = compare(first, second);
  CHECK(differences(difference).empty());
  CHECK(difference.first.strapiVersion == "5.54.0");
  CHECK(difference.second.strapiVersion == "5.55.0");
  CHECK(difference.entitiesByType.at("api::article.article").firstCount == 2);
  CHECK(difference.entitiesByType.at("api::article.article").secondCount == 2);
  CHECK(difference.linksByKind.at("relation.basic").firstCount == 2);
  CHECK(difference.configurationByType.at("core-store").secondCount == 2);
  CHECK(difference.assets.firstCount == 2);
}

TEST_CASE("Each change is seen, where it is and nowhere else") {
  const Content first = sample(10);
  Content second = sample(500);
  struct Change {
    std::string what;
    std::string with;
    Names seen;
  };
  const std::string article = "api::article.article";
  const std::string draft = article + " aaa/en/draft";
  const std::string published = article + " aaa/en/published";
  const std::string tagLink =
      "relation.basic - " + draft + " tags[1] -> api::tag.tag ttt/published articles[2]";
  const auto change = GENERATE_COPY(values<Change>({
      {R"("text":"q")", R"("text":"Q")", {article + " ! aaa/en/draft"}},
      {R"({"id":5})", R"({"id":6})", {article + " ! aaa/en/draft"}},
      {R"("documentId":"ttt")",
       R"("documentId":"uuu")",
       {"api::tag.tag - ttt/published", "api::tag.tag + uuu/published", tagLink,
        "relation.basic + " + draft + " tags[1] -> api::tag.tag uuu/published articles[2]"}},
      {R"("pos":2)",
       R"("pos":3)",
       {tagLink,
        "relation.basic + " + draft + " tags[1] -> api::tag.tag ttt/published articles[3]"}},
      {R"("ref":"aaa")",
       R"("ref":"bbb")",
       {"relation.circular - " + published + " localizations -> " + article + " aaa",
        "relation.circular + " + published + " localizations -> " + article + " bbb"}},
      {R"("field":"image")",
       R"("field":"icon")",
       {"relation.morph - plugin::upload.file fff/published related -> " + draft + " seo image[1]",
        "relation.morph + plugin::upload.file fff/published related -> " + draft + " seo icon[1]"}},
      {R"("relation":"manyToMany")",
       R"("relation":"oneToMany")",
       {tagLink, replaced(tagLink, "basic - ", "basic + ")}},
      {R"("value":{"id":3})", R"("value":{"id":4})", {"core-store ! k"}},
      {R"("value":1)", R"("value":2)", {"core-store ! k e t"}},
      {"http://a.test", "http://b.test", {"webhook ! hook"}},
      {R"("name":"hook")", R"("name":"hooks")", {"webhook - hook", "webhook + hooks"}},
      {R"("name":"cat")", R"("name":"Cat")", {"assets ! cat.png"}},
  }));
  CAPTURE(change.what);
  for (auto* records : {&second.entities, &second.links, &second.configuration}) {
    for (std::string& record : *records) {
      record = replaced(record, change.what, change.with);
    }
  }
  second.assets[0].metadata = replaced(second.assets[0].metadata, change.what, change.with);
  CHECK(differences(compare(first, second)) == change.seen);
}

TEST_CASE("A link of a component belongs to the place where the component is") {
  const Content first = sample(10);
  Content second = sample(500);
  // From the second link of the list to the first.
  second.links[1] =
      replaced(second.links[1], numbered("\"ref\":@4}", 500), numbered("\"ref\":@3}", 500));
  CHECK(differences(compare(first, second)) ==
        Names{"relation.basic - api::article.article aaa/en/draft zone[1].links[1] article -> "
              "api::article.article aaa/en/published",
              "relation.basic + api::article.article aaa/en/draft zone[1].links[0] article -> "
              "api::article.article aaa/en/published"});
}

TEST_CASE("What an archive fills in of a file's metadata is no difference to a server without it") {
  Content server = sample(1);
  server.assets[0].metadata = R"({"id":5,"name":null,"mime":null,"size":null})";
  Content archive = sample(2);
  archive.assets[0].metadata =
      R"({"id":9,"name":"cat.png","mime":"application/octet-stream","size":0.01})";
  CHECK(differences(compare(server, archive)).empty());
  archive.assets[0].metadata = replaced(archive.assets[0].metadata, "0.01", "0.02");
  CHECK(differences(compare(server, archive)) == Names{"assets ! cat.png"});
}

TEST_CASE("The bytes of assets count") {
  const Content first = sample(10);
  Content second = sample(10);
  second.assets[0].pieces = {"byte$"};
  second.assets[1].name = "dogs.png";
  CHECK(differences(compare(first, second)) ==
        Names{"assets - dog.png", "assets + dogs.png", "assets ! cat.png"});
}

TEST_CASE("Schemas count, however they are written") {
  const Content first = sample(10);
  Content second = sample(10);
  second.schemas[1].json = R"({"attributes":{"name":{"type":"string"}},"modelType":"contentType"})";
  CHECK(compare(first, second).equal());
  second.schemas[1].json = R"({"attributes":{"name":{"type":"text"}},"modelType":"contentType"})";
  const ContentDifference difference = compare(first, second);
  REQUIRE(difference.schemas.size() == 1);
  CHECK(difference.schemas[0].path == "attributes.name.type");
  CHECK_FALSE(difference.equal());
}

TEST_CASE("Schemas of types that never transfer do not count") {
  const Content first = sample(10);
  Content second = sample(10);
  second.schemas.push_back({"admin::audit-log", R"({"attributes":{}})"});
  second.schemas.push_back({"plugin::content-releases.release", R"({"attributes":{}})"});
  CHECK(compare(first, second).equal());
  CHECK(compare(second, first).equal());
}

TEST_CASE("Rows of Strapi 4 have no documentId: equal ones are the same, others go by their id") {
  Content first;
  first.schemas = schemas;
  first.entities = {R"({"type":"api::tag.tag","id":1,"data":{"name":"a"}})",
                    R"({"type":"api::tag.tag","id":2,"data":{"name":"b"}})",
                    R"({"type":"api::tag.tag","id":3,"data":{"name":"b"}})"};
  first.links = {
      R"({"kind":"relation.basic","left":{"type":"api::tag.tag","ref":1,"field":"next"},"right":{"type":"api::tag.tag","ref":3}})"};
  Content second = first;
  second.entities = {R"({"type":"api::tag.tag","id":7,"data":{"name":"a"}})",
                     R"({"type":"api::tag.tag","id":8,"data":{"name":"b"}})",
                     R"({"type":"api::tag.tag","id":9,"data":{"name":"b"}})"};
  second.links = {replaced(replaced(first.links[0], ":1,", ":7,"), ":3}", ":9}")};
  CHECK(differences(compare(first, second)).empty());

  SECTION("one is missing") {
    second.entities.pop_back();
    second.links.clear();
    CHECK(differences(compare(first, second)) ==
          Names{"api::tag.tag - 3", "relation.basic - api::tag.tag 1 next -> api::tag.tag 3"});
  }
  SECTION("one has changed, and its links have not") {
    second = first;
    second.entities[0] = replaced(second.entities[0], "\"a\"", "\"A\"");
    CHECK(differences(compare(first, second)) == Names{"api::tag.tag ! 1"});
  }
  SECTION("a link goes elsewhere") {
    second.links = {replaced(second.links[0], ":9}", ":8}")};
    CHECK(differences(compare(first, second)) ==
          Names{"relation.basic - api::tag.tag 1 next -> api::tag.tag 3",
                "relation.basic + api::tag.tag 7 next -> api::tag.tag 8"});
  }
}

TEST_CASE("Links are counted one by one, also those to what was not transferred") {
  Content first;
  const std::string lost =
      R"({"kind":"relation.basic","left":{"type":"a::a","ref":1,"field":"x"},"right":{"type":"b::b","ref":2}})";
  first.links = {lost, replaced(lost, ":2}", ":4}")};
  Content second;
  second.links = {replaced(lost, ":2}", ":3}")};
  CHECK(compare(first, second).linksByKind.at("relation.basic").removed == 1);
  CHECK(differences(compare(first, second)) ==
        Names{"relation.basic - a::a (not transferred) x -> b::b (not transferred)"});
}

TEST_CASE("What comes again in the same form counts once, and is told") {
  const Content first = sample(0);
  Content second = first;

  SECTION("an entity, a link wherever it stands among others, a file of another record") {
    second.entities.push_back(second.entities[2]);
    second.links.push_back(replaced(second.links[0], R"("pos":1)", R"("pos":2)"));
    second.assets.push_back({"cat.png", R"({"id":77,"name":"another cat"})", {"bytes"}});
    const ContentDifference difference = compare(first, second);
    CHECK(differences(difference).empty());
    CHECK(difference.firstDoubles == 0);
    CHECK(difference.secondDoubles == 3);
  }
  SECTION("another content of one entity is another entity") {
    second.entities.push_back(replaced(second.entities[2], R"("x")", R"("y")"));
    CHECK(compare(first, second).entitiesByType.at("api::tag.tag").added == 1);
  }
  SECTION("a file may stand in one list twice") {
    second.links.push_back(replaced(second.links[2], R"("pos":1)", R"("pos":2)"));
    CHECK(differences(compare(first, second)).size() == 1);
  }
  SECTION("other bytes under one name are another file") {
    second.assets.push_back({"cat.png", "{}", {"other"}});
    CHECK(differences(compare(first, second)) == Names{"assets + cat.png"});
  }
}

TEST_CASE("What a server writes for itself when it starts is told, and is no content") {
  const auto store = [](const std::string& key, const std::string& value) {
    return R"({"type":"core-store","value":{"id":1,"key":")" + key + R"(","value":)" + value + "}}";
  };
  Content first;
  first.configuration = {store("plugin_upload_metrics", R"({"weeklySchedule":"1"})")};
  Content second;
  second.configuration = {store("plugin_upload_metrics", R"({"weeklySchedule":"2"})"),
                          store("plugin_upload_media_library_default_notice", R"({"shown":true})"),
                          store("strapi_unidirectional-join-table-repair-ran", "true")};
  const ContentDifference difference = compare(first, second);
  CHECK(difference.equal());
  CHECK(difference.configurationByType.empty());
  const GroupDifference& own = difference.serverConfiguration;
  CHECK(own.firstCount == 1);
  CHECK(own.secondCount == 3);
  CHECK(own.addedNames == Names{"plugin_upload_media_library_default_notice",
                                "strapi_unidirectional-join-table-repair-ran"});
  REQUIRE(own.changes.size() == 1);
  CHECK(own.changes[0].name == "plugin_upload_metrics");

  SECTION("settings that somebody made are content") {
    second.configuration.push_back(store("plugin_upload_settings", "{}"));
    CHECK(differences(compare(first, second)) == Names{"core-store + plugin_upload_settings"});
  }
  SECTION("of a webhook without a name only the host is shown") {
    second.configuration = first.configuration;
    for (const char* const path : {"one", "two"}) {
      second.configuration.push_back(
          R"({"type":"webhook","value":{"url":"https://u:p@hooks.test/)" + std::string(path) +
          "\"}}");
    }
    CHECK(differences(compare(first, second)) ==
          Names{"webhook + hooks.test", "webhook + hooks.test"});
  }
  SECTION("a webhook may have any name") {
    second.configuration = first.configuration;
    second.configuration.push_back(
        R"({"type":"webhook","value":{"name":"plugin_upload_metrics"}})");
    CHECK(differences(compare(first, second)) == Names{"webhook + plugin_upload_metrics"});
  }
}

TEST_CASE("Halves of surrogate pairs that differ are a difference") {
  Content first = sample(1);
  Content second = sample(1);
  first.entities[2] = replaced(first.entities[2], R"("name":"x")", R"("name":"\ud800")");
  second.entities[2] = replaced(second.entities[2], R"("name":"x")", R"("name":"\ud801")");
  CHECK(differences(compare(first, second)).size() == 1);
  CHECK(differences(compare(first, first)).empty());
}

TEST_CASE("Of a component's view the list of ids does not count: a second start changes it") {
  const std::string view =
      R"({"type":"core-store","value":{"key":"plugin_content_manager_configuration_components::a.b",)"
      R"("value":{"uid":"a.b","metadatas":{"id":{"edit":{},"list":{"sortable":true}},)"
      R"("text":{"edit":{"label":"l"},"list":{"sortable":true}}}}}})";
  Content first;
  first.configuration = {view};
  Content second;
  second.configuration = {replaced(view, R"("edit":{},"list":{"sortable":true})",
                                   R"("edit":{},"list":{"sortable":false})")};
  CHECK(compare(first, second).equal());
  CHECK(compare(first, second).serverConfiguration.firstCount == 0);
  const std::string name = "core-store ! plugin_content_manager_configuration_components::a.b";
  second.configuration = {
      replaced(view, R"("l"},"list":{"sortable":true})", R"("l"},"list":{"sortable":false})")};
  CHECK(differences(compare(first, second)) == Names{name});
  for (auto* content : {&first, &second}) {
    content->configuration = {replaced(view, "_components::", "_content_types::")};
  }
  second.configuration = {replaced(second.configuration[0], "true", "false")};
  CHECK_FALSE(compare(first, second).equal());
}

namespace {

// The attributes of the only change in a group, such as `title: "a" -> "b"`.
Names attributesOf(const GroupDifference& group) {
  REQUIRE(group.changes.size() == 1);
  Names lines;
  for (const AttributeChange& each : group.changes[0].attributes) {
    lines.push_back(each.path + ": " + each.first + " -> " + each.second);
  }
  if (group.changes[0].moreAttributes > 0) {
    lines.push_back("and " + std::to_string(group.changes[0].moreAttributes));
  }
  return lines;
}

Content oneEntity(const std::string& type, const std::string& schema, const std::string& data) {
  Content content;
  content.schemas = {{type, R"({"modelType":"contentType","attributes":)" + schema + "}"}};
  content.entities = {R"({"type":")" + type + R"(","id":1,"data":)" + data + "}"};
  return content;
}

}  // namespace

TEST_CASE("A change names its attributes, with both values") {
  const Content first = sample(10);
  Content second = sample(500);
  second.entities[0] = replaced(second.entities[0], R"("title":"One")", R"("title":"Two")");
  second.entities[0] = replaced(second.entities[0], R"("meta":{"id":5})", R"("meta":{"x":null})");
  second.entities[0] = replaced(second.entities[0], R"("text":"q")", R"("text":"Q")");
  second.entities[0] = replaced(second.entities[0], R"({"id":507,"label":"l"})", "");
  second.assets[0].pieces = {"byte$!"};
  second.assets[0].metadata = R"({"id":1,"name":"Cat","size":1})";
  second.configuration[0] =
      replaced(second.configuration[0], R"("value":{"id":3})", R"("value":[3])");
  const ContentDifference difference = compare(first, second);
  CHECK(attributesOf(difference.entitiesByType.at("api::article.article")) ==
        Names{"meta.id: 5 -> ", "meta.x:  -> null", R"(title: "One" -> "Two")",
              R"(zone[0].text: "q" -> "Q")"});
  CHECK(attributesOf(difference.configurationByType.at("core-store")) ==
        Names{R"(value: {"id":3} -> [3])"});
  const Names asset = attributesOf(difference.assets);
  REQUIRE(asset.size() == 3);
  CHECK(asset[0].substr(0, 14) == "bytes.sha256: ");
  CHECK(asset[1] == "bytes.size: 5 -> 6");
  CHECK(asset[2] == R"(metadata.name: "cat" -> "Cat")");
}

TEST_CASE("Values are cut around the first difference, and between characters") {
  const std::string long1(300, 'a');
  std::string text = R"({"text":")" + long1 + "b" + long1 + R"(","short":1})";
  const Content first = oneEntity("api::a.a", R"({"text":{"type":"text"}})", text);
  text = replaced(text, "b", "\u00e9\u00e9");
  const Content second = oneEntity("api::a.a", R"({"text":{"type":"text"}})", text);
  const ContentDifference difference = compare(first, second);
  const GroupDifference& group = difference.entitiesByType.at("api::a.a");
  REQUIRE(group.changes.size() == 1);
  REQUIRE(group.changes[0].attributes.size() == 1);
  const AttributeChange& change = group.changes[0].attributes[0];
  const std::string before = "..." + std::string(20, 'a');
  CHECK(change.first == before + "b" + std::string(79, 'a') + "...");
  CHECK(change.second == before + "\xC3\xA9\xC3\xA9" + std::string(76, 'a') + "...");
}

TEST_CASE("Ten attributes of a change are told, and how many more there are") {
  std::string first = "{";
  for (char name = 'a'; name <= 'l'; ++name) {
    first += std::string(name == 'a' ? "\"" : ",\"") + name + "\":1";
  }
  const std::string second = replaced(first, ":1", ":2");
  const auto content = [](const std::string& data) {
    return oneEntity("api::a.a", "{}", data + "}");
  };
  const ContentDifference difference = compare(content(first), content(second));
  const Names lines = attributesOf(difference.entitiesByType.at("api::a.a"));
  REQUIRE(lines.size() == 11);
  CHECK(lines[9] == "j: 1 -> 2");
  CHECK(lines[10] == "and 2");
}

TEST_CASE("Secrets that have changed are named, and not shown") {
  const std::string schema =
      R"({"pin":{"type":"password"},"resetPasswordToken":{"type":"string"}})";
  const std::string data = R"({"pin":"$2a$10$x","resetPasswordToken":"r1","key":"k1"})";
  const ContentDifference ofUser =
      compare(oneEntity("plugin::users-permissions.user", schema, data),
              oneEntity("plugin::users-permissions.user", schema,
                        R"({"pin":"$2a$10$y","resetPasswordToken":null,"key":"k2"})"));
  CHECK(attributesOf(ofUser.entitiesByType.at("plugin::users-permissions.user")) ==
        Names{R"(key: "k1" -> "k2")", "pin: (not shown) -> (not shown)",
              "resetPasswordToken: (not shown) -> (not shown)"});

  Content first;
  first.configuration = {
      R"({"type":"core-store","value":{"key":"grant","value":{"github":{"key":"k","secret":""}}}})",
      R"({"type":"webhook","value":{"name":"hook","headers":{"X-Any":"h"},"url":"http://a"}})"};
  Content second = first;
  second.configuration[0] =
      R"({"type":"core-store","value":{"key":"grant","value":{"github":{"key":"c","secret":"s"}}}})";
  second.configuration[1] = replaced(second.configuration[1], R"("h")", R"("i")");
  const ContentDifference difference = compare(first, second);
  CHECK(attributesOf(difference.configurationByType.at("core-store")) ==
        Names{"value.github.key: (not shown) -> (not shown)",
              "value.github.secret: (not shown) -> (not shown)"});
  CHECK(attributesOf(difference.configurationByType.at("webhook")) ==
        Names{"headers.X-Any: (not shown) -> (not shown)"});
}

TEST_CASE("What is a secret by its form or by its name is not shown") {
  const std::string secret = GENERATE(as<std::string>{}, "S3CRET", "T0KEN-9f8e7d6c5b4a39281706");
  const auto [before, after] = GENERATE(table<std::string, std::string>({
      {R"("dsn":"postgres://u:old@h/db")", R"("dsn":"postgres://u:SECRET@h/db")"},
      {R"("link":"https://u:old@h/")", R"("link":"see https://u:SECRET@h/x")"},
      {R"("link":"http://h/hook?a=1&token=old")", R"("link":"http://h/hook?a=1&token=SECRET")"},
      {R"("link":"http://h/#access_token=old")", R"("link":"http://h/#access_token=SECRET")"},
      {R"("header":"none")", R"("header":"Bearer SECRET")"},
      {R"("header":"none")", R"("header":"authorization: basic SECRET")"},
      {R"("file":"none")", R"("file":"-----BEGIN RSA PRIVATE KEY-----\nSECRET")"},
      {R"("text":"none")", R"("text":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.SECRET")"},
      {R"("auth":"old")", R"("auth":"SECRET")"},
      {R"("smtpPass":"old")", R"("smtpPass":"SECRET")"},
      {R"("jwt":"old")", R"("jwt":{"a":"SECRET"})"},
      {R"("passphrase":"old")", R"("passphrase":["SECRET"])"},
      {R"("json":"{\"pass\":\"old\"}")", R"("json":"{\"pass\":\"SECRET\"}")"},
      {R"("json":"none")", R"("json":"[{\"auth\":\"SECRET\"}]")"},
      {R"("json":{})", R"("json":{"y":{"url":"https://u:SECRET@h/"}})"},
  }));
  CAPTURE(after);
  const std::string changed = replaced(after, "SECRET", secret);
  Content first;
  first.configuration = {R"({"type":"core-store","value":{"key":"k","value":{)" + before + "}}}"};
  Content second;
  second.configuration = {R"({"type":"core-store","value":{"key":"k","value":{)" + changed + "}}}"};
  const auto changes = attributesOf(compare(first, second).configurationByType.at("core-store"));
  REQUIRE(!changes.empty());
  for (const std::string& change : changes) {
    CAPTURE(change);
    CHECK(change.find(secret) == std::string::npos);
    CHECK(change.find("(not shown)") != std::string::npos);
  }
  // In content, too: a field of JSON holds anything.
  const std::string schema = R"({"meta":{"type":"json"}})";
  const auto ofContent = compare(oneEntity("api::a.a", schema, R"({"meta":{)" + before + "}}"),
                                 oneEntity("api::a.a", schema, R"({"meta":{)" + changed + "}}"));
  for (const std::string& change : attributesOf(ofContent.entitiesByType.at("api::a.a"))) {
    CHECK(change.find(secret) == std::string::npos);
  }
}

TEST_CASE("A value of configuration is a secret by the name of the whole") {
  const auto change = [](const std::string& key, const std::string& one, const std::string& other) {
    const auto of = [&key](const std::string& value) {
      Content content;
      content.configuration = {R"({"type":"core-store","value":{"key":")" + key + R"(","value":)" +
                               value + "}}"};
      return content;
    };
    return attributesOf(compare(of(one), of(other)).configurationByType.at("core-store"));
  };
  CHECK(change("my_api_token", R"("S3CRET")", R"("T4RTEC")") ==
        Names{"value: (not shown) -> (not shown)"});
  CHECK(change("my_api_token", R"({"lifespan":1})", R"({"lifespan":2})") ==
        Names{"value.lifespan: 1 -> 2"});
  CHECK(change("hook", R"("http://h/a")", R"("http://h/services/T00B00/x8Ge7Hn2Kq9Lm4Pz1Ws5Vt")") ==
        Names{R"(value: "http://h/a" -> (not shown))"});
}

TEST_CASE("What only sounds like a secret is shown") {
  const std::string schema = R"({"author":{"type":"string"},"text":{"type":"string"}})";
  const auto changes = attributesOf(
      compare(oneEntity("api::a.a", schema, R"({"author":"Ann","text":"x"})"),
              oneEntity("api::a.a", schema,
                        R"({"author":"Bob","text":"A basic ring; to bearer. https://h:80/a?b=1"})"))
          .entitiesByType.at("api::a.a"));
  CHECK(changes == Names{R"(author: "Ann" -> "Bob")",
                         R"(text: "x" -> "A basic ring; to bearer. https://h:80/a?b=1")"});
}

TEST_CASE("Secrets within a value that only one side has are not shown") {
  const auto [before, after] = GENERATE(table<std::string, std::string>({
      {R"({"type":"core-store","value":{"key":"grant","value":{}}})",
       R"({"type":"core-store","value":{"key":"grant","value":{"github":{"enabled":true,"secret":"S3CRET"}}}})"},
      {R"({"type":"core-store","value":{"key":"list","value":{"hooks":[1]}}})",
       R"({"type":"core-store","value":{"key":"list","value":{"hooks":[1,{"token":"S3CRET"}]}}})"},
  }));
  Content first;
  first.configuration = {before};
  Content second;
  second.configuration = {after};
  const auto changes = attributesOf(compare(first, second).configurationByType.at("core-store"));
  REQUIRE(!changes.empty());
  for (const std::string& change : changes) {
    CAPTURE(change);
    CHECK(change.find("S3CRET") == std::string::npos);
    CHECK(change.find("(not shown)") != std::string::npos);
  }
}

TEST_CASE("Equal times and numbers are equal where the schema says that they are some") {
  struct Case {
    std::string type;
    std::string first;
    std::string second;
    bool equal;
  };
  const auto each = GENERATE(values<Case>({
      {"time", R"("00:00:00.000")", R"("00:00:00")", true},
      {"time", R"("10:30:00.500")", R"("10:30:00.5")", true},
      {"time", R"("10:30:00.500")", R"("10:30:00.501")", false},
      {"time", R"("10:30")", R"("10:30:00")", true},
      {"time", R"("10:30")", R"("10:31")", false},
      {"time", R"("noon")", R"("noon.0")", false},
      {"time", R"("10:30:00x")", R"("10:30:00")", false},
      {"time", "null", R"("00:00:00")", false},
      {"string", R"("00:00:00.000")", R"("00:00:00")", false},
      {"json", R"("00:00:00.000")", R"("00:00:00")", false},
      {"datetime", R"("2024-02-29T23:30:00.000Z")", R"("2024-02-29T23:30:00Z")", true},
      {"datetime", R"("2024-02-29T23:30:00.000Z")", R"("2024-03-01T01:30:00+02:00")", true},
      {"datetime", R"("2024-02-29T23:30:00.000Z")", R"("2024-02-29 18:00:00-0530")", true},
      {"datetime", R"("2024-02-29T23:30:00.007Z")", "1709249400007", true},
      {"datetime", R"("1969-12-31T23:59:59.5Z")", R"("1970-01-01T00:59:59.500+01:00")", true},
      {"datetime", R"("2024-02-29T23:30:00.000Z")", R"("2024-02-29T23:30:00.001Z")", false},
      // Nobody knows in which place.
      {"datetime", R"("2024-02-29T23:30:00.000Z")", R"("2024-02-29T23:30:00.000")", false},
      // No such day.
      {"datetime", R"("2023-02-29T00:00:00Z")", R"("2023-03-01T00:00:00Z")", false},
      {"timestamp", R"("1709249400007")", "1709249400007", true},
      {"timestamp", R"("1709249400007")", R"("2024-02-29T23:30:00.007Z")", true},
      {"datetime", "99999999999999999999", "99999999999999999998", false},
      {"decimal", "1.50", "1.5", true},
      {"decimal", "2.00", "2", true},
      {"float", "-0.0", "0", true},
      {"decimal", "100", "1", false},
      // As PostgreSQL rounds.
      {"decimal", "146.304", "146.3", false},
      {"decimal", "1e10", "1e1", false},
      {"integer", "1.0", "1", false},
      {"biginteger", R"("9007199254740995")", R"("9007199254740996")", false},
  }));
  CAPTURE(each.type, each.first, each.second);
  const std::string schema =
      R"({"value":{"type":")" + each.type + R"("},"part":{"type":"component","component":"a.b"}})";
  const auto content = [&](const std::string& value, const std::string& data) {
    Content result = oneEntity("api::a.a", schema, replaced(data, "@", value));
    result.schemas.push_back({"a.b", R"({"attributes":)" + schema + "}"});
    return result;
  };
  for (const std::string data : {R"({"value":@})", R"({"part":{"id":1,"value":@}})"}) {
    CHECK(compare(content(each.first, data), content(each.second, data)).equal() == each.equal);
  }
}

TEST_CASE("Where a server keeps a file does not count, and what the file is does") {
  const std::string local =
      R"({"documentId":"f","name":"a","hash":"h","provider":"local","provider_metadata":null,)"
      R"("url":"/uploads/h.png","previewUrl":null,"formats":{"small":{"name":"s","hash":"s",)"
      R"("url":"/uploads/s.png","width":5}}})";
  const std::string remote =
      R"({"documentId":"f","name":"a","hash":"h","provider":"aws-s3","provider_metadata":{"x":1},)"
      R"("url":"https://b.test/h.png?X-Amz-Signature=1","previewUrl":"https://b.test/p",)"
      R"("formats":{"small":{"name":"s","hash":"s","provider_metadata":{"y":2},)"
      R"("url":"https://b.test/s.png","width":5}}})";
  const auto content = [](const std::string& file) {
    Content result = oneEntity("plugin::upload.file", R"({"formats":{"type":"json"}})", file);
    result.assets = {{"h.png", file, {"bytes"}}};
    return result;
  };
  CHECK(compare(content(local), content(remote)).equal());

  const ContentDifference changed =
      compare(content(local), content(replaced(remote, "\"width\":5", "\"width\":6")));
  CHECK(attributesOf(changed.entitiesByType.at("plugin::upload.file")) ==
        Names{"formats.small.width: 5 -> 6"});
  CHECK(attributesOf(changed.assets) == Names{"metadata.formats.small.width: 5 -> 6"});

  SECTION("the same names elsewhere are content") {
    const Content first = oneEntity("api::a.a", "{}", R"({"documentId":"d","url":"a"})");
    const Content second = oneEntity("api::a.a", "{}", R"({"documentId":"d","url":"b"})");
    CHECK(differences(compare(first, second)) == Names{"api::a.a ! d/draft"});
  }
  SECTION("logos are files too") {
    const std::string settings =
        R"({"type":"core-store","value":{"key":"core_admin_project-settings","value":{"menuLogo":)"
        R"({"name":"l","url":"/uploads/l.png","provider":"local"},"authLogo":null}}})";
    Content first;
    first.configuration = {settings};
    Content second;
    second.configuration = {
        replaced(replaced(settings, "/uploads/l.png", "https://b.test/l"), "local", "aws-s3")};
    CHECK(compare(first, second).equal());
    second.configuration = {replaced(settings, R"("l")", R"("m")")};
    CHECK(attributesOf(compare(first, second).configurationByType.at("core-store")) ==
          Names{R"(value.menuLogo.name: "l" -> "m")"});
  }
}

TEST_CASE("Content of any size is compared, and what changed is found in it") {
  // More than stays in memory, and a text longer than what a file gives at a time.
  Content first;
  for (int i = 0; i < 20; ++i) {
    first.entities.push_back(R"({"type":"api::a.a","id":1,"data":{"documentId":")" +
                             std::to_string(i) + R"(","text":")" +
                             std::string(1'000'000, static_cast<char>('a' + i)) + R"("}})");
  }
  Content second = first;
  second.entities[19].insert(second.entities[19].size() - 3, "!");
  const ContentDifference difference = compare(first, second);
  CHECK(attributesOf(difference.entitiesByType.at("api::a.a")) ==
        Names{"text: ..." + std::string(20, 't') + "\" -> ..." + std::string(20, 't') + "!\""});
}

TEST_CASE("Groups of one side only are told, with as many names as asked for") {
  const Content first = sample(10);
  Content second = sample(10);
  second.entities = {second.entities[0]};
  for (const char* document : {"d", "c", "b"}) {
    second.entities.push_back(R"({"type":"api::new.new","id":1,"data":{"documentId":")" +
                              std::string(document) + R"("}})");
  }
  const ContentDifference difference = compare(first, second, 2);
  const GroupDifference& added = difference.entitiesByType.at("api::new.new");
  CHECK(added.firstCount == 0);
  CHECK(added.secondCount == 3);
  CHECK(added.added == 3);
  CHECK(added.addedNames == Names{"b/draft", "c/draft"});
  CHECK(difference.entitiesByType.at("api::tag.tag").removed == 1);
  CHECK(compare(first, second, 0).entitiesByType.at("api::new.new").addedNames.empty());
}

TEST_CASE("An index starts anew with each transfer") {
  ContentIndex one;
  fill(one, sample(10));
  fill(one, sample(20));
  ContentIndex other;
  fill(other, sample(30));
  CHECK(compareContents(one, other).equal());
}

TEST_CASE("What is no record, or an asset that is not open, is refused") {
  ContentIndex index;
  index.beforeTransfer({});
  index.beginStage(TransferStage::entities);
  CHECK_THROWS_AS(index.records().record("[]"), Error);
  CHECK_THROWS_AS(index.records().record("{\"a\":}"), Error);
  CHECK_THROWS_AS(index.assets().write("1", "x"), Error);
}
