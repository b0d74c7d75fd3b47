#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/archive/archive_error.hpp"

#include <algorithm>
#include <filesystem>

#include "archive/text/canonical_json.hpp"
#include "catch.hpp"
#include "support/archive_source_fixture.hpp"
#include "support/archive_tar_bytes.hpp"
#include "support/verified_export.hpp"

using namespace support;
using wsferry::Errc;
using wsferry::archive::ArchiveErrc;
using wsferry::archive::ArchiveSummary;
using wsferry::archive::canonicalJson;
using wsferry::archive::inspectArchive;
using wsferry::archive::verifyArchive;

namespace {

/// A folder whose files the test changes before it is verified.
class LooseExport {
 public:
  LooseExport() : path_(folder_ / "export") {
    const auto options = folderOptions(path_);
    writeExport(options, validExport());
    std::filesystem::remove_all(path_ + "/checksums");  // As who changes an export does.
  }

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  std::vector<std::string> problems() const { return verifyArchive(path_).problems; }

  bool remarksOn(const std::string& part) const {
    const ArchiveSummary summary = verifyArchive(path_);
    return summary.problems.empty() &&
           std::any_of(summary.remarks.begin(), summary.remarks.end(),
                       [&](const std::string& remark) { return contains(remark, part); });
  }

  bool findsOnly(const std::string& part) const {
    const auto found = problems();
    return found.size() == 1 && contains(found[0], part);
  }

 private:
  TemporaryFolder folder_;
  std::string path_;
};

const std::string a1 = R"({"type":"api::a.a","ref":1,"field":"f"})";

}  // namespace

TEST_CASE("A summary counts what an archive holds, in all formats") {
  const TemporaryFolder folder;
  for (const auto& options : allFormats(folder / "export")) {
    CAPTURE(options.format.extension());
    const auto result = writeExport(options, validExport());
    for (const bool verify : {false, true}) {
      const ArchiveSummary summary = verify ? verifyArchive(options.path, options.key)
                                            : inspectArchive(options.path, options.key);
      CHECK(summary.problems.empty());
      CHECK(summary.metadata.createdAt == validExport().metadata.createdAt);
      CHECK(summary.metadata.strapiVersion == "5.54.0");
      CHECK(summary.fileBytes == result.bytes);
      CHECK(summary.format.encrypted == options.format.encrypted);
      CHECK(summary.schemaUids == std::vector<std::string>{"api::a.a", "api::b.b", "shared.seo"});
      CHECK(summary.totals.at(TransferStage::entities).count == 3);
      CHECK(summary.totals.at(TransferStage::entities).bytes ==
            validExport().entities[0].size() + validExport().entities[1].size() +
                validExport().entities[2].size());
      CHECK(summary.entitiesByType.at("api::a.a").count == 2);
      CHECK(summary.entitiesByType.at("api::b.b").bytes == validExport().entities[2].size());
      CHECK(summary.linksByKind.at("relation.basic").count == 2);
      CHECK(summary.linksByKind.at("relation.circular").count == 1);
      CHECK(summary.configurationByType.at("webhook").count == 1);
      CHECK(summary.assetsByExtension.at(".png").bytes == 20);
      CHECK(summary.assetsByExtension.at("").count == 1);
      CHECK(summary.totals.at(TransferStage::assets).count == 2);
      CHECK(summary.digest.empty() == !verify);
    }
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("Canonical JSON is the same for equal values") {
  CHECK(canonicalJson(R"( { "b" : [ 1.50 , "\u00e9\/" , null ] , "a" : {} } )") ==
        R"({"a":{},"b":[1.50,"é/",null]})");
  CHECK(canonicalJson(R"({"a":1,"a":2})") == R"({"a":2})");
  CHECK(canonicalJson("[]") == "[]");
  CHECK(canonicalJson(R"([[],[1],{"":{}}])") == R"([[],[1],{"":{}}])");
  CHECK(canonicalJson("1") != canonicalJson("\"1\""));
  CHECK_THROWS_AS(canonicalJson("{} x"), wsferry::Error);
  CHECK_THROWS_AS(canonicalJson(std::string(100'000, '[')), wsferry::Error);
}

TEST_CASE("The digest does not depend on the form") {
  const TemporaryFolder folder;
  const std::string expected = verified(validExport()).digest;
  CHECK(expected.size() == 64);
  for (auto options : allFormats(folder / "export")) {
    CAPTURE(options.format.extension());
    options.partSize = 50;
    Export content = validExport();
    content.metadata.createdAt = "2030-01-01T00:00:00.000Z";
    std::reverse(content.entities.begin(), content.entities.end());
    std::reverse(content.assets.begin(), content.assets.end());
    content.configuration[0] = R"({ "value" : {"value":"\u0031","key":"k"}, "type":"core-store" })";
    writeExport(options, content);
    const auto summary = verifyArchive(options.path, options.key);
    CHECK(summary.problems.empty());
    CHECK(summary.digest == expected);
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("The digest depends on all content") {
  std::set<std::string> digests = {verified(validExport()).digest};
  const auto differs = [&](const Export& content) {
    return digests.insert(verified(content).digest).second;
  };
  Export content = validExport();
  content.metadata.strapiVersion = "5.54.1";
  CHECK(differs(content));
  content = validExport();
  content.schemas.pop_back();
  CHECK(differs(content));
  content = validExport();
  content.entities[0].replace(content.entities[0].find("1.50"), 4, "1.51");
  CHECK(differs(content));
  content = validExport();
  content.links.push_back(content.links[0]);
  CHECK(differs(content));
  content = validExport();
  content.configuration.pop_back();
  CHECK(differs(content));
  content = validExport();
  content.assets[0].bytes[0] = 'N';
  CHECK(differs(content));
  content = validExport();
  content.assets[0].info.metadata.replace(content.assets[0].info.metadata.find("a name"), 6, "b");
  CHECK(differs(content));
}

TEST_CASE("The digest depends on which half of a surrogate pair stands alone") {
  const auto digestOf = [](const std::string& title) {
    Export content = validExport();
    replace(content.entities[0], "one", title);
    return verified(content).digest;
  };
  std::set<std::string> digests;
  for (const char* const title : {R"(\ud800)", R"(\ud801)", R"(\udfff)", R"(\ufffd)", R"(\\ud800)",
                                  R"(\ud83e\udd84)", R"(\ud7ff)"}) {
    CHECK(digests.insert(digestOf(title)).second);
  }
  CHECK(digestOf(R"(\uD80A)") == digestOf(R"(\ud80a)"));
}

TEST_CASE("Signatures of URLs reach neither an archive nor its digest") {
  const auto withUrl = [](const std::string& url) {
    Export content = validExport();
    std::string& metadata = content.assets[0].info.metadata;
    metadata.replace(metadata.find("/uploads/x"), 10, url);
    return content;
  };
  const std::string plain = "https://b.test/pic_1.png";
  const TemporaryFolder folder;
  for (auto options : allFormats(folder / "export")) {
    writeExport(options, withUrl(plain + "?X-Amz-Date=1&X-Amz-Signature=2"));
    CHECK(readTree(options.path, options.key).at("assets/metadata/pic_1.png.json") ==
          withUrl(plain).assets[0].info.metadata);
    std::filesystem::remove_all(options.path);
  }

  // An archive that another tool made.
  const LooseExport loose;
  const std::string expected = verified(withUrl(plain)).digest;
  for (const std::string signature : {"", "?X-Amz-Signature=2", "?X-Amz-Signature=3"}) {
    writeFile(loose / "assets/metadata/pic_1.png.json",
              withUrl(plain + signature).assets[0].info.metadata);
    CHECK(verifyArchive(loose.path()).digest == expected);
  }
}

TEST_CASE("Records that break their shape are found") {
  Export content = validExport();
  SECTION("no JSON") {
    content.entities[1] = R"({"type":"api::a.a","id":2,"data":{})";
    content.links.clear();
    CHECK(findsOnly(content, "entities/entities_00001.jsonl, line 2"));
  }
  SECTION("no UTF-8") {
    content.entities[2] = "{\"type\":\"api::b.b\",\"id\":2,\"data\":{\"x\":\"\xFF\"}}";
    content.links.clear();
    CHECK(findsOnly(content, "not UTF-8"));
  }
  SECTION("an array") {
    content.configuration[0] = "[]";
    CHECK(findsOnly(content, "configuration_00001.jsonl, line 1"));
  }
  SECTION("an entity without id") {
    content.entities.push_back(R"({"type":"api::a.a","data":{}})");
    CHECK(findsOnly(content, "line 4: id"));
  }
  SECTION("an entity without data") {
    content.entities.push_back(R"({"type":"api::a.a","id":7})");
    CHECK(findsOnly(content, "line 4: data"));
  }
  SECTION("a link of an unknown kind") {
    content.links.push_back(R"({"kind":"relation.odd","relation":"r","left":{},"right":{}})");
    CHECK(findsOnly(content, "relation.odd"));
  }
  SECTION("a link with one end") {
    content.links.push_back(R"({"kind":"relation.basic","relation":"r","left":)" + a1 + "}");
    CHECK(findsOnly(content, "line 4: right"));
  }
  SECTION("a configuration of an unknown type") {
    content.configuration.push_back(R"({"type":"other","value":{}})");
    CHECK(findsOnly(content, "\"other\" is unknown"));
  }
  SECTION("a schema without attributes") {
    content.schemas.push_back({"x", R"({"uid":"api::x.x"})"});
    CHECK(findsOnly(content, "schemas_00001.jsonl, line 4: attributes"));
  }
}

TEST_CASE("Relations that lead nowhere are found") {
  Export content = validExport();
  SECTION("an entity without a schema") {
    content.entities.push_back(R"({"type":"api::z.z","id":1,"data":{}})");
    CHECK(findsOnly(content, "api::z.z"));
  }
  SECTION("an entity twice") {
    content.entities.push_back(content.entities[0]);
    CHECK(findsOnly(content, "line 4: the same entity already occurred"));
  }
  SECTION("two entities of one id") {
    content.entities.push_back(R"({"type":"api::a.a","id":1,"data":{}})");
    CHECK(findsOnly(content, "line 4: api::a.a 1 occurs twice, with different content"));
  }
  SECTION("a schema twice") {
    content.schemas.push_back(content.schemas[0]);
    CHECK(remarksOn(content, "schema of api::a.a occurs twice"));
    content.schemas.back().json = R"({"uid":"api::a.a","attributes":{"x":{}}})";
    CHECK(findsOnly(content, "schema of api::a.a occurs twice, and the last one counts"));
  }
  SECTION("a link twice") {
    content.links.push_back(content.links[0]);
    CHECK(findsOnly(content, "line 4: the same link already occurred"));
  }
  SECTION("a file that stands twice in one list") {
    const auto place = [](int number) {
      return R"({"kind":"relation.morph","relation":"morphToMany","left":{"type":"api::b.b","ref":1,"field":"related"},"right":{"type":"api::a.a","ref":1,"field":"pictures","pos":)" +
             std::to_string(number) + "}}";
    };
    content.links = {place(1), place(2)};
    CHECK(verified(content).problems.empty());
    content.links.push_back(place(1));
    CHECK(findsOnly(content, "line 3: the same link already occurred"));
  }
  SECTION("a link to a missing entity") {
    content.links.push_back(linkBetween(a1, R"({"type":"api::b.b","ref":77})"));
    CHECK(remarksOn(content, "link 4 leads to api::b.b 77"));
  }
  SECTION("a link to a missing document") {
    content.links.push_back(linkBetween(a1, R"({"type":"api::b.b","ref":"doc1"})"));
    CHECK(remarksOn(content, "link 4 leads to api::b.b doc1"));
  }
  SECTION("a link of a missing component") {
    content.schemas[0].json =
        R"({"uid":"api::a.a","attributes":{"title":{},"seo":{"type":"component","component":"shared.seo"},"zone":{"type":"dynamiczone"}}})";
    content.schemas[2].json =
        R"({"uid":"shared.seo","modelType":"component","attributes":{"f":{"type":"relation"},"inner":{"type":"component","component":"shared.seo","repeatable":true}}})";
    content.entities[0] =
        R"({"type":"api::a.a","id":1,"data":{"documentId":"doc1","seo":{"id":7,"inner":[{"id":8}]},"zone":[{"__component":"shared.seo","id":9}]}})";
    content.links = {linkBetween(R"({"type":"shared.seo","ref":7,"field":"f"})", a1),
                     linkBetween(R"({"type":"shared.seo","ref":8,"field":"f"})", a1),
                     linkBetween(R"({"type":"shared.seo","ref":9,"field":"f"})", a1)};
    CHECK(verified(content).remarks.empty());
    content.links.push_back(linkBetween(R"({"type":"shared.seo","ref":10,"field":"f"})", a1));
    CHECK(verified(content).remarks ==
          std::vector<std::string>{"link 4 leads to shared.seo 10, which is not there"});
  }
  SECTION("a component without a schema") {
    content.links.pop_back();
    content.schemas.pop_back();
    content.schemas[1].json =
        R"({"uid":"api::b.b","attributes":{"big":{},"seo":{"type":"component","component":"shared.seo"},"zone":{"type":"dynamiczone","components":["shared.zone"]}}})";
    const auto problems = verified(content).problems;
    CHECK(
        problems ==
        std::vector<std::string>{
            "the schema of api::b.b has the component shared.seo, but there is no schema of it",
            "the schema of api::b.b has the component shared.zone, but there is no schema of it"});
  }
  SECTION("an entity that must never be transferred") {
    content.schemas.push_back({"admin::user", R"({"uid":"admin::user","attributes":{}})"});
    content.entities.push_back(R"({"type":"admin::user","id":1,"data":{}})");
    CHECK(findsOnly(content, "admin::user must never be transferred"));
  }
  SECTION("a link to what must never be transferred") {
    content.links.push_back(linkBetween(a1, R"({"type":"admin::user","ref":1})"));
    CHECK(findsOnly(content, "admin::user must never be transferred"));
  }
  SECTION("no schema at all") {
    content = Export{};
    CHECK(findsOnly(content, "there is no schema"));
  }
}

TEST_CASE("Files that records of the media library name are missed") {
  Export content = validExport();
  content.links.clear();
  content.schemas.push_back(uploadSchema());
  content.assets.pop_back();
  const auto record = [](const std::string& provider) {
    return R"({"type":"plugin::upload.file","id":1,"data":{"hash":"pic_1","ext":".png","provider":")" +
           provider +
           R"(","formats":{"thumbnail":{"hash":"thumbnail_pic_1","ext":".png"},"none":null}}})";
  };
  const std::string missing =
      "assets/uploads/thumbnail_pic_1.png is missing, and plugin::upload.file 1 names it";
  content.entities.push_back(record("local"));
  CHECK(findsOnly(content, missing));
  content.assets.push_back(asset("thumbnail_pic_1", ".png", "x"));
  replace(content.assets.back().info.metadata, R"("id":1,)", ofFormat("thumbnail", 1, "pic_1"));
  CHECK(verified(content).problems.empty());
  content.assets.pop_back();
  content.entities.back() = record("aws-s3");
  CHECK(findsOnly(content, missing));
  content.entities.back() = record("local");
  content.assets[0].bytes.pop_back();
  const TemporaryFolder folder;
  writeFile(folder / "x.tar", tarOf(entriesOf(content)));
  CHECK(verifyArchive(folder / "x.tar").problems.size() == 2);
  wsferry::archive::VerificationOptions options;
  options.allowMissingFiles = true;
  const auto allowed = verifyArchive(folder / "x.tar", {}, options);
  CHECK(allowed.problems.empty());
  CHECK(allowed.remarks.size() == 3);  // There are no links, either.
  content.assets.clear();
  CHECK(remarksOn(content, "there are no files, but records name 2"));
}

TEST_CASE("What an import drops or changes is remarked on") {
  Export content = validExport();
  content.links.pop_back();
  CHECK(verified(content).remarks.empty());
  SECTION("a link whose field is no relation, or missing") {
    const auto remarkOn = [&](const std::string& field, const std::string& says) {
      content.links.push_back(linkBetween(R"({"type":"api::a.a","ref":1)" + field + "}",
                                          R"({"type":"api::b.b","ref":1})"));
      CHECK(remarksOn(content, "1 link of api::a.a has " + says + ": a server drops it"));
    };
    remarkOn(R"(,"field":"nosuch")",
             R"(the field "nosuch", which is not a relation of its schema)");
    remarkOn(R"(,"field":7)", "the field 7, which is not a relation of its schema");
    remarkOn("", "no field");
  }
  SECTION("an attribute that the schema lacks") {
    replace(content.entities[2], R"("big")", R"("small":1,"big")");
    CHECK(remarksOn(content, R"(1 entity of api::b.b has attributes that its schema lacks, )"
                             R"(such as "small": a server drops them)"));
  }
  SECTION("values within components that the schema lacks, or that have another form") {
    content.schemas.push_back({"shared.part",
                               R"({"uid":"shared.part","modelType":"component","attributes":{)"
                               R"("name":{"type":"string"}}})"});
    content.schemas.push_back({"api::c.c",
                               R"({"uid":"api::c.c","modelType":"contentType","attributes":{"one":)"
                               R"({"type":"component","component":"shared.part"},"zone":{"type":)"
                               R"("dynamiczone","components":["shared.part"]}}})"});
    const auto remarkOn = [&](const std::string& data, const std::string& says) {
      content.entities.push_back(R"({"type":"api::c.c","id":1,"data":)" + data + "}");
      CHECK(remarksOn(content, "1 entity of api::c.c has " + says));
      content.entities.pop_back();
    };
    content.entities.push_back(
        R"({"type":"api::c.c","id":1,"data":{"one":{"id":1,"name":"n"},"zone":[]}})");
    CHECK(verified(content).remarks.empty());
    content.entities.pop_back();
    remarkOn(R"({"one":{"id":1,"more":2}})",
             R"(attributes that its schema lacks, such as "one.more": a server drops them)");
    remarkOn(R"({"zone":[{"__component":"shared.part","more":2}]})",
             R"(attributes that its schema lacks, such as "zone[shared.part].more")");
  }
  SECTION("configuration with what no table of a server has, told once") {
    content.configuration.push_back(R"({"type":"core-store","value":{"key":"l","label":1}})");
    content.configuration.push_back(R"({"type":"core-store","value":{"key":"m","label":1}})");
    CHECK(remarksOn(content, R"(line 3: core-store "l" is the first that has a member "label")"));
    content.configuration.resize(content.configuration.size() - 2);
    content.configuration.push_back(
        R"({"type":"webhook","value":{"id":9,"name":"x","url":"u","headers":{},"events":[],"enabled":true,"isEnabled":true}})");
    CHECK(remarksOn(content, R"(line 3: webhook "x" is the first that has a member "isEnabled")"));
    content.configuration.back() =
        R"({"type":"core-store","value":{"id":9,"key":"l","value":"1","type":"string","environment":null,"tag":null}})";
    CHECK(verified(content).remarks.empty());
  }
  SECTION("configuration twice") {
    content.configuration.push_back(R"({"type":"core-store","value":{"value":"2","key":"k"}})");
    CHECK(remarksOn(content, R"(line 3: core-store "k" already occurred)"));
    content.configuration.back() = content.configuration[1];
    CHECK(remarksOn(content, R"(line 3: webhook "w" already occurred)"));
  }
  SECTION("configuration without a name, of which no secret is shown") {
    const std::string url = GENERATE("https://me:secret@hooks.test:8443/T0/secret?k=secret",
                                     "https://hooks.test:8443#secret", "hooks.test/secret");
    const std::string hook = R"({"type":"webhook","value":{"id":7,"url":")" + url + "\"}}";
    content.configuration = {hook, hook};
    const std::string name = contains(url, "://") ? "hooks.test:8443" : "7";
    CHECK(verified(content).remarks ==
          std::vector<std::string>{"configuration/configuration_00001.jsonl, line 2: webhook \"" +
                                   name + "\" already occurred, and a server keeps both"});
  }
  SECTION("configuration that is much the same") {
    content.configuration.push_back(
        R"({"type":"core-store","value":{"key":"k","environment":"e"}})");
    content.configuration.push_back(R"({"type":"webhook","value":{"id":2,"name":"w"}})");
    CHECK(verified(content).remarks.empty());
  }
  SECTION("half of a surrogate pair") {
    const std::string half = GENERATE(R"(\ud800)", R"(\uDFFF)", R"(\ud83e\u0041)", R"(\\\ud800)",
                                      R"(\udd84\ud83e)", R"(\ud83e\udd84\ud83e)");
    replace(content.entities[0], "one", half);
    CHECK(remarksOn(content,
                    "entities_00001.jsonl, line 1: a text contains half of a surrogate pair"));
  }
  SECTION("whole surrogate pairs, and what looks like half of one") {
    replace(content.entities[0], "one", R"(\ud83e\udd84\uD83E\uDD84 \\ud800 \u00e9 \ue000)");
    CHECK(verified(content).remarks.empty());
  }
}

TEST_CASE("What follows the end of an archive is remarked on, unless it is padding") {
  const TemporaryFolder folder;
  for (auto options : allFormats(folder / "x")) {
    CAPTURE(options.format.extension());
    if (options.format.container == Container::directory || options.format.encrypted) {
      continue;
    }
    Export content = validExport();
    content.links.pop_back();
    writeExport(options, content);
    const std::string whole = readFile(options.path);
    const auto remarksWith = [&](const std::string& rest) {
      writeFile(options.path, whole + rest);
      const auto summary = verifyArchive(options.path);
      CHECK(summary.problems.empty());
      return summary.remarks;
    };
    CHECK(remarksWith("").empty());
    CHECK(remarksWith(std::string(70'000, '\0')).empty());
    for (const std::string& rest : {std::string("x"), std::string(7'000, 'g'), gzipped("no tar"),
                                    std::string(300, 'g') + "ustar" + std::string(700, 'g')}) {
      const auto remarks = remarksWith(rest);
      REQUIRE(remarks.size() == 1);
      CHECK(contains(remarks[0], "data after the end of the archive"));
    }
    CHECK(contains(remarksWith(std::string(7'000, 'g'))[0], "7000 bytes"));
    std::filesystem::remove(options.path);
  }
}

TEST_CASE("What follows the end of an archive and holds entries is a problem, as it is not read") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.links.pop_back();
  const auto expectProblem = [&](const ArchiveDestinationOptions& options, const std::string& bytes,
                                 const std::string& entry) {
    writeFile(options.path, bytes);
    for (const auto& summary :
         {verifyArchive(options.path, options.key), inspectArchive(options.path, options.key)}) {
      REQUIRE(summary.problems.size() == 1);
      CHECK(contains(summary.problems[0], "more entries follow"));
      CHECK(contains(summary.problems[0], "from " + entry + " on"));
      CHECK(summary.remarks.empty());
    }
    ArchiveSourceOptions source;
    source.path = options.path;
    source.key = options.key;
    CHECK(errorOf([&] { ArchiveSource(source).bootstrap(); }) == ArchiveErrc::invalidArchive);
  };
  const std::string tar = tarEntry("metadata.json", "{}") + endOfTar;
  for (auto options : allFormats(folder / "x")) {
    CAPTURE(options.format.extension());
    if (options.format.container == Container::directory) {
      continue;
    }
    writeExport(options, content);
    const std::string whole = readFile(options.path);
    expectProblem(options, whole + whole, "schemas/schemas_00001.jsonl");
    std::filesystem::remove(options.path);
    if (options.format.encrypted) {
      continue;
    }
    for (const std::string& rest : {tar, gzipped(tar)}) {
      expectProblem(options, whole + rest, "metadata.json");
      expectProblem(options, whole + std::string(512, '\0') + rest, "metadata.json");
      expectProblem(options, whole + std::string(700'001, 'g') + rest, "metadata.json");
    }
    expectProblem(options, whole + tarEntry("old", "", '0', true), "old");
    expectProblem(options, whole + tarEntry("././@LongLink", "long", 'L') + tarEntry("new", ""),
                  "new");
    std::filesystem::remove(options.path);
  }
}

TEST_CASE("A tar whose middle is blank is damaged, whatever of its records is left") {
  const TemporaryFolder folder;
  // As an earlier version wrote it: without checksums, and with metadata first.
  const std::string tar =
      tarEntry("metadata.json", R"({"createdAt":"x","strapi":{"version":"5.0.0"}})") +
      tarEntry("schemas/schemas_00001.jsonl",
               R"({"uid":"api::b.b","modelType":"contentType","attributes":{}})") +
      tarEntry("entities/entities_00001.jsonl", R"({"type":"api::b.b","id":1,"data":{}})") +
      tarEntry("links/links_00001.jsonl", "") + endOfTar;
  writeFile(folder / "x.tar", tar);
  CHECK(verifyArchive(folder / "x.tar").problems.empty());
  std::string blanked = tar;
  blanked.replace(4 * 512, 2 * 512, 2 * 512, '\0');
  writeFile(folder / "x.tar", blanked);
  const auto problems = verifyArchive(folder / "x.tar").problems;
  REQUIRE(problems.size() == 1);
  CHECK(contains(problems[0], "from links/links_00001.jsonl on"));
}

TEST_CASE("A version that is none is remarked on") {
  Export content = validExport();
  for (const char* version : {" 5.54.0 ", "5\\n4", "\\u001b[31m5"}) {
    CAPTURE(version);
    content.metadata.strapiVersion = version;
    CHECK(remarksOn(content, "metadata.json: strapi.version is not a version: "));
  }
  content.metadata.strapiVersion = "5.0.0-beta.1+build";
  CHECK_FALSE(remarksOn(content, "is not a version"));
}

TEST_CASE("Ids are numbers, however they are written") {
  for (const std::string id : {"1.0", "1e0", "10.0e-1", "\"1\""}) {
    CAPTURE(id);
    Export content = validExport();
    content.links.pop_back();
    replace(content.entities[2], R"("id":1)", R"("id":)" + id);
    CHECK(verified(content).problems.empty());
    CHECK(verified(content).remarks.empty());
    content.entities.push_back(R"({"type":"api::b.b","id":1,"data":{}})");
    CHECK(findsOnly(content, "line 4: api::b.b 1 occurs twice, with different content"));
  }
}

TEST_CASE("Links may come before the entities that they lead to") {
  const LooseExport loose;
  // A second part of entities in a tar after the links.
  const TemporaryFolder folder;
  ArchiveDestination destination(tarOptions(folder / "x.tar"));
  const Export content = validExport();
  destination.beforeTransfer({content.metadata, content.schemas, {}});
  writeRecords(destination, TransferStage::links, content.links);
  writeRecords(destination, TransferStage::entities, content.entities);
  writeAssets(destination, content.assets);
  writeRecords(destination, TransferStage::configuration, content.configuration);
  destination.close();
  const auto summary = verifyArchive(folder / "x.tar");
  CHECK(summary.problems.empty());
  CHECK(summary.digest == verifyArchive(loose.path()).digest);
}

TEST_CASE("Assets that an import refuses are found") {
  Export content = validExport();
  std::string& metadata = content.assets[0].info.metadata;
  const auto replace = [&metadata](const std::string& from, const std::string& to) {
    metadata.replace(metadata.find(from), from.size(), to);
  };
  SECTION("id zero") {
    replace("\"id\":1", "\"id\":0");
    CHECK(findsOnly(content, "id is not a positive integer"));
  }
  SECTION("id a fraction") {
    replace("\"id\":1", "\"id\":1.5");
    CHECK(findsOnly(content, "id is not a positive integer"));
  }
  SECTION("id a string") {
    replace("\"id\":1", "\"id\":\"1\"");
    CHECK(findsOnly(content, "id is not a positive integer"));
  }
  SECTION("negative size") {
    replace("\"size\":1.5", "\"size\":-1");
    CHECK(findsOnly(content, "size is not a number"));
  }
  SECTION("infinite size") {
    replace("\"size\":1.5", "\"size\":1e999");
    CHECK(findsOnly(content, "size is not a number"));
  }
  SECTION("empty name") {
    replace("\"a name\"", "\"\"");
    CHECK(findsOnly(content, "name is missing or empty"));
  }
  SECTION("no mime") {
    replace("\"mime\"", "\"mine\"");
    CHECK(findsOnly(content, "mime is missing or empty"));
  }
  SECTION("no url") {
    replace("\"url\"", "\"uri\"");
    CHECK(findsOnly(content, "url is missing or empty"));
  }
  SECTION("another hash") {
    replace("pic_1", "pic_2");
    CHECK(findsOnly(content, "hash and ext make \"pic_2.png\""));
  }
  SECTION("no object") {
    metadata = "[]";
    CHECK(findsOnly(content, "assets/metadata/pic_1.png.json: not an object"));
  }
  SECTION("no JSON") {
    metadata.pop_back();
    CHECK(findsOnly(content, "assets/metadata/pic_1.png.json"));
  }
  SECTION("fewer bytes than the rounded size says") {
    metadata.replace(metadata.find(",\"sizeInBytes\""), std::string::npos, "}");
    replace("\"size\":1.5", "\"size\":146.3");
    CHECK(findsOnly(content, "not the size in its metadata"));
    for (const std::size_t size : {146'295u, 146'304u}) {
      content.assets[0].bytes = std::string(size, 'x');
      CHECK(verified(content).problems.empty());
    }
    content.assets[0].bytes = std::string(146'294, 'x');
    CHECK(findsOnly(content, "not the size in its metadata"));
    for (const std::size_t size : {149'811u, 200'000u}) {  // 149811 is 146.3 times 1024.
      content.assets[0].bytes = std::string(size, 'x');
      CHECK(remarksOn(content, "not the size in its metadata"));
    }
  }
  SECTION("no bytes, where the rounded size says few") {
    metadata.replace(metadata.find(",\"sizeInBytes\""), std::string::npos, "}");
    replace("\"size\":1.5", "\"size\":0.3");
    content.assets[0].bytes.clear();
    CHECK(findsOnly(content, "pic_1.png has 0 bytes"));
  }
  SECTION("more bytes") {
    content.assets[0].bytes += "x";
    CHECK(remarksOn(content, "pic_1.png has 21 bytes, its metadata say 20"));
  }
  SECTION("missing bytes") {
    content.assets[0].bytes.pop_back();
    CHECK(findsOnly(content, "pic_1.png has 19 bytes, its metadata say 20"));
  }
}

TEST_CASE("Missing and foreign files are found") {
  const LooseExport loose;
  CHECK(loose.problems().empty());
  SECTION("no metadata") {
    std::filesystem::remove(loose / "metadata.json");
    CHECK(loose.findsOnly("metadata.json is missing"));
  }
  SECTION("metadata without a version") {
    writeFile(loose / "metadata.json", R"({"createdAt":"2024"})");
    CHECK(loose.remarksOn("strapi.version is missing"));
  }
  SECTION("metadata without a date") {
    writeFile(loose / "metadata.json", R"({"strapi":{"version":"5.0.0"}})");
    CHECK(loose.remarksOn("createdAt is missing"));
  }
  SECTION("metadata that are no JSON") {
    writeFile(loose / "metadata.json", "{");
    CHECK(loose.findsOnly("metadata.json: "));
  }
  SECTION("an asset without metadata") {
    std::filesystem::remove(loose / "assets/metadata/empty.json");
    CHECK(loose.findsOnly("assets/uploads/empty has no file"));
  }
  SECTION("metadata without an asset") {
    std::filesystem::remove(loose / "assets/uploads/empty");
    CHECK(loose.findsOnly("assets/metadata/empty.json has no file"));
  }
  SECTION("something else") {
    writeFile(loose / "README.md", "x");
    writeFile(loose / ".gitkeep", "x");
    CHECK(loose.remarksOn("not part of an export, and ignored: .gitkeep, README.md"));
  }
  SECTION("something else in a stage's folder") {
    writeFile(loose / "entities/more.json", "x");
    CHECK(loose.findsOnly("entities/more.json does not belong"));
  }
  SECTION("a line end at the end is no record") {
    const std::string path = loose / "links/links_00001.jsonl";
    writeFile(path, readFile(path) + "\n");
    CHECK(loose.problems().empty());
  }
  SECTION("nor is an empty line") {
    const std::string path = loose / "links/links_00001.jsonl";
    writeFile(path, readFile(path) + "\n\n");
    CHECK(loose.remarksOn("links/links_00001.jsonl: blank lines: 1"));
  }
}

TEST_CASE("Damage is a problem to verification and an error to inspection") {
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x.tar"), validExport());
  const std::string whole = readFile(folder / "x.tar");
  writeFile(folder / "cut.tar", std::string_view(whole).substr(0, whole.size() - 2000));
  CHECK(verifyArchive(folder / "cut.tar").problems.size() == 1);
  CHECK(errorOf([&] { static_cast<void>(inspectArchive(folder / "cut.tar")); }) ==
        ArchiveErrc::invalidArchive);
  CHECK(errorOf([&] { static_cast<void>(verifyArchive(folder / "missing.tar")); }) ==
        Errc::fileFailed);
}

TEST_CASE("Many problems are cut short") {
  Export content = validExport();
  for (int i = 0; i < 150; ++i) {
    content.configuration.push_back("{}");
  }
  const auto problems = verified(content).problems;
  REQUIRE(problems.size() == 101);
  CHECK(problems.back() == "and 50 more");
}

TEST_CASE("A stage that is missing and stands in another place is a problem") {
  const auto problemsWith = [](const std::string& path, bool keepsStage) {
    const TemporaryFolder folder;
    std::vector<std::pair<std::string, std::string>> entries;
    for (auto& [name, bytes] : entriesOf(validExport())) {
      const bool isLinks = name.substr(0, 6) == "links/";
      if (!isLinks || keepsStage) {
        entries.emplace_back(name, bytes);
      }
      if (isLinks) {
        entries.emplace_back(path, bytes);
      }
    }
    writeFile(folder / "x.tar", tarOf(entries));
    return verifyArchive(folder / "x.tar").problems;
  };
  for (const std::string path :
       {"Links/links_00001.jsonl", "links/.links_00001.jsonl", "links/.links_00001.jsonl.Ab12Cd",
        "links/links_00001.jsonl.bak", "links/links_00001.jsonl.tmp", "links/links_00001.jsonl~"}) {
    CAPTURE(path);
    const auto problems = problemsWith(path, false);
    REQUIRE(problems.size() == 1);
    CHECK(contains(problems[0], path + " has no place in an export, which has no links: it looks "
                                       "like a part of them"));
  }
  CHECK(problemsWith("notes/links.jsonl", false).empty());
}
