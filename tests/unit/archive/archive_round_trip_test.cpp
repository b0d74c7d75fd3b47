#include <algorithm>
#include <random>

#include "catch.hpp"
#include "support/archive_fixture.hpp"
#include "wsferry/core/detail/text/sha256.hpp"

using namespace support;

namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += (i == 0 ? "" : "\n") + lines[i];
  }
  return text;
}

std::string checksumOf(const std::string& path, const std::string& bytes) {
  wsferry::Sha256 hash;
  hash.update(bytes);
  return R"({"path":")" + path + R"(","size":)" + std::to_string(bytes.size()) + R"(,"sha256":")" +
         hash.hex() + "\"}\n";
}

std::map<std::string, std::string> expectedTree(const Export& content) {
  std::vector<std::string> schemas;
  for (const auto& schema : content.schemas) {
    schemas.push_back(schema.json);
  }
  std::map<std::string, std::string> tree = {
      {"metadata.json", "{\n  \"createdAt\": \"" + content.metadata.createdAt +
                            "\",\n  \"strapi\": {\n    " + "\"version\": \"" +
                            content.metadata.strapiVersion + "\"\n  }\n}"}};
  std::size_t files = content.assets.size();
  // Those that stand before the end of the assets have their checksums in the first part.
  const auto add = [&tree, &files](const std::string& stage, const std::vector<std::string>& lines,
                                   const char* part) {
    if (!lines.empty()) {
      const std::string path = stage + "/" + stage + "_00001.jsonl";
      tree[path] = joined(lines);
      ++files;
      tree[std::string("checksums/checksums_") + part + ".jsonl"] += checksumOf(path, tree[path]);
    }
  };
  add("schemas", schemas, "00001");
  add("entities", content.entities, "00001");
  add("links", content.links, "00002");
  add("configuration", content.configuration, "00002");
  for (const auto& item : content.assets) {
    tree["checksums/checksums_00001.jsonl"] +=
        checksumOf("assets/uploads/" + item.info.filename, item.bytes);
    tree["assets/uploads/" + item.info.filename] = item.bytes;
    tree["assets/metadata/" + item.info.filename + ".json"] = item.info.metadata;
  }
  std::string& first = tree["checksums/checksums_00001.jsonl"];
  std::string& last = tree["checksums/checksums_00002.jsonl"];
  if (last.empty()) {
    last = first.substr(first.rfind('\n', first.size() - 2) + 1);
  }
  const std::string begin = "{\"checksums\":2}\n";
  first.insert(0, begin);
  last = begin + last + R"({"checksums":2,"last":true,"files":)" + std::to_string(files) +
         ",\"confirmed\":\"" + content.metadata.createdAt + "\"}\n";
  return tree;
}

class RandomContent {
 public:
  explicit RandomContent(unsigned seed) : random_(seed) {}

  Export make() {
    Export content;
    content.schemas = {{"api::a.a", R"({"uid":"api::a.a","attributes":{}})"}};
    content.entities = records(R"({"type":"api::a.a","data":{},)", below(60));
    content.links = records(
        R"({"kind":"relation.basic","relation":"r","right":{"type":"t","ref":1},"left":{"type":"t","ref":1},)",
        below(60));
    content.configuration = records(R"({"type":"webhook","value":{},)", below(3));
    for (std::size_t i = below(8); i > 0; --i) {
      std::string hash = "h" + std::to_string(i);
      hash.append(below(3) == 0 ? 120 : 0, 'x').append(below(3) == 0 ? "東京ïé" : "");
      content.assets.push_back(asset(hash, below(2) == 0 ? "" : ".png", bytes(below(70'000))));
    }
    return content;
  }

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

 private:
  // All of one shape; the left end of a link differs, as the same link would be stored once.
  std::vector<std::string> records(std::string start, std::size_t count) {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < count; ++i) {
      if (const auto ref = start.rfind("\"ref\":"); ref != std::string::npos) {
        start.replace(ref + 6, start.find('}', ref) - ref - 6, std::to_string(i));
      }
      made.push_back(start + R"("id":)" + std::to_string(i) + R"(,"s":")" +
                     std::string(below(9) == 0 ? below(5'000) : below(40), 'r') + "\"}");
    }
    return made;
  }

  std::string bytes(std::size_t size) {
    std::string made(size, '\0');
    std::generate(made.begin(), made.end(), [this] { return static_cast<char>(random_()); });
    return made;
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("What is written is read again, in all formats") {
  const TemporaryFolder folder;
  const Export content = validExport();
  for (const auto& options : allFormats(folder / "export")) {
    CAPTURE(options.format.extension());
    const ArchiveResult result = writeExport(options, content);
    CHECK(readTree(options.path, options.key) == expectedTree(content));
    CHECK(result.notes.empty());
    CHECK(folder.names() == std::set<std::string>{"export"});

    const ArchiveReader reader(options.path, options.key);
    CHECK(reader.format().container == options.format.container);
    CHECK(reader.format().compressed == options.format.compressed);
    CHECK(reader.format().encrypted == options.format.encrypted);

    if (options.format.container == Container::tar) {
      const std::string bytes = readFile(options.path);
      wsferry::Sha256 hash;
      hash.update(bytes);
      CHECK(result.bytes == bytes.size());
      CHECK(result.sha256 == hash.hex());
    } else {
      std::size_t size = 0;
      for (const auto& [path, bytes] : expectedTree(content)) {
        size += bytes.size();
      }
      CHECK(result.bytes == size);
      CHECK(result.sha256.empty());
    }
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("Random exports survive, in all formats") {
  const TemporaryFolder folder;
  for (unsigned seed = 0; seed < 12; ++seed) {
    RandomContent random(seed);
    const Export content = random.make();
    for (auto options : allFormats(folder / "export")) {
      CAPTURE(seed, options.format.extension());
      options.assetMemory = random.below(100'000);
      options.overwrite = true;
      if (options.format.container == Container::directory) {
        std::filesystem::remove_all(options.path);
      }
      writeExport(options, content);
      CHECK(readTree(options.path, options.key) == expectedTree(content));
    }
    std::filesystem::remove_all(folder / "export");
  }
}

TEST_CASE("Metadata comes last, and entries tell what they are") {
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x.tar"), validExport());
  ArchiveReader reader(folder / "x.tar");
  std::vector<wsferry::archive::Entry> entries;
  while (const auto entry = reader.next()) {
    entries.push_back(*entry);
  }
  REQUIRE(entries.size() == 11);
  CHECK(entries.front().kind == wsferry::archive::EntryKind::records);
  CHECK(entries.front().stage == TransferStage::schemas);
  CHECK(entries.back().kind == wsferry::archive::EntryKind::metadata);
  const auto upload = std::find_if(entries.begin(), entries.end(), [](const auto& entry) {
    return entry.kind == wsferry::archive::EntryKind::asset;
  });
  REQUIRE(upload != entries.end());
  CHECK(upload->filename == "pic_1.png");
  CHECK(upload->size == std::string("not really a picture").size());
  CHECK_FALSE(reader.next().has_value());
}

TEST_CASE("A new part starts at the part size") {
  const TemporaryFolder folder;
  auto options = tarOptions(folder / "x.tar");
  options.partSize = 120;
  Export content = validExport();
  const auto record = [](int id, std::size_t size) {
    std::string made = R"({"type":"api::a.a","id":)" + std::to_string(id) + R"(,"data":{"x":"")";
    made.insert(made.size() - 1, size - made.size() - 2, 'x');
    return made + "}}";
  };
  const std::vector<std::string> records = {record(1, 50),  record(2, 50), record(3, 50),
                                            record(4, 250), record(5, 45), record(6, 50)};
  content.entities = records;
  content.links.clear();
  writeExport(options, content);
  auto tree = readTree(options.path);
  CHECK(tree["entities/entities_00001.jsonl"] == records[0] + "\n" + records[1]);
  CHECK(tree["entities/entities_00002.jsonl"] == records[2]);
  CHECK(tree["entities/entities_00003.jsonl"] == records[3]);
  CHECK(tree["entities/entities_00004.jsonl"] == records[4] + "\n" + records[5]);
  CHECK(tree.count("entities/entities_00005.jsonl") == 0);
  CHECK(tree.count("links/links_00001.jsonl") == 0);
}

TEST_CASE("A record of several lines becomes one") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.schemas = {{"a", "{\r\n\"uid\":\"a\",\"attributes\":{}}"}};
  content.entities = {"{\"type\":\"a\",\n\"id\":\n1,\"data\":{}}",
                      R"({"type":"a","id":2,"data":{}})"};
  writeExport(tarOptions(folder / "x.tar"), content);
  auto tree = readTree(folder / "x.tar");
  CHECK(tree["entities/entities_00001.jsonl"] ==
        "{\"type\":\"a\", \"id\": 1,\"data\":{}}\n" + content.entities[1]);
  CHECK(tree["schemas/schemas_00001.jsonl"] == "{  \"uid\":\"a\",\"attributes\":{}}");
}

TEST_CASE("Assets may be interleaved, in memory and beyond it") {
  const TemporaryFolder folder;
  for (auto options : allFormats(folder / "export")) {
    for (const std::size_t memory : {std::size_t{0}, std::size_t{5'000}, std::size_t{4} << 20}) {
      CAPTURE(options.format.extension(), memory);
      options.assetMemory = memory;
      ArchiveDestination destination(options);
      destination.beforeTransfer({{"2024", "5.0.0"}, validExport().schemas, {}});
      destination.beginStage(TransferStage::assets);
      auto& assets = destination.assets();
      std::map<std::string, std::string> expected;
      for (const std::string name : {"a", "b", "c"}) {
        AssetInfo info = asset(name, ".bin", std::string(6'225, 'x')).info;
        info.size = 0;
        assets.begin(name, info);
      }
      for (int round = 0; round < 50; ++round) {
        for (const std::string name : {"a", "b", "c"}) {
          const std::string piece(100 + static_cast<std::size_t>(round), name[0]);
          assets.write(name, piece);
          expected[name] += piece;
        }
      }
      for (const std::string name : {"b", "c", "a"}) {
        assets.end(name);
      }
      destination.endStage();
      destination.close();
      auto tree = readTree(options.path, options.key);
      for (const auto& [name, bytes] : expected) {
        CHECK(tree["assets/uploads/" + name + ".bin"] == bytes);
      }
      std::filesystem::remove_all(options.path);
    }
  }
}
