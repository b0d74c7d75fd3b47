#include <random>

#include "archive_fixture.hpp"
#include "archive_tar_bytes.hpp"
#include "catch.hpp"

using namespace archive_fixture;
using wsferry::Errc;
using wsferry::archive::EntryKind;

namespace {

void readEverything(const std::string& path, const std::string& key = {}) {
  readTree(path, key);
}

}  // namespace

TEST_CASE("Archives of others are read") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  SECTION("made on Windows, with backslashes") {
    writeFile(path, tarEntry("entities\\entities_00001.jsonl", "{}") +
                        tarEntry("assets\\uploads\\a.png", "x") + tarEntry("metadata.json", "{}") +
                        endOfTar);
    ArchiveReader reader(path);
    auto entry = reader.next();
    CHECK(entry->kind == EntryKind::records);
    CHECK(entry->path == "entities/entities_00001.jsonl");
    entry = reader.next();
    CHECK(entry->kind == EntryKind::asset);
    CHECK(entry->filename == "a.png");
    CHECK(reader.next()->kind == EntryKind::metadata);
    CHECK_FALSE(reader.next());
  }
  SECTION("with ./ and folders") {
    writeFile(path, tarEntry("./", "", '5') + tarEntry("./links/", "", '5') +
                        tarEntry("./links/links_00001.jsonl", "{}") + endOfTar);
    ArchiveReader reader(path);
    CHECK(reader.next()->kind == EntryKind::other);
    CHECK(reader.next()->kind == EntryKind::other);
    const auto entry = reader.next();
    CHECK(entry->kind == EntryKind::records);
    CHECK(entry->stage == TransferStage::links);
    CHECK(reader.readAll() == "{}");
  }
  const std::string longName = "assets/uploads/" + std::string(180, 'l') + "-東京.png";
  SECTION("with a pax name") {
    writeFile(path, tarEntry("PaxHeader", paxRecord("path", longName), 'x') +
                        tarEntry("short", "bytes") + endOfTar);
    CHECK(readTree(path) == std::map<std::string, std::string>{{longName, "bytes"}});
  }
  SECTION("with a GNU long name") {
    writeFile(path, tarEntry("././@LongLink", longName + '\0', 'L') +
                        tarEntry(longName.substr(0, 99), "bytes") + endOfTar);
    CHECK(readTree(path) == std::map<std::string, std::string>{{longName, "bytes"}});
  }
  SECTION("with headers from before POSIX") {
    writeFile(path, tarEntry("metadata.json", "{}", '\0', true) + endOfTar);
    CHECK(readTree(path) == std::map<std::string, std::string>{{"metadata.json", "{}"}});
  }
  SECTION("compressed in several members, with something behind") {
    const std::string tar = tarEntry("metadata.json", "{}") + endOfTar;
    writeFile(path, gzipped(tar.substr(0, 700)) + gzipped(tar.substr(700)) + "garbage");
    CHECK(readTree(path) == std::map<std::string, std::string>{{"metadata.json", "{}"}});
  }
  SECTION("with something behind the end") {
    writeFile(path, tarEntry("metadata.json", "{}") + endOfTar + "garbage");
    CHECK(readTree(path).size() == 1);
  }
}

TEST_CASE("Only what an export knows has a meaning") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  std::string tar;
  for (const std::string name :
       {"assets/uploads/sub/a", "assets/uploads/..", "assets/other", "entities/notes.txt",
        "entities/sub/entities_00001.jsonl", "a/metadata.json", "assets/metadata/.json"}) {
    tar += tarEntry(name, "x");
  }
  tar += tarEntry("assets/uploads/link", "", '2') + tarEntry("entities/fifo.jsonl", "", '6');
  writeFile(path, tar + endOfTar);
  ArchiveReader reader(path);
  int count = 0;
  while (const auto entry = reader.next()) {
    CAPTURE(entry->path);
    CHECK(entry->kind == EntryKind::other);
    CHECK(entry->filename.empty());
    ++count;
  }
  CHECK(count == 9);
}

TEST_CASE("A folder is read by stages, an asset after its metadata, links not followed") {
  const TemporaryFolder folder;
  auto options = tarOptions(folder / "export");
  options.format.container = Container::directory;
  writeExport(options, validExport());
  writeFile(folder / "secret", "secret");
  std::filesystem::create_symlink(folder / "secret", options.path + "/assets/uploads/link");
  ArchiveReader reader(options.path);
  std::vector<std::string> paths;
  while (const auto entry = reader.next()) {
    paths.push_back(entry->path);
    if (entry->path == "assets/uploads/link") {
      CHECK(entry->kind == EntryKind::other);
      CHECK(reader.readAll().empty());
    }
  }
  CHECK(paths ==
        std::vector<std::string>{"metadata.json", "schemas/schemas_00001.jsonl",
                                 "entities/entities_00001.jsonl", "assets/metadata/empty.json",
                                 "assets/uploads/empty", "assets/metadata/pic_1.png.json",
                                 "assets/uploads/pic_1.png", "links/links_00001.jsonl",
                                 "configuration/configuration_00001.jsonl", "assets/uploads/link"});
}

TEST_CASE("What cannot be opened says why") {
  const TemporaryFolder folder;
  CHECK(errorOf([&] { ArchiveReader{folder / "missing"}; }) == Errc::fileFailed);
  writeFile(folder / "empty", "");
  CHECK(errorOf([&] { ArchiveReader{folder / "empty"}; }) == Errc::invalidArchive);
  writeFile(folder / "text", "just some text");
  CHECK(errorOf([&] { ArchiveReader{folder / "text"}; }) == Errc::invalidArchive);
  writeFile(folder / "blocks", std::string(4096, 'x'));
  CHECK(errorOf([&] { ArchiveReader{folder / "blocks"}; }) == Errc::invalidArchive);
  CHECK(contains(messageOf([&] { ArchiveReader{folder / "blocks"}; }), "give its key"));
  writeFile(folder / "blocks.enc", std::string(4096, 'x'));
  CHECK(errorOf([&] { ArchiveReader{folder / "blocks.enc"}; }) == Errc::keyRequired);
  CHECK(errorOf([&] { ArchiveReader(folder / "blocks", "k"); }) == Errc::wrongKey);
  writeFile(folder / "no-tar", gzipped("no tar"));
  CHECK(errorOf([&] { ArchiveReader{folder / "no-tar"}; }) == Errc::invalidArchive);
  CHECK(contains(messageOf([&] { ArchiveReader{folder / "no-tar"}; }), folder / "no-tar"));
}

TEST_CASE("An encrypted archive needs the right key") {
  const TemporaryFolder folder;
  for (const auto& options : allFormats(folder / "x.enc")) {
    if (!options.format.encrypted) {
      continue;
    }
    writeExport(options, validExport());
    CHECK(errorOf([&] { ArchiveReader{options.path}; }) == Errc::keyRequired);
    CHECK(errorOf([&] { ArchiveReader(options.path, "wrong"); }) == Errc::wrongKey);
    CHECK_FALSE(contains(messageOf([&] { ArchiveReader(options.path, "wr0ng"); }), "wr0ng"));
    std::filesystem::remove(options.path);
  }
}

TEST_CASE("A key that is not needed does no harm") {
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x"), validExport());
  CHECK(readTree(folder / "x", "key") == readTree(folder / "x"));
}

TEST_CASE("A truncated archive is noticed wherever it was cut") {
  const TemporaryFolder folder;
  for (const auto& options : allFormats(folder / "x")) {
    if (options.format.container == Container::directory) {
      continue;
    }
    writeExport(options, validExport());
    const std::string whole = readFile(options.path);
    // Of a plain tar the second block of the end mark may be missing.
    const bool isPlain = !options.format.compressed && !options.format.encrypted;
    const std::size_t end = whole.size() - (isPlain ? 512 : 0);
    const std::size_t step = options.format.compressed ? 13 : 64;
    for (std::size_t size = 0; size < end; size += step) {
      CAPTURE(options.format.extension(), size, whole.size());
      writeFile(folder / "cut", std::string_view(whole).substr(0, size));
      const auto code = errorOf([&] { readEverything(folder / "cut", options.key); });
      // Less than a tar's first header could be anything, also encrypted.
      CHECK((code == Errc::invalidArchive || code == Errc::wrongKey ||
             (size < 512 && code == Errc::keyRequired)));
    }
    writeFile(folder / "cut", std::string_view(whole).substr(0, end - 1));
    CHECK(errorOf([&] { readEverything(folder / "cut", options.key); }) != std::error_code());
    std::filesystem::remove(options.path);
  }
}

TEST_CASE("Truncation is noticed without reading the entries") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.assets = {asset("big", ".bin", std::string(2'000'000, 'x'))};
  writeExport(tarOptions(folder / "x"), content);
  const std::string whole = readFile(folder / "x");
  for (const std::size_t size :
       {std::size_t{1'000'000}, whole.size() - 1024, whole.size() - 4096}) {
    writeFile(folder / "cut", std::string_view(whole).substr(0, size));
    CAPTURE(size);
    CHECK(errorOf([&] {
            ArchiveReader reader(folder / "cut");
            while (reader.next()) {
            }
          }) == Errc::invalidArchive);
  }
}

TEST_CASE("Damage never does worse than an error, and compression notices it") {
  const TemporaryFolder folder;
  std::mt19937 random(7);
  for (const auto& options : allFormats(folder / "x")) {
    if (options.format.container == Container::directory) {
      continue;
    }
    writeExport(options, validExport());
    const auto tree = readTree(options.path, options.key);
    const std::string whole = readFile(options.path);
    for (int i = 0; i < (options.format.encrypted ? 30 : 300); ++i) {
      std::string damaged = whole;
      const std::size_t place = random() % damaged.size();
      damaged[place] = static_cast<char>(damaged[place] ^ (1 << (random() % 8)));
      writeFile(folder / "damaged", damaged);
      std::map<std::string, std::string> found;
      const auto code = errorOf([&] { found = readTree(folder / "damaged", options.key); });
      // The gzip header has bytes without meaning; everything else is covered by its checksum.
      if (options.format.compressed && !options.format.encrypted) {
        CAPTURE(place);
        CHECK((code == std::error_code() ? found == tree : true));
      }
    }
    std::filesystem::remove(options.path);
  }
}

TEST_CASE("Reading everything has a limit") {
  const TemporaryFolder folder;
  writeFile(folder / "x", tarEntry("metadata.json", std::string(100, 'x')) + endOfTar);
  ArchiveReader reader(folder / "x");
  reader.next();
  CHECK(errorOf([&] { reader.readAll(99); }) == Errc::invalidArchive);
  ArchiveReader again(folder / "x");
  again.next();
  CHECK(again.readAll(100) == std::string(100, 'x'));
  CHECK(again.read().empty());
}
