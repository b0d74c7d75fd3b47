#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/archive_fixture.hpp"
#include "support/content_parts.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/testing/content.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::testing;

namespace {

using strapi::TransferStage;

/// Everything in a content, told apart by line.
std::string digest(const Content& content) {
  Sha256 sum;
  for (const auto& schema : content.schemas()) {
    sum.update(schema.uid + schema.json + "\n");
  }
  for (const auto stage :
       {TransferStage::entities, TransferStage::links, TransferStage::configuration}) {
    for (const auto& record : recordsOf(content, stage)) {
      sum.update(record + "\n");
    }
  }
  const auto assets = content.assets();
  for (std::size_t i = 0; i < assets.size(); ++i) {
    sum.update(assets[i].filename + std::to_string(assets[i].size) + assets[i].metadata + "\n");
    sum.update(bytesOf(content, i) + "\n");
  }
  return sum.hex();
}

/// Members of a JSON object as text, strings decoded.
std::map<std::string, std::string> members(std::string_view json) {
  std::map<std::string, std::string> found;
  JsonCursor cursor(json);
  REQUIRE(cursor.enterObject());
  std::string_view key;
  while (cursor.nextKey(key)) {
    const std::string_view value = cursor.skipValue();
    found[decodeJsonString(key)] = value.front() == '"'
                                       ? decodeJsonString(value.substr(1, value.size() - 2))
                                       : std::string(value);
  }
  return found;
}

void checkIsJson(const std::string& text) {
  INFO(text);
  JsonCursor cursor(text);
  cursor.skipValue();
  cursor.expectEnd();
  CHECK(text.find('\n') == std::string::npos);
}

TEST_CASE("sample content is the same on every machine") {
  CHECK(digest(*sampleContent()) == digest(*sampleContent()));
  CHECK(digest(*sampleContent()) ==
        "7ae72ec29c26cb5d2d07b054aeb6319f3715350138854c2e9d736a6a49639167");
  SampleContentOptions other;
  other.articles = 41;
  CHECK(digest(*sampleContent()) != digest(*sampleContent(other)));
}

TEST_CASE("sample content has as much as was asked for") {
  SampleContentOptions options;
  options.articles = 10;
  options.authors = 3;
  options.tags = 4;
  options.images = 2;
  options.withSecrets = false;
  const auto content = sampleContent(options);
  std::map<std::string, unsigned> counts;
  for (const auto& record : recordsOf(*content, TransferStage::entities)) {
    ++counts[members(record)["type"]];
  }
  CHECK(counts["api::article.article"] == 10);
  CHECK(counts["api::author.author"] == 3);
  CHECK(counts["api::tag.tag"] == 4);
  CHECK(counts["plugin::upload.file"] == 4);  // and an empty file, and one without an extension
  CHECK(content->assets().size() == 6);       // and two thumbnails
}

TEST_CASE("sample content may be empty") {
  SampleContentOptions options;
  options.articles = options.authors = options.tags = options.images = 0;
  options.withSecrets = false;
  const auto content = sampleContent(options);
  CHECK(content->assets().empty());
  for (const auto& record : recordsOf(*content, TransferStage::links)) {
    CHECK(record.find("api::") == std::string::npos);
  }
}

TEST_CASE("sample content is JSON of the right shapes") {
  const auto content = sampleContent();
  for (const auto& schema : content->schemas()) {
    checkIsJson(schema.json);
    auto schemaMembers = members(schema.json);
    CHECK(schemaMembers["uid"] == schema.uid);
    for (const std::string name : {"collectionName", "info", "options", "attributes", "modelType",
                                   "modelName", "globalId"}) {
      CAPTURE(schema.uid, name);
      CHECK(schemaMembers.count(name) == 1);
    }
  }
  for (const auto stage :
       {TransferStage::entities, TransferStage::links, TransferStage::configuration}) {
    for (const auto& record : recordsOf(*content, stage)) {
      checkIsJson(record);
    }
  }
  for (const auto& asset : content->assets()) {
    checkIsJson(asset.metadata);
  }
}

TEST_CASE("links of sample content lead from entity to entity") {
  const auto content = sampleContent();
  std::set<std::string> known;
  std::set<std::string> types;
  for (const auto& schema : content->schemas()) {
    types.insert(schema.uid);
  }
  for (const auto& record : recordsOf(*content, TransferStage::entities)) {
    auto entity = members(record);
    CHECK(types.count(entity["type"]) == 1);
    CHECK(known.insert(entity["type"] + " " + entity["id"]).second);
    known.insert(entity["type"] + " " + members(entity["data"])["documentId"]);
    if (entity["type"] == "api::article.article") {
      known.insert("shared.seo " + members(members(entity["data"])["seo"])["id"]);
    }
  }
  std::set<std::string> kinds;
  for (const auto& record : recordsOf(*content, TransferStage::links)) {
    CAPTURE(record);
    auto link = members(record);
    kinds.insert(link["kind"]);
    for (const std::string side : {"left", "right"}) {
      auto end = members(link[side]);
      CHECK(known.count(end["type"] + " " + end["ref"]) == 1);
    }
  }
  CHECK(kinds == std::set<std::string>{"relation.basic", "relation.morph", "relation.circular"});
}

TEST_CASE("assets of sample content have the size and the metadata of their file") {
  const auto content = sampleContent();
  std::map<std::string, std::map<std::string, std::string>> files;
  for (const auto& record : recordsOf(*content, TransferStage::entities)) {
    auto entity = members(record);
    if (entity["type"] == "plugin::upload.file") {
      files[entity["id"]] = members(entity["data"]);
    }
  }
  const auto assets = content->assets();
  std::set<std::string> names;
  bool hasEmpty = false;
  bool hasNoExtension = false;
  for (std::size_t i = 0; i < assets.size(); ++i) {
    auto metadata = members(assets[i].metadata);
    CAPTURE(assets[i].filename, assets[i].metadata);
    CHECK(names.insert(assets[i].filename).second);
    CHECK(bytesOf(*content, i).size() == assets[i].size);
    CHECK(metadata["hash"] + metadata["ext"] == assets[i].filename);
    const double kilobytes = static_cast<double>(assets[i].size) / 1000;
    CHECK(std::abs(std::stod(metadata["size"]) - kilobytes) < 0.006);
    for (const std::string name : {"name", "mime", "url"}) {
      CHECK_FALSE(metadata[name].empty());
    }
    REQUIRE(files.count(metadata["id"]) == 1);
    if (metadata.count("mainHash") == 0) {
      CHECK(files[metadata["id"]]["hash"] == metadata["hash"]);
    } else {
      CHECK(files[metadata["id"]]["hash"] == metadata["mainHash"]);
      CHECK(metadata["type"] == "thumbnail");
    }
    hasEmpty = hasEmpty || assets[i].size == 0;
    hasNoExtension = hasNoExtension || metadata["ext"].empty();
  }
  CHECK(hasEmpty);
  CHECK(hasNoExtension);
}

TEST_CASE("secrets are in sample content when asked for, and only then") {
  SampleContentOptions options;
  options.withSecrets = GENERATE(false, true);
  const auto content = sampleContent(options);
  unsigned secretRecords = 0;
  unsigned hashes = 0;
  for (const auto stage : {TransferStage::entities, TransferStage::links}) {
    for (const auto& record : recordsOf(*content, stage)) {
      secretRecords +=
          record.find(R"("type":"admin::)") != std::string::npos ||
                  record.find(R"("type":"plugin::content-releases.)") != std::string::npos
              ? 1
              : 0;
      hashes += record.find(secretHash) != std::string::npos ? 1 : 0;
    }
  }
  CHECK((secretRecords > 10) == options.withSecrets);
  CHECK((hashes > 0) == options.withSecrets);
}

/// What an archive may hold: no records that must never be transferred.
std::shared_ptr<const Content> transferableContent() {
  SampleContentOptions options;
  options.withSecrets = false;
  return sampleContent(options);
}

/// Writes all of a content into a new archive.
void write(const Content& content, const archive::ArchiveDestinationOptions& options) {
  archive::ArchiveDestination destination(options);
  destination.beforeTransfer({content.metadata(), content.schemas(), {}});
  for (const auto stage :
       {TransferStage::entities, TransferStage::links, TransferStage::configuration}) {
    destination.beginStage(stage);
    for (const auto& record : recordsOf(content, stage)) {
      destination.records().record(record);
    }
    destination.endStage();
  }
  destination.beginStage(TransferStage::assets);
  const auto assets = content.assets();
  for (std::size_t i = 0; i < assets.size(); ++i) {
    destination.assets().begin(std::to_string(i), assets[i]);
    destination.assets().write(std::to_string(i), bytesOf(content, i));
    destination.assets().end(std::to_string(i));
  }
  destination.endStage();
  destination.close();
}

TEST_CASE("an archive is the content that was written into it") {
  const TemporaryFolder folder;
  archive::ArchiveDestinationOptions options;
  options.path = folder / "sample";
  options.partSize = 10'000;
  options.format.container = GENERATE(archive::Container::tar, archive::Container::directory);
  options.format.compressed = options.format.container == archive::Container::tar;
  const auto original = transferableContent();
  const std::string before = original->metadata().createdAt;
  write(*original, options);
  const auto content = archiveContent(options.path);

  CHECK(content->metadata().createdAt.size() == before.size());
  CHECK(content->metadata().createdAt >= before);
  CHECK(content->metadata().createdAt <= original->metadata().createdAt);
  CHECK(content->metadata().strapiVersion == original->metadata().strapiVersion);
  std::map<std::string, std::string> schemas;
  for (const auto& schema : original->schemas()) {
    schemas[schema.uid] = schema.json;
  }
  CHECK(content->schemas().size() == schemas.size());
  for (const auto& schema : content->schemas()) {
    CHECK(schemas[schema.uid] == schema.json);
  }
  for (const auto stage :
       {TransferStage::entities, TransferStage::links, TransferStage::configuration}) {
    CHECK(recordsOf(*content, stage) == recordsOf(*original, stage));
  }

  std::map<std::string, std::size_t> indexes;
  const auto originals = original->assets();
  for (std::size_t i = 0; i < originals.size(); ++i) {
    indexes[originals[i].filename] = i;
  }
  const auto assets = content->assets();
  REQUIRE(assets.size() == originals.size());
  // In order, then once more from the end.
  for (std::size_t i = 0; i < 2 * assets.size(); ++i) {
    const std::size_t index = i < assets.size() ? i : 2 * assets.size() - 1 - i;
    REQUIRE(indexes.count(assets[index].filename) == 1);
    const std::size_t same = indexes[assets[index].filename];
    CAPTURE(assets[index].filename);
    CHECK(assets[index].size == originals[same].size);
    CHECK((bytesOf(*content, index) == bytesOf(*original, same)));
    CHECK(members(assets[index].metadata) == members(originals[same].metadata));
  }
}

TEST_CASE("two assets of an archive can be read at the same time") {
  const TemporaryFolder folder;
  archive::ArchiveDestinationOptions options;
  options.path = folder / "sample.tar";
  options.format.compressed = false;
  write(*transferableContent(), options);
  const auto content = archiveContent(options.path);
  const std::string first = bytesOf(*content, 0);
  const std::string second = bytesOf(*content, 1);
  const auto nextOfFirst = content->assetBytes(0);
  const auto nextOfSecond = content->assetBytes(1);
  std::string readFirst;
  std::string readSecond;
  for (;;) {
    const std::string a = nextOfFirst();
    const std::string b = nextOfSecond();
    if (a.empty() && b.empty()) {
      break;
    }
    readFirst += a;
    readSecond += b;
  }
  CHECK((readFirst == first));
  CHECK((readSecond == second));
}

}  // namespace
