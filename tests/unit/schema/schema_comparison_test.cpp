#include "wsferry/strapi/schema_comparison.hpp"

#include <string>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

namespace {

// As Strapi 5.54.0 sends it, but for less important attributes.
const std::string profile =
    R"({"collectionName":"profiles","info":{"singularName":"profile","pluralName":"profiles",)"
    R"("displayName":"Profile"},"options":{"draftAndPublish":false},"pluginOptions":{},)"
    R"("attributes":{"handle":{"type":"string","required":true,"unique":true},)"
    R"("settings":{"type":"json"},"author":{"type":"relation","relation":"oneToOne",)"
    R"("target":"api::author.author","mappedBy":"profile"},"createdAt":{"type":"datetime"},)"
    R"("createdBy":{"type":"relation","relation":"oneToOne","target":"admin::user",)"
    R"("configurable":false,"writable":false,"visible":false,"useJoinTable":false,"private":true},)"
    R"("status":{"type":"enumeration","enum":["new","old"],"default":"new"},)"
    R"("locale":{"writable":true,"private":true,"configurable":false,"visible":false,)"
    R"("type":"string"}},"kind":"collectionType","modelType":"contentType",)"
    R"("modelName":"profile","uid":"api::profile.profile","globalId":"Profile"})";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

// Differences as text: the kind's sign, the path, both values.
std::vector<std::string> differences(const std::vector<Schema>& source,
                                     const std::vector<Schema>& destination,
                                     const SchemaComparisonOptions& options = {}) {
  std::vector<std::string> lines;
  for (const SchemaDifference& found : compareSchemas(source, destination, options)) {
    const char sign = found.kind == SchemaDifference::Kind::onlyInSource        ? '-'
                      : found.kind == SchemaDifference::Kind::onlyInDestination ? '+'
                                                                                : '!';
    lines.push_back(sign + (found.uid + " " + found.path));
    if (!found.path.empty()) {
      lines.back() += " " + found.sourceValue + "|" + found.destinationValue;
    }
  }
  return lines;
}

std::vector<std::string> between(const std::string& source, const std::string& destination,
                                 SchemaStrategy strategy) {
  SchemaComparisonOptions options;
  options.strategy = strategy;
  return differences({{"a", source}}, {{"a", destination}}, options);
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("Each difference is one line, and strict leaves some out") {
  struct Case {
    std::string what;
    std::string with;
    Lines exact;
    Lines strict;
  };
  const auto example = GENERATE(values<Case>({
      {R"("type":"json")",
       R"("type":"text")",
       {R"(!a attributes.settings.type "json"|"text")"},
       {R"(!a attributes.settings.type "json"|"text")"}},
      {R"("required":true)",
       R"("required":false)",
       {"!a attributes.handle.required true|false"},
       {}},
      {R"("required":true,)", "", {"-a attributes.handle.required true|"}, {}},
      {R"("default":"new")", R"("default":[1])", {R"(!a attributes.status.default "new"|[1])"}, {}},
      {R"("private":true},"status")",
       R"("private":0},"status")",
       {"!a attributes.createdBy.private true|0"},
       {}},
      {R"("configurable":false,"writable")",
       R"("configurable":1,"writable")",
       {"!a attributes.createdBy.configurable false|1"},
       {}},
      {R"("unique":true)",
       R"("unique":null)",
       {"!a attributes.handle.unique true|null"},
       {"!a attributes.handle.unique true|null"}},
      {R"(["new","old"])",
       R"(["old"])",
       {R"(!a attributes.status.enum.0 "new"|"old")", R"(-a attributes.status.enum.1 "old"|)"},
       {R"(!a attributes.status.enum.0 "new"|"old")", R"(-a attributes.status.enum.1 "old"|)"}},
      {R"("settings":{"type":"json"},)",
       "",
       {R"(-a attributes.settings {"type":"json"}|)"},
       {R"(-a attributes.settings {"type":"json"}|)"}},
      {R"("kind":)",
       R"("more":{"required":1},"kind":)",
       {R"(+a more |{"required":1})"},
       {R"(+a more |{"required":1})"}},
      {R"("draftAndPublish":false)",
       R"("default":0)",
       {"+a options.default |0", "-a options.draftAndPublish false|"},
       {"+a options.default |0", "-a options.draftAndPublish false|"}},
  }));
  const std::string other = replaced(profile, example.what, example.with);
  CAPTURE(example.what, example.with);
  CHECK(between(profile, other, SchemaStrategy::exact) == example.exact);
  CHECK(between(profile, other, SchemaStrategy::strict) == example.strict);
  CHECK(between(profile, other, SchemaStrategy::ignore).empty());
}

TEST_CASE("What is ignored below an attribute is ignored there only") {
  const auto found = [](const std::string& source, const std::string& destination) {
    return between(source, destination, SchemaStrategy::strict);
  };
  CHECK(found(R"({"required":1})", R"({"required":2})") == Lines{"!a required 1|2"});
  CHECK(found(R"({"attributes":{"x":{"default":{"a":1}}}})",
              R"({"attributes":{"x":{"default":{"a":2}}}})") ==
        Lines{"!a attributes.x.default.a 1|2"});
  CHECK(found(R"({"attributes":{"x.default":1}})", R"({"attributes":{"x.default":2}})") ==
        Lines{"!a attributes.x.default 1|2"});
  CHECK(found(R"({"x":{"y":{"default":1}}})", R"({"x":{"y":{"default":2}}})") ==
        Lines{"!a x.y.default 1|2"});
}

TEST_CASE("Values count, not how they are written") {
  const auto equal = [](const std::string& one, const std::string& other) {
    return between(R"({"v":)" + one + "}", R"({"v":)" + other + "}", SchemaStrategy::exact).empty();
  };
  CHECK(equal("1", "1.0"));
  CHECK(equal("100", "1E2"));
  CHECK(equal("-0", "0"));
  CHECK(equal(R"("a\u0062")", R"("ab")"));
  CHECK(equal(R"({"a":1,"b":[true,null]})", R"( { "b" : [ true , null ], "\u0061" : 1 } )"));
  CHECK(equal(R"({"a":1,"a":2})", R"({"a":2})"));
  CHECK(equal("{}", "[]"));  // As the official comparison has it.
  CHECK(equal(R"({"0":7})", "[7]"));
  CHECK_FALSE(equal("1", "2"));
  CHECK_FALSE(equal("1", R"("1")"));
  CHECK_FALSE(equal("null", "false"));
  CHECK_FALSE(equal("null", "{}"));
  CHECK_FALSE(equal("[1,2]", "[2,1]"));
  CHECK_FALSE(equal("0.1", "0.10000000000000001e1"));
}

TEST_CASE("Elements of arrays come in their order") {
  CHECK(between("{\"v\":[0,0,0,0,0,0,0,0,0,0,0]}", "{\"v\":[0,0,1,0,0,0,0,0,0,0]}",
                SchemaStrategy::exact) == Lines{"!a v.2 0|1", "-a v.10 0|"});
}

TEST_CASE("Indexes come before names, whatever digits these begin with") {
  const std::string members = R"("10":1,"1a":1,"2":1,"20":1,"1b":1,"3":1)";
  const std::string changed = R"("10":2,"1a":2,"2":2,"20":2,"1b":2,"3":2)";
  CHECK(between("{" + members + "}", "{" + changed + "}", SchemaStrategy::exact) ==
        Lines{"!a 2 1|2", "!a 3 1|2", "!a 10 1|2", "!a 20 1|2", "!a 1a 1|2", "!a 1b 1|2"});
}

TEST_CASE("Whole types are only on one side, sorted by uid") {
  const std::vector<Schema> source = {{"b::b", profile}, {"a::a", profile}};
  const std::vector<Schema> destination = {{"c::c", profile}, {"b::b", profile}};
  CHECK(differences(source, destination) == Lines{"-a::a ", "+c::c "});
}

TEST_CASE("Types that never transfer do not count, whatever counts of others") {
  SchemaComparisonOptions options;
  for (const SchemaStrategy strategy : {SchemaStrategy::strict, SchemaStrategy::exact}) {
    options.strategy = strategy;
    for (const char* uid : {"admin::user", "plugin::content-releases.release",
                            "plugin::content-releases.release-action"}) {
      CAPTURE(uid);
      CHECK(differences({{uid, profile}}, {}, options).empty());
      CHECK(differences({}, {{uid, profile}}, options).empty());
      CHECK(differences({{uid, profile}}, {{uid, "{}"}}, options).empty());
    }
  }
}

TEST_CASE("A type of audit logs is optional, unless everything counts") {
  const std::string log =
      R"({"info":{"singularName":"audit-log"},"attributes":{"x":{"type":"string"}}})";
  SchemaComparisonOptions options;
  CHECK(differences({{"plugin::audit-log.log", log}}, {}, options).empty());
  CHECK(differences({}, {{"plugin::audit-log.log", log}}, options).empty());
  // Only where it is missing: a difference within is one.
  CHECK(differences({{"plugin::audit-log.log", log}},
                    {{"plugin::audit-log.log", replaced(log, "\"string\"", "\"text\"")}},
                    options) ==
        Lines{R"(!plugin::audit-log.log attributes.x.type "string"|"text")"});
  CHECK(differences({}, {{"x::logs", replaced(log, "audit-log", "audit-logs")}}, options) ==
        Lines{"+x::logs "});
  options.strategy = SchemaStrategy::exact;
  CHECK(differences({{"plugin::audit-log.log", log}}, {}, options) ==
        Lines{"-plugin::audit-log.log "});
}

TEST_CASE("Types may be left out by name") {
  const auto left = [](const std::string& pattern) {
    SchemaComparisonOptions options;
    options.ignoredTypes = {"nothing", pattern};
    const std::vector<Schema> source = {{"plugin::user", profile}, {"api::a.ab", profile}};
    Lines uids;
    for (const SchemaDifference& found : compareSchemas(source, {}, options)) {
      uids.push_back(found.uid);
    }
    return uids;
  };
  CHECK(left("plugin::*") == Lines{"api::a.ab"});
  CHECK(left("*") == Lines{});
  CHECK(left("*.ab") == Lines{"plugin::user"});
  CHECK(left("*a*a?") == Lines{"plugin::user"});
  CHECK(left("api::?.??") == Lines{"plugin::user"});
  CHECK(left("api::?.a") == Lines{"api::a.ab", "plugin::user"});
  CHECK(left("api::a.ab?") == Lines{"api::a.ab", "plugin::user"});
  CHECK(left("api::a.ab**") == Lines{"plugin::user"});
  CHECK(left("user") == Lines{"api::a.ab", "plugin::user"});
  CHECK(left("") == Lines{"api::a.ab", "plugin::user"});
}

TEST_CASE("A schema that is no object is the peer's fault") {
  for (const char* json : {"[]", "null", "1", "{", "", "{} x"}) {
    CAPTURE(json);
    try {
      static_cast<void>(compareSchemas({{"a", json}}, {{"a", json}}));
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == Errc::protocolViolation);
    }
  }
}

TEST_CASE("The report has one paragraph for each type") {
  const std::vector<Schema> source = {{"api::old.old", profile}, {"api::profile.profile", profile}};
  std::string other = replaced(profile, R"("type":"json")", R"("type":"text")");
  other = replaced(other, R"("status":{)", R"("state":{)");
  const std::vector<Schema> destination = {{"api::profile.profile", other}, {"x.new", "{}"}};
  CHECK(describe(compareSchemas(source, destination)) ==
        "api::old.old\n"
        "  exists only in the source: its records would be dropped\n"
        "\n"
        "api::profile.profile\n"
        "  attributes.settings.type: json in the source, text in the destination\n"
        "  attributes.state: only in the destination, "
        "{\"type\":\"enumeration\",\"enum\":[\"new\",\"old\"],\"default\":\"new\"}\n"
        "  attributes.status: only in the source, "
        "{\"type\":\"enumeration\",\"enum\":[\"new\",\"old\"],\"default\":\"new\"}: "
        "its values would be dropped\n"
        "\n"
        "x.new\n"
        "  exists only in the destination\n");
  CHECK(describe(std::vector<SchemaDifference>{}).empty());
}

TEST_CASE("Components have no records that could be dropped or missing") {
  CHECK(describe(compareSchemas({{"a.old", "{}"}}, {{"b.new", "{}"}})) ==
        "a.old\n"
        "  exists only in the source\n"
        "\n"
        "b.new\n"
        "  exists only in the destination\n");
}

TEST_CASE("The report of a comparison has a first and a second, and nothing that is dropped") {
  const std::vector<Schema> first = {{"api::old.old", profile}, {"api::profile.profile", profile}};
  std::string other = replaced(profile, R"("type":"json")", R"("type":"text")");
  other = replaced(other, R"("settings":{)", R"("options":{)");
  other = replaced(other, R"("kind":"collectionType")", R"("kind":"singleType")");
  CHECK(describe(compareSchemas(first, {{"api::profile.profile", other}, {"api::x.new", "{}"}}),
                 SchemaSides::comparison) ==
        "api::old.old\n"
        "  exists only in the first\n"
        "\n"
        "api::profile.profile\n"
        "  attributes.options: only in the second, {\"type\":\"text\"}\n"
        "  attributes.settings: only in the first, {\"type\":\"json\"}\n"
        "  kind: collectionType in the first, singleType in the second\n"
        "\n"
        "api::x.new\n"
        "  exists only in the second\n");
}

TEST_CASE("The report shows a peer's text in bounds and without control characters") {
  SchemaDifference difference;
  difference.uid = "a\x1b[31m";
  difference.path = "info.x\ny";
  std::string text = "\"";
  for (int i = 0; i < 100; ++i) {
    text += "\u00e4";
  }
  difference.sourceValue = text + "\"";
  difference.destinationValue = R"("a\u001b\nb")";
  const std::string report = describe({difference});
  CHECK(report.find('\x1b') == std::string::npos);
  CHECK(report.find("info.x y: ") != std::string::npos);
  CHECK(report.find("a  b in the destination") != std::string::npos);
  CHECK(report.find("\u00e4... in the source") != std::string::npos);
  CHECK(report.size() < 250);
}
