#include "wsferry/archive/archive_source.hpp"

#include <algorithm>
#include <random>

#include "catch.hpp"
#include "support/archive_source_fixture.hpp"
#include "wsferry/core/detail/text/sha256.hpp"

using namespace support;
using wsferry::Errc;

namespace {

class RandomExport {
 public:
  explicit RandomExport(unsigned seed) : random_(seed) {}

  Export make() {
    Export content = validExport();
    content.metadata.strapiVersion = "5." + std::to_string(below(60)) + ".0";
    content.entities.clear();
    for (std::size_t i = below(50); i > 0; --i) {
      content.entities.push_back(R"({"type":"api::a.a","id":)" + std::to_string(i) +
                                 R"(,"data":{"text":")" + text() + "\"}}");
    }
    std::string link = content.links[0];
    content.links.clear();
    for (std::size_t i = below(40); i > 0; --i) {
      std::string other = link;
      other.replace(link.find("\"ref\":1"), 7, "\"ref\":" + std::to_string(i));
      content.links.push_back(other);
    }
    content.configuration.resize(below(3));
    content.assets.clear();
    for (std::size_t i = below(9); i > 0; --i) {
      std::string hash = "h" + std::to_string(i);
      hash.append(below(3) == 0 ? 150 : 0, 'x').append(below(3) == 0 ? "東京ïé" : "");
      content.assets.push_back(asset(hash, below(2) == 0 ? "" : ".png", bytes(below(90'000))));
    }
    return content;
  }

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

  template <typename Container>
  void shuffle(Container& container) {
    std::shuffle(container.begin(), container.end(), random_);
  }

 private:
  std::string text() {
    const std::size_t size = below(9) == 0 ? 400'000 : 40;
    return below(2) == 0 ? std::string(below(size), 't') : R"(\u00e9 東京 \n)";
  }

  std::string bytes(std::size_t size) {
    std::string made(size, '\0');
    std::generate(made.begin(), made.end(), [this] { return static_cast<char>(random_()); });
    return made;
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("A source gives what was written, in all formats") {
  const TemporaryFolder folder;
  for (unsigned seed = 0; seed < 12; ++seed) {
    RandomExport random(seed);
    const Export content = random.make();
    for (auto options : allFormats(folder / "export")) {
      options.partSize = random.below(2) == 0 ? 200 : options.partSize;
      CAPTURE(seed, options.format.extension(), options.partSize);
      writeExport(options, content);
      ArchiveSourceOptions source;
      source.path = options.path;
      source.key = options.key;
      source.memory = random.below(2) == 0 ? 0 : source.memory;
      source.temporaryFolder = folder.path();
      CHECK(flat(readExport(source)) == flat(content));
      CHECK(folder.names() == std::set<std::string>{"export"});
      std::filesystem::remove_all(options.path);
    }
  }
}

TEST_CASE("The order of the entries does not matter") {
  const TemporaryFolder folder;
  for (unsigned seed = 0; seed < 60; ++seed) {
    RandomExport random(seed);
    Export content = validExport();
    content.assets.push_back(asset("large", ".bin", std::string(700'000, 'l')));
    auto entries = entriesOf(content);
    random.shuffle(entries);
    const std::string tar = tarOf(entries);
    const bool isCompressed = random.below(2) == 0;
    writeFile(folder / "x", isCompressed ? gzipped(tar) : tar);
    // Records of several parts come in the archive's order.
    const auto inOrder = [&entries](const std::string& stage) {
      std::vector<std::string> records;
      for (const auto& [path, bytes] : entries) {
        if (path.substr(0, stage.size()) == stage) {
          records.push_back(bytes.substr(0, bytes.size() - 1));
        }
      }
      return records;
    };
    for (const std::size_t memory : {std::size_t{0}, std::size_t{2'000}, std::size_t{8} << 20}) {
      CAPTURE(seed, isCompressed, memory);
      ArchiveSourceOptions options;
      options.path = folder / "x";
      options.memory = memory;
      const Export read = readExport(options);
      CHECK(read.entities == inOrder("entities"));
      CHECK(read.links == inOrder("links"));
      CHECK(read.configuration == inOrder("configuration"));
      std::sort(content.entities.begin(), content.entities.end());
      Export sorted = read;
      for (auto* records : {&sorted.entities, &sorted.links, &sorted.configuration, &content.links,
                            &content.configuration}) {
        std::sort(records->begin(), records->end());
      }
      const auto byUid = [](const auto& a, const auto& b) { return a.uid < b.uid; };
      std::sort(sorted.schemas.begin(), sorted.schemas.end(), byUid);
      CHECK(flat(sorted) == flat(content));
    }
  }
}

TEST_CASE("Any stages may be left out") {
  const TemporaryFolder folder;
  const Export content = validExport();
  auto backwards = entriesOf(content);
  std::reverse(backwards.begin(), backwards.end());
  writeFile(folder / "usual", gzipped(tarOf(entriesOf(content))));
  writeFile(folder / "backwards", gzipped(tarOf(backwards)));
  for (const std::string name : {"usual", "backwards"}) {
    for (unsigned wanted = 0; wanted < 16; ++wanted) {
      CAPTURE(name, wanted);
      ArchiveSourceOptions options;
      options.path = folder / name;
      ArchiveSource source(options);
      source.bootstrap();
      if ((wanted & 1) != 0) {
        CHECK(recordsOf(source, TransferStage::entities).size() == 3);
      }
      if ((wanted & 2) != 0) {
        CHECK(assetsOf(source).size() == 2);
      }
      if ((wanted & 4) != 0) {
        CHECK(recordsOf(source, TransferStage::links).size() == 3);
      }
      if ((wanted & 8) != 0) {
        CHECK(recordsOf(source, TransferStage::configuration).size() == 2);
      }
      source.close();
    }
  }
}

TEST_CASE("An asset comes in order, with totals, an id of its own and large pieces") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.assets.push_back(asset("large", ".bin", std::string(5'000'000, 'l')));
  for (const auto& options : allFormats(folder / "x")) {
    CAPTURE(options.format.extension());
    writeExport(options, content);
    ArchiveSourceOptions reading;
    reading.path = options.path;
    reading.key = options.key;
    ArchiveSource source(reading);
    source.bootstrap();
    RecordCollector entities;
    source.readRecords(TransferStage::entities, entities);
    CHECK(entities.announcedTotals.count == entities.records.size());
    AssetCollector assets;
    source.readAssets(assets);
    CHECK(assets.isOrderly);
    CHECK(assets.ids.size() == 3);
    CHECK(assets.ids.begin()->size() == 36);
    CHECK(assets.announcedTotals.count == 3u);
    CHECK(assets.announcedTotals.bytes == 5'000'020u);
    CHECK(assets.pieces.size() < 5'000'000 / 65'536);
    for (const Asset& asset : assets.assets) {
      wsferry::Sha256 hash;
      hash.update(asset.bytes);
      CHECK(asset.info.sha256 == hash.hex());
    }
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("An archive that others made is a source") {
  const TemporaryFolder folder;
  const Export content = validExport();
  const auto entries = entriesOf(content);
  SECTION("on Windows, with backslashes and line ends of two characters") {
    auto changed = entries;
    for (auto& [path, bytes] : changed) {
      const bool isRecords = path.find(".jsonl") != std::string::npos;
      std::replace(path.begin(), path.end(), '/', '\\');
      if (isRecords) {
        bytes.replace(bytes.size() - 1, 1, "\r\n");
      }
    }
    writeFile(folder / "x", tarOf(changed));
    CHECK(flat(readExport(folder / "x")) == flat(content));
  }
  SECTION("with ./ and folders") {
    std::string tar = tarEntry("./", "", '5') + tarEntry("./assets/uploads/", "", '5');
    for (const auto& [path, bytes] : entries) {
      tar += tarEntry("./" + path, bytes);
    }
    writeFile(folder / "x", gzipped(tar + endOfTar));
    CHECK(flat(readExport(folder / "x")) == flat(content));
  }
  SECTION("with long names") {
    Export longNamed = content;
    longNamed.assets = {asset(std::string(180, 'l') + "-東京", ".png", "bytes")};
    const bool isPax = GENERATE(true, false);
    std::string tar;
    for (const auto& [path, bytes] : entriesOf(longNamed)) {
      tar += isPax ? tarEntry("PaxHeader", paxRecord("path", path), 'x')
                   : tarEntry("././@LongLink", path + '\0', 'L');
      tar += tarEntry("short", bytes);
    }
    writeFile(folder / "x", tar + endOfTar);
    CHECK(flat(readExport(folder / "x")) == flat(longNamed));
  }
  SECTION("with metadata at the end, and without a date") {
    auto changed = entries;
    std::rotate(changed.begin(), changed.begin() + 1, changed.end());
    changed.back().second = R"({"strapi":{"version":"4.26.2"}})";
    writeFile(folder / "x", tarOf(changed));
    CHECK(readExport(folder / "x").metadata.strapiVersion == "4.26.2");
  }
}

TEST_CASE("A summary tells what a source holds") {
  const TemporaryFolder folder;
  Export content = validExport();
  auto& metadata = content.assets[0].info.metadata;
  metadata.replace(0, 1, R"({"provider":"aws-s3",)");
  for (const auto& options : allFormats(folder / "x")) {
    CAPTURE(options.format.extension());
    const auto result = writeExport(options, content);
    ArchiveSourceOptions reading;
    reading.path = options.path;
    reading.key = options.key;
    ArchiveSource source(reading);
    CHECK(errorOf([&] { source.summary(); }) == Errc::invalidState);
    source.bootstrap();
    const auto& summary = source.summary();
    CHECK(summary.fileBytes == result.bytes);
    CHECK(summary.format.extension() == options.format.extension());
    CHECK(summary.metadata.strapiVersion == "5.54.0");
    CHECK(summary.schemaUids == std::vector<std::string>{"api::a.a", "api::b.b", "shared.seo"});
    CHECK(summary.totals.at(TransferStage::entities).count == 3);
    CHECK(summary.entitiesByType.at("api::a.a").count == 2);
    CHECK(summary.linksByKind.at("relation.basic").count == 2);
    CHECK(summary.configurationByType.at("webhook").count == 1);
    CHECK(summary.assetsByExtension.at(".png").bytes == 20);
    CHECK(summary.assetsByProvider.size() == 2);
    CHECK(summary.assetsByProvider.at("aws-s3").bytes == 20);
    CHECK(summary.assetsByProvider.at("").count == 1);
    CHECK(summary.problems.empty());
    const auto verified = wsferry::archive::verifyArchive(options.path, options.key);
    CHECK(verified.assetsByProvider.at("aws-s3").bytes == 20);
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("The calls have an order") {
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x"), validExport());
  ArchiveSourceOptions options;
  options.path = folder / "x";
  ArchiveSource source(options);
  RecordCollector records;
  AssetCollector assets;
  CHECK(errorOf([&] { source.getMetadata(); }) == Errc::invalidState);
  CHECK(errorOf([&] { source.getSchemas(); }) == Errc::invalidState);
  CHECK(errorOf([&] { source.readAssets(assets); }) == Errc::invalidState);
  CHECK(errorOf([&] { source.readRecords(TransferStage::links, records); }) == Errc::invalidState);
  source.bootstrap();
  source.readRecords(TransferStage::links, records);
  CHECK(errorOf([&] { source.readRecords(TransferStage::links, records); }) == Errc::invalidState);
  CHECK(errorOf([&] { source.readAssets(assets); }) == Errc::invalidState);
  source.readRecords(TransferStage::configuration, records);
  source.close();
  CHECK(errorOf([&] { source.readAssets(assets); }) == Errc::invalidState);
  CHECK(records.records.size() == 5);
}
