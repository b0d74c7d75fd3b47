#include <sys/stat.h>

#include <algorithm>

#include "catch.hpp"
#include "support/archive_source_fixture.hpp"
#include "wsferry/archive/archive_error.hpp"

using namespace support;
using wsferry::Errc;
using wsferry::archive::ArchiveErrc;

namespace {

std::error_code preflight(const std::string& path, const std::string& key = {}) {
  ArchiveSourceOptions options;
  options.path = path;
  options.key = key;
  ArchiveSource source(options);
  return errorOf([&] { source.bootstrap(); });
}

/// What bootstrap() says of it.
std::string complaint(const std::string& path) {
  ArchiveSourceOptions options;
  options.path = path;
  ArchiveSource source(options);
  try {
    source.bootstrap();
  } catch (const wsferry::Error& error) {
    CHECK(error.code() == ArchiveErrc::invalidArchive);
    CHECK(errorOf([&] { source.getMetadata(); }) == Errc::invalidState);
    return error.what();
  }
  return {};
}

std::string complaint(const Export& content) {
  const TemporaryFolder folder;
  writeFile(folder / "x.tar", tarOf(entriesOf(content)));
  return complaint(folder / "x.tar");
}

/// Whether bootstrap() finds exactly one problem, and it says `part`.
bool refuses(const Export& content, const std::string& part) {
  const std::string message = complaint(content);
  UNSCOPED_INFO(message);
  return contains(message, part) && std::count(message.begin(), message.end(), '\n') == 1;
}

}  // namespace

TEST_CASE("What an import takes passes") {
  Export content = validExport();
  SECTION("as it is") {}
  SECTION("a link to what is not there") {
    content.links.push_back(
        R"({"kind":"relation.basic","relation":"r","left":{"type":"api::a.a","ref":1},"right":{"type":"api::b.b","ref":99}})");
  }
  SECTION("a type that is never transferred") {
    content.schemas.push_back({"admin::user", R"({"uid":"admin::user","attributes":{}})"});
    content.entities.push_back(R"({"type":"admin::user","id":1,"data":{}})");
  }
  SECTION("sizes that do not fit") {
    content.assets[0].bytes = "x";
  }
  SECTION("no extension, as old exports named it") {
    auto& asset = content.assets[1].info;
    asset.filename = GENERATE("emptynull", "emptyundefined");
    const std::string ext = asset.filename == "emptynull" ? R"("ext":null,)" : "";
    const auto place = asset.metadata.find(R"("ext":"",)");
    REQUIRE(place != std::string::npos);
    asset.metadata.replace(place, 9, ext);
  }
  SECTION("no assets, entities, links and configuration") {
    content.assets.clear();
    content.entities.clear();
    content.links.clear();
    content.configuration.clear();
  }
  CHECK(complaint(content).empty());
}

TEST_CASE("Files of another size than their metadata say are told, and taken") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.assets[0].bytes = "x";
  writeFile(folder / "x.tar", tarOf(entriesOf(content)));
  ArchiveSourceOptions options;
  options.path = folder / "x.tar";
  ArchiveSource source(options);
  source.bootstrap();
  CHECK(source.summary().problems ==
        std::vector<std::string>{"assets/uploads/pic_1.png has 1 byte, its metadata say 20"});
  CHECK(source.summary().fileProblems == source.summary().problems);
}

TEST_CASE("What is about files is told from the rest") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.assets[0].bytes = "x";
  content.entities.push_back(R"({"type":"api::z.z","id":1,"data":{}})");
  writeFile(folder / "x.tar", tarOf(entriesOf(content)));
  const auto summary = wsferry::archive::verifyArchive(folder / "x.tar");
  REQUIRE(summary.problems.size() == 2);
  CHECK(summary.fileProblems ==
        std::vector<std::string>{"assets/uploads/pic_1.png has 1 byte, its metadata say 20"});
}

TEST_CASE("Of many problems those about files are counted apart from the rest") {
  const TemporaryFolder folder;
  Export content = validExport();
  for (int i = 0; i < 130; ++i) {
    content.assets.push_back(asset("file_" + std::to_string(i), ".png", "four"));
    content.assets.back().bytes = "x";
  }
  for (int i = 0; i < 4; ++i) {
    content.entities.push_back(R"({"type":"api::z)" + std::to_string(i) +
                               R"(.z","id":1,"data":{}})");
  }
  writeFile(folder / "x.tar", tarOf(entriesOf(content)));
  const auto summary = wsferry::archive::verifyArchive(folder / "x.tar");
  REQUIRE(summary.problems.size() == 101);
  CHECK(summary.problems.back() == "and 34 more of files");
  REQUIRE(summary.fileProblems.size() == 97);
  CHECK(summary.fileProblems.back() == "and 34 more of files");
}

TEST_CASE("Files beside an export do no harm") {
  const TemporaryFolder folder;
  auto entries = entriesOf(validExport());
  entries.emplace_back("readme.txt", "x");
  entries.emplace_back("other/entities/entities_00001.jsonl", "x");
  writeFile(folder / "x", tarOf(entries));
  CHECK(flat(readExport(folder / "x")) == flat(validExport()));
}

TEST_CASE("The last of a schema that is there twice counts") {
  const TemporaryFolder folder;
  auto entries = entriesOf(validExport());
  entries.emplace_back("schemas/schemas_x00009.jsonl",
                       R"({"uid":"api::a.a","attributes":{"x":1}})");
  writeFile(folder / "x", tarOf(entries));
  const Export read = readExport(folder / "x");
  CHECK(read.schemas.size() == 3);
  CHECK(read.schemas[0].json == R"({"uid":"api::a.a","attributes":{"x":1}})");
}

TEST_CASE("An entry that occurs twice is refused") {
  const TemporaryFolder folder;
  const auto refusesTwice = [&](const std::string& path) {
    auto entries = entriesOf(validExport());
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const auto& entry) { return entry.first == path; });
    REQUIRE(found != entries.end());
    entries.emplace_back("./" + path, found->second);
    writeFile(folder / "x", tarOf(entries));
    return contains(complaint(folder / "x"), "\n" + path + " occurs twice");
  };
  CHECK(refusesTwice("entities/entities_00001.jsonl"));
  CHECK(refusesTwice("configuration/configuration_00001.jsonl"));
  CHECK(refusesTwice("metadata.json"));
}

TEST_CASE("A part of a stage or of the checksums that is missing is refused") {
  const TemporaryFolder folder;
  auto entries = entriesOf(validExport());
  const std::string lines =
      R"({"path":"assets/uploads/pic_1.png","size":20,"sha256":"fe1a4ab1fb6347036bead73597d5d2958b26ac0b96f68ca2f6dcee53a50f297e"})"
      "\n"
      R"({"path":"assets/uploads/empty","size":0,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"})";
  for (const char* number : {"00001", "00002", "00003"}) {
    entries.emplace_back(std::string("checksums/checksums_") + number + ".jsonl", lines);
  }
  const std::string missing = GENERATE(
      "schemas/schemas_00002.jsonl", "entities/entities_00001.jsonl", "links/links_00002.jsonl",
      "configuration/configuration_00001.jsonl", "checksums/checksums_00002.jsonl");
  CAPTURE(missing);
  writeFile(folder / "x", tarOf(entries));
  REQUIRE(complaint(folder / "x").empty());
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& entry) { return entry.first == missing; });
  REQUIRE(found != entries.end());
  entries.erase(found);
  writeFile(folder / "x", tarOf(entries));
  CHECK(contains(complaint(folder / "x"), "\n" + missing + " is missing, as there is "));
  const auto isTold = [&missing](const std::vector<std::string>& problems) {
    return std::any_of(problems.begin(), problems.end(), [&missing](const std::string& problem) {
      return contains(problem, missing + " is missing");
    });
  };
  CHECK(isTold(wsferry::archive::inspectArchive(folder / "x").problems));
  CHECK(isTold(wsferry::archive::verifyArchive(folder / "x").problems));
}

TEST_CASE("Parts with other names than an export gives them need no numbers") {
  const TemporaryFolder folder;
  auto entries = entriesOf(validExport());
  const std::string name = GENERATE("entities_9.jsonl", "entities_000009.jsonl", "more_00009.jsonl",
                                    "entities_0000x.jsonl", "entities_00000.jsonl");
  CAPTURE(name);
  entries.emplace_back("entities/" + name, "");
  writeFile(folder / "x", tarOf(entries));
  CHECK(complaint(folder / "x").empty());
}

TEST_CASE("A logo of the admin panel without its file is a remark, said as a transfer says it") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.configuration.push_back(
      R"({"type":"core-store","value":{"key":"core_admin_project-settings","value":)"
      R"({"menuLogo":null,"authLogo":{"name":"l.png","url":"/uploads/l_1.png"}}}})");
  writeFile(folder / "x", tarOf(entriesOf(content)));
  const auto summary = wsferry::archive::verifyArchive(folder / "x");
  CHECK(summary.problems.empty());
  CHECK(std::count_if(summary.remarks.begin(), summary.remarks.end(), [](const auto& remark) {
          return remark.rfind("the file of the admin panel's authLogo, ", 0) == 0;
        }) == 1);
}

TEST_CASE("A file that a record names is none that an editor has left") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.schemas.push_back(uploadSchema());
  content.entities.push_back(uploadRecord(1, "pic_1", ".png"));
  content.assets.pop_back();
  const bool isNamed = GENERATE(true, false);
  if (isNamed) {
    content.entities.push_back(uploadRecord(2, "dump_ab12", ".bak"));
  }
  auto entries = entriesOf(content);
  entries.emplace_back("assets/uploads/dump_ab12.bak", "x");
  writeFile(folder / "x", tarOf(entries));
  const std::string problem = "assets/uploads/dump_ab12.bak has no file in assets/metadata";
  CHECK(contains(complaint(folder / "x"), problem) == isNamed);
  const auto summary = wsferry::archive::verifyArchive(folder / "x");
  CHECK(summary.problems ==
        (isNamed ? std::vector<std::string>{problem} : std::vector<std::string>{}));
}

TEST_CASE("What stands in a stage's place without being its entry is refused") {
  const TemporaryFolder folder;
  const std::string path = GENERATE("entities", "links/links_00002.jsonl", "assets",
                                    "assets/uploads/b.png", "configuration", "schemas/x");
  const char kind = GENERATE('1', '2', '6');  // Hard link, symbolic link, pipe.
  std::string tar;
  for (const auto& [name, bytes] : entriesOf(validExport())) {
    tar += tarEntry(name, bytes);
  }
  CAPTURE(path, kind);
  writeFile(folder / "x", tar + tarEntry(path, "", kind) + endOfTar);
  CHECK(contains(complaint(folder / "x"), path + " does not belong in an export"));
  writeFile(folder / "x", tar + tarEntry("entities/sub", "", '5') + endOfTar);
  CHECK(complaint(folder / "x").empty());
}

TEST_CASE("A stage of a folder that is a symbolic link is refused, and so is a part") {
  const TemporaryFolder folder;
  const auto options = folderOptions(folder / "x");
  writeExport(options, validExport());
  REQUIRE(complaint(folder / "x").empty());
  const std::string linked = GENERATE("entities", "links", "assets", "assets/uploads",
                                      "configuration", "entities/entities_00001.jsonl");
  CAPTURE(linked);
  std::filesystem::rename(folder / ("x/" + linked), folder / "elsewhere");
  std::filesystem::create_symlink(folder / "elsewhere", folder / ("x/" + linked));
  const std::string message = complaint(folder / "x");
  CHECK(contains(message, "\n" + linked + " does not belong in an export"));
  CHECK(contains(message, "Links are not followed"));
}

TEST_CASE("Metadata without an upload are a lost file") {
  const TemporaryFolder folder;
  auto entries = entriesOf(validExport());
  const bool isFirst = GENERATE(true, false);
  entries.emplace(isFirst ? entries.begin() : entries.end(), "assets/metadata/lost.png.json", "{}");
  writeFile(folder / "x", tarOf(entries));
  const std::string message = complaint(folder / "x");
  CHECK(contains(message, "\nassets/metadata/lost.png.json has no file in assets/uploads"));
  CHECK(std::count(message.begin(), message.end(), '\n') == 1);
}

TEST_CASE("What an archive makes its reader remember is limited") {
  const TemporaryFolder folder;
  const auto path = folder / "x";
  auto entries = entriesOf(validExport());
  SECTION("all schemas together") {
    for (int i = 0; i < 9; ++i) {
      entries.emplace_back("schemas/schemas_x1000" + std::to_string(i) + ".jsonl",
                           R"({"uid":"api::x)" + std::to_string(i) + R"(.x","attributes":{"x":")" +
                               std::string(8u << 20, 'x') + "\"}}");
    }
    writeFile(path, tarOf(entries));
    CHECK(
        contains(complaint(path), "schemas_x10007.jsonl, line 1: the schemas are larger than 64"));
  }
  SECTION("one schema, again and again") {
    std::string lines;
    for (int i = 0; i < 9; ++i) {
      lines += R"({"uid":"api::a.a","attributes":{"x":")" + std::string(8u << 20, 'x') + "\"}}\n";
    }
    entries.emplace_back("schemas/schemas_x10001.jsonl", lines);
    writeFile(path, tarOf(entries));
    CHECK(complaint(path).empty());
  }
  SECTION("a long name") {
    entries.emplace_back("entities/entities_x10001.jsonl",
                         R"({"type":")" + std::string(1025, 'x') + R"(","id":1,"data":{}})");
    writeFile(path, tarOf(entries));
    CHECK(
        contains(complaint(path), "entities_x10001.jsonl, line 1: entity type has a name of more"));
  }
  SECTION("many names") {
    std::string lines;
    for (int i = 0; i < 100'001; ++i) {
      lines += R"({"type":"x)" + std::to_string(i) + R"(","id":1,"data":{}})" + "\n";
    }
    entries.emplace_back("entities/entities_x10001.jsonl", lines);
    writeFile(path, tarOf(entries));
    const std::string message = complaint(path);
    CHECK(contains(message, "line 99999: the archive names more than 100000 of: entity type"));
    CHECK(wsferry::archive::inspectArchive(path).entitiesByType.size() == 100'000);
  }
  SECTION("a long provider") {
    Export content = validExport();
    content.assets[0].info.metadata.replace(0, 1,
                                            R"({"provider":")" + std::string(1025, 'p') + "\",");
    CHECK(refuses(content, "assets/metadata/pic_1.png.json: provider has a name of more"));
  }
  SECTION("a problem that repeats what it found") {
    Export content = validExport();
    std::string& metadata = content.assets[0].info.metadata;
    metadata.replace(metadata.find("pic_1"), 5, std::string(1u << 20, 'h'));
    CHECK(refuses(content, "hash and ext make \"hhh"));
    CHECK(complaint(content).size() < 3'000);
  }
}

TEST_CASE("Records that an import cannot read are refused") {
  Export content = validExport();
  SECTION("no JSON") {
    content.entities[1] = R"({"type":"api::a.a","id":2,"data":{})";
    CHECK(refuses(content, "entities/entities_00002.jsonl, line 1"));
  }
  SECTION("no UTF-8") {
    content.entities[2] = "{\"type\":\"api::b.b\",\"id\":2,\"data\":{\"x\":\"\xFF\"}}";
    CHECK(refuses(content, "not UTF-8"));
  }
  SECTION("no object") {
    content.configuration[0] = "[]";
    CHECK(refuses(content, "configuration/configuration_00001.jsonl, line 1"));
  }
  SECTION("members given twice, of which readers take different ones") {
    content.entities[0] = R"({"type":"api::a.a","type":"api::a.a","id":1,"data":{}})";
    CHECK(refuses(content, "entities/entities_00001.jsonl, line 1"));
  }
  SECTION("an entity without id") {
    content.entities[0] = R"({"type":"api::a.a","data":{}})";
    CHECK(refuses(content, "line 1: id"));
  }
  SECTION("a link with one end") {
    content.links[0] =
        R"({"kind":"relation.basic","relation":"r","left":{"type":"api::a.a","ref":1}})";
    CHECK(refuses(content, "right"));
  }
  SECTION("a schema without attributes") {
    content.schemas.push_back({"api::x.x", R"({"uid":"api::x.x"})"});
    CHECK(refuses(content, "attributes"));
  }
  SECTION("after an empty line") {
    content.links[0] += "\n\n{}";
    CHECK(refuses(content, "links/links_00001.jsonl, line 3"));
  }
  SECTION("a link twice") {
    content.links.push_back(content.links[0]);
    CHECK(refuses(content, "links/links_00004.jsonl, line 1: the same link already occurred"));
  }
  SECTION("a link twice, in another place of a list that holds each entry once") {
    std::string moved = content.links[0];
    moved.replace(moved.find("\"ref\":1"), 7, "\"ref\":1,\"pos\":2");
    content.links.push_back(moved);
    CHECK(refuses(content, "the same link already occurred"));
  }
  SECTION("an entity twice") {
    content.entities.push_back(content.entities[0]);
    CHECK(refuses(content, "entities_00004.jsonl, line 1: the same entity already occurred"));
  }
  SECTION("two entities of one id") {
    content.entities.push_back(R"({"type":"api::a.a","id":1,"data":{}})");
    CHECK(refuses(content, "api::a.a 1 occurs twice, with different content"));
  }
}

TEST_CASE("Assets that an import cannot take are refused") {
  Export content = validExport();
  const auto refusesWith = [&content](const std::string& from, const std::string& to,
                                      const std::string& part) {
    Export changed = content;
    std::string& metadata = changed.assets[0].info.metadata;
    const auto place = metadata.find(from);
    REQUIRE(place != std::string::npos);
    metadata.replace(place, from.size(), to);
    return refuses(changed, "assets/metadata/pic_1.png.json: " + part);
  };
  for (const std::string id : {"0", "-1", "1.5", "\"1\"", "null", "1e999"}) {
    CAPTURE(id);
    CHECK(refusesWith("\"id\":1", "\"id\":" + id, "id is not a positive integer"));
  }
  for (const std::string size : {"-1", "1e999", "\"1\"", "null"}) {
    CAPTURE(size);
    CHECK(refusesWith("\"size\":1.5", "\"size\":" + size, "size is not a number"));
  }
  for (const std::string key : {"name", "mime", "url"}) {
    CAPTURE(key);
    CHECK(refusesWith("\"" + key + "\":\"", "\"" + key + "\":\"\",\"x\":\"", key + " is missing"));
    CHECK(refusesWith("\"" + key + "\":", "\"x\":", key + " is missing"));
    CHECK(refusesWith("\"" + key + "\":", "\"" + key + "\":1,\"x\":", key + " is missing"));
  }
  CHECK(refusesWith("pic_1", "pic_2", "hash and ext make \"pic_2.png\""));
  CHECK(refusesWith(".png", ".jpg", "hash and ext make \"pic_1.jpg\""));
  CHECK(refusesWith("{", "{\"mainHash\":1,", "mainHash is not a string"));
  CHECK(refusesWith("{", "", "not an object"));
  CHECK(refusesWith("}", "", "not JSON"));
  CHECK(refusesWith("a name", "\xFF", "not UTF-8"));
}

TEST_CASE("A file without its record is left out, where the archive has records of files") {
  Export content = validExport();
  content.schemas.push_back(uploadSchema());
  replace(content.assets[1].info.metadata, "\"id\":1", "\"id\":2");
  const bool isFileThereTwice = GENERATE(false, true);
  const TemporaryFolder folder;
  const auto read = [&] {
    auto entries = entriesOf(content);
    if (isFileThereTwice) {
      entries.emplace_back("assets/uploads/pic_1.png", content.assets[0].bytes);
    }
    writeFile(folder / "x.tar", tarOf(entries));
    ArchiveSourceOptions options;
    options.path = folder / "x.tar";
    ArchiveSource source(options);
    source.bootstrap();
    AssetCollector collector;
    source.readAssets(collector);
    CHECK(collector.announcedTotals.count == collector.assets.size());
    CHECK(source.summary().totals.at(TransferStage::assets).count == collector.assets.size());
    std::map<std::string, std::uint64_t> bytes;
    for (const Asset& sent : collector.assets) {
      bytes[sent.info.filename == "empty" ? "" : ".png"] += sent.bytes.size();
    }
    const auto& counted = source.summary().assetsByExtension;
    CHECK(counted.size() == bytes.size());
    for (const auto& [extension, tally] : counted) {
      CHECK(tally.count == 1);
      CHECK(tally.bytes == bytes[extension]);
    }
    return std::pair(collector.assets, source.summary().problems);
  };
  content.entities.push_back(uploadRecord(1, "pic_1", ".png"));
  content.entities.push_back(uploadRecord(2, "empty", ""));
  CHECK(read().first.size() == 2);
  CHECK(read().second.empty());
  content.entities.pop_back();
  const auto [assets, problems] = read();
  REQUIRE(assets.size() == 1);
  CHECK(assets[0].info.filename == "pic_1.png");
  const std::string problem =
      "assets/metadata/empty.json: there is no record of plugin::upload.file with its id 2";
  CHECK(problems == std::vector<std::string>{problem + "; the file is left out"});
  CHECK(wsferry::archive::verifyArchive(folder / "x.tar").problems ==
        std::vector<std::string>{problem});
}

TEST_CASE("Entities and components without a schema are refused") {
  Export content = validExport();
  content.entities.push_back(R"({"type":"api::z.z","id":1,"data":{}})");
  CHECK(refuses(content, "there are entities of api::z.z, but no schema of it"));
  content.entities.pop_back();
  content.schemas[2].json =
      R"({"uid":"shared.seo","modelType":"component","attributes":{"x":{"type":"component","component":"shared.x"}}})";
  CHECK(refuses(content, "the component shared.x, but there is no schema of it"));
}

TEST_CASE("A file that another record than its own would lead to is left out, and missing") {
  Export content = validExport();
  content.links.clear();
  content.schemas.push_back(uploadSchema());
  content.entities.push_back(uploadRecord(
      1, "pic_1", ".png", R"({"thumbnail":{"hash":"t_pic_1","ext":".png"},"small":{"hash":"s"}})"));
  content.entities.push_back(uploadRecord(2, "empty", ""));
  content.assets.push_back(asset("t_pic_1", ".png", "t"));
  content.assets.push_back(asset("s", "", "small"));
  std::string& second = content.assets[1].info.metadata;
  std::string& thumbnail = content.assets[2].info.metadata;
  replace(second, R"("id":1,)", R"("id":2,)");
  replace(thumbnail, R"("id":1,)", ofFormat("thumbnail", 1, "pic_1"));
  replace(content.assets[3].info.metadata, R"("id":1,)", R"("id":1,"type":"small",)");
  const auto judge = [&](const std::string& file, const std::string& problem) {
    const TemporaryFolder folder;
    writeFile(folder / "x.tar", tarOf(entriesOf(content)));
    CHECK(wsferry::archive::verifyArchive(folder / "x.tar").problems ==
          std::vector<std::string>{"assets/metadata/" + file + ".json: " + problem});
    ArchiveSourceOptions options;
    options.path = folder / "x.tar";
    ArchiveSource source(options);
    source.bootstrap();
    CHECK(source.summary().problems ==
          std::vector<std::string>{"assets/metadata/" + file + ".json: " + problem +
                                   "; the file is left out"});
    const auto sent = assetsOf(source);
    CHECK(sent.size() == 3);
    CHECK(std::none_of(sent.begin(), sent.end(),
                       [&](const Asset& item) { return item.info.filename == file; }));
    // As it comes from a server.
    CHECK(contains(messageOf([&] { writeExport(tarOptions(folder / "y.tar"), content); }),
                   "file \"" + file + "\": " + problem));
    CHECK(folder.names() == std::set<std::string>{"x.tar"});
  };
  const std::string foreign = "plugin::upload.file 1, whose id it has, does not name this file";
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x.tar"), content);
  CHECK(wsferry::archive::verifyArchive(folder / "x.tar").problems.empty());
  SECTION("the id of another record") {
    replace(second, R"("id":2,)", R"("id":1,)");
    judge("empty", foreign);
  }
  SECTION("a resized image that passes for the record's own") {
    replace(thumbnail, R"("type":"thumbnail")", GENERATE(R"("x":0)", R"("type":"")"));
    judge("t_pic_1.png", foreign);
  }
  SECTION("another format, or one that there is not") {
    const std::string type = GENERATE("small", "large");
    replace(thumbnail, "thumbnail", type);
    judge("t_pic_1.png", foreign + " as its format \"" + type + "\"");
  }
  SECTION("the record's own that passes for a resized image") {
    replace(content.assets[0].info.metadata, "{", R"({"type":"thumbnail",)");
    judge("pic_1.png", foreign + " as its format \"thumbnail\"");
  }
  SECTION("the hash of another record") {
    replace(thumbnail, R"("mainHash":"pic_1")", R"("mainHash":"empty")");
    judge("t_pic_1.png", "its mainHash is not the hash of plugin::upload.file 1, whose id it has");
  }
}

TEST_CASE("An attribute of the media library called type makes no resized image of its files") {
  Export content = validExport();
  content.schemas.push_back(uploadSchema());
  content.entities.push_back(uploadRecord(1, "pic_1", ".png"));
  content.assets.pop_back();
  replace(content.assets[0].info.metadata, "{", R"({"type":"invoice",)");
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x.tar"), content);
  CHECK(wsferry::archive::verifyArchive(folder / "x.tar").problems.empty());
  CHECK(readExport(folder / "x.tar").assets.size() == 1);
}

TEST_CASE("What is missing is named") {
  const auto entries = entriesOf(validExport());
  const TemporaryFolder folder;
  const auto complaintWithout = [&](const std::string& start) {
    auto left = entries;
    left.erase(std::remove_if(
                   left.begin(), left.end(),
                   [&](const auto& entry) { return entry.first.substr(0, start.size()) == start; }),
               left.end());
    REQUIRE(left.size() < entries.size());
    writeFile(folder / "x", gzipped(tarOf(left)));
    return complaint(folder / "x");
  };
  CHECK(contains(complaintWithout("metadata.json"), "metadata.json is missing"));
  CHECK(contains(complaintWithout("schemas/"), "there is no schema"));
  CHECK(contains(complaintWithout("assets/metadata/"),
                 "assets/uploads/empty has no file in assets/metadata"));
  CHECK(contains(complaintWithout("assets/metadata/"),
                 "assets/uploads/pic_1.png has no file in assets/metadata"));
  CHECK(contains(complaintWithout("assets/uploads/"),
                 "assets/metadata/pic_1.png.json has no file in assets/uploads"));
}

TEST_CASE("Metadata without a version are for the version strategy to judge") {
  auto entries = entriesOf(validExport());
  entries.front().second = "{}";
  const TemporaryFolder folder;
  writeFile(folder / "x", tarOf(entries));
  ArchiveSourceOptions options;
  options.path = folder / "x";
  ArchiveSource source(options);
  source.bootstrap();
  CHECK(source.getMetadata().strapiVersion.empty());
  CHECK(source.summary().problems.empty());
  CHECK(source.summary().remarks ==
        std::vector<std::string>{"metadata.json: strapi.version is missing",
                                 "metadata.json: createdAt is missing",
                                 "link 3 leads to shared.seo 9, which is not there"});
}

TEST_CASE("Many problems are told, and cut short") {
  Export content = validExport();
  for (int i = 0; i < 150; ++i) {
    content.configuration[0] += "\n{}";
  }
  const std::string message = complaint(content);
  CHECK(std::count(message.begin(), message.end(), '\n') == 101);
  CHECK(contains(message, "x.tar is not an export that can be imported:\n"));
  CHECK(contains(message, "\nand 50 more"));
}

TEST_CASE("What is no archive says so") {
  const TemporaryFolder folder;
  CHECK(preflight(folder / "missing") == Errc::fileFailed);
  writeFile(folder / "text", "just some text");
  CHECK(preflight(folder / "text") == ArchiveErrc::invalidArchive);
  CHECK(contains(complaint(folder / "text"), "not an archive"));
  writeFile(folder / "empty", "");
  CHECK(preflight(folder / "empty") == ArchiveErrc::invalidArchive);
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(preflight(folder / "pipe") == Errc::fileFailed);
  std::filesystem::create_directory(folder / "folder");
  CHECK(contains(complaint(folder / "folder"), "metadata.json is missing"));
}

TEST_CASE("An archive encrypted in a newer way is recognised") {
  const TemporaryFolder folder;
  for (const std::string name : {"x.tar.gz.enc", "x"}) {
    for (const std::size_t size : {8u, 15u, 512u}) {
      writeFile(folder / name, "STRAPIEX" + std::string(size, '\x01'));
      CHECK(preflight(folder / name, "key") == ArchiveErrc::invalidArchive);
      CHECK(contains(complaint(folder / name), "newer"));
    }
  }
}

TEST_CASE("An encrypted archive needs the right key before anything else") {
  const TemporaryFolder folder;
  for (const auto& options : allFormats(folder / "x.enc")) {
    if (options.format.encrypted) {
      writeExport(options, validExport());
      CHECK(preflight(options.path) == ArchiveErrc::keyRequired);
      CHECK(preflight(options.path, "wrong") == ArchiveErrc::wrongKey);
      CHECK(preflight(options.path, options.key) == std::error_code());
      std::filesystem::remove(options.path);
    }
  }
}
