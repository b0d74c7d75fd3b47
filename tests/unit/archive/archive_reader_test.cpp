#include <clocale>
#include <random>

#include "catch.hpp"
#include "support/archive_fixture.hpp"
#include "support/archive_tar_bytes.hpp"
#include "wsferry/archive/archive_error.hpp"

using namespace support;
using wsferry::Errc;
using wsferry::archive::ArchiveErrc;
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
        "entities/sub/entities_00001.jsonl", "other/x.json", "assets/metadata/x"}) {
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

TEST_CASE("Names are bytes, as they are stored") {
  const std::string composed = "assets/uploads/\xC3\xBC_1.png";
  const std::string decomposed = "assets/uploads/u\xCC\x88_1.png";
  const std::string notUtf8 = "assets/uploads/\xFC_1.png";
  const std::string locale = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"C", "C.UTF-8"}) {
    REQUIRE(std::setlocale(LC_ALL, name) != nullptr);
    for (const char kind : {'x', 'L', '0'}) {
      CAPTURE(name, kind);
      std::string tar;
      for (const std::string& path : {composed, decomposed, notUtf8}) {
        tar += kind == 'x'   ? tarEntry("PaxHeader", paxRecord("path", path), 'x')
               : kind == 'L' ? tarEntry("././@LongLink", path + '\0', 'L')
                             : "";
        tar += tarEntry(kind == '0' ? path : "short", "bytes");
      }
      const TemporaryFolder folder;
      writeFile(folder / "x", tar + endOfTar);
      CHECK(readTree(folder / "x") == std::map<std::string, std::string>{{composed, "bytes"},
                                                                         {decomposed, "bytes"},
                                                                         {notUtf8, "bytes"}});
    }
  }
  std::setlocale(LC_ALL, locale.c_str());
}

TEST_CASE("What is written has names of the same bytes, composed or not") {
  Export content = validExport();
  content.assets = {asset("\xC3\xBC_1", ".png", "one"), asset("u\xCC\x88_1", ".png", "two")};
  const TemporaryFolder folder;
  for (const auto& options : allFormats(folder / "x")) {
    CAPTURE(options.format.extension());
    writeExport(options, content);
    auto tree = readTree(options.path, options.key);
    CHECK(tree["assets/uploads/\xC3\xBC_1.png"] == "one");
    CHECK(tree["assets/uploads/u\xCC\x88_1.png"] == "two");
    CHECK(tree.count("assets/metadata/u\xCC\x88_1.png.json") == 1);
    CHECK(tree.size() == 11);
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("A folder around everything is left out of the paths") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  SECTION("in a tar, at any depth") {
    const std::string around = GENERATE("backup/", "home/me/backup/", "./backup/");
    writeFile(path, tarEntry(around, "", '5') + tarEntry(around + ".DS_Store", "x") +
                        tarEntry(around + "links/", "", '5') +
                        tarEntry(around + "links/links_00001.jsonl", "{}") +
                        tarEntry(around + "metadata.json", "{}") + endOfTar);
    ArchiveReader reader(path);
    std::vector<std::string> paths;
    while (const auto entry = reader.next()) {
      if (entry->kind == EntryKind::records || entry->kind == EntryKind::metadata) {
        paths.push_back(entry->path);
      }
    }
    CHECK(paths == std::vector<std::string>{"links/links_00001.jsonl", "metadata.json"});
    CHECK(contains(reader.leadingFolder(), "backup/"));
  }
  SECTION("in a folder") {
    std::filesystem::create_directories(path + "/backup/links");
    writeFile(path + "/backup/links/links_00001.jsonl", "{}");
    writeFile(path + "/notes.txt", "x");
    CHECK(readTree(path) ==
          std::map<std::string, std::string>{{"links/links_00001.jsonl", "{}"}, {"notes.txt", ""}});
  }
  SECTION("which a copy of an export beside it is not") {
    std::filesystem::create_directories(path + "/aaa/links");
    writeFile(path + "/aaa/links/links_00001.jsonl", "x");
    writeFile(path + "/metadata.json", "{}");
    ArchiveReader reader(path);
    CHECK(reader.next()->kind == EntryKind::metadata);
    CHECK(reader.next()->kind == EntryKind::other);
    CHECK(reader.leadingFolder().empty());
  }
  SECTION("and two of them are ambiguous") {
    writeFile(path,
              tarEntry("a/metadata.json", "{}") + tarEntry("b/metadata.json", "{}") + endOfTar);
    CHECK(contains(messageOf([&] { readTree(path); }), "an export is in a/"));
    std::filesystem::create_directories(folder / "two/a");
    std::filesystem::create_directories(folder / "two/b");
    writeFile(folder / "two/a/metadata.json", "{}");
    writeFile(folder / "two/b/metadata.json", "{}");
    CHECK(errorOf([&] { readTree(folder / "two"); }) == ArchiveErrc::invalidArchive);
  }
}

TEST_CASE("A header that was blanked is no end of a tar, and one empty block at the end is") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  const std::string block(512, '\0');
  const std::string start =
      tarEntry("schemas/schemas_00001.jsonl", "{}") + tarEntry("metadata.json", "{}");
  const std::string lost = padded(R"({"kind":"relation.basic"})");
  for (const std::string& end : {lost + endOfTar, lost, std::string("{}"), block + "\n"}) {
    for (const bool isCompressed : {false, true}) {
      const std::string tar = start + block + end;
      writeFile(path, isCompressed ? gzipped(tar) : tar);
      CHECK(contains(messageOf([&] { readEverything(path); }),
                     "an empty block is found where an") == (end.front() != '\0'));
    }
  }
  for (const std::size_t size : {0U, 1U, 100U, 512U, 1024U, 9000U}) {
    writeFile(path, start + block + std::string(size, '\0'));
    CHECK_NOTHROW(readEverything(path));
  }
  // Headers for all entries that follow, where none does, are none of an entry.
  for (const std::size_t size : {100U, 3000U, 300000U}) {
    CAPTURE(size);
    const std::string header =
        tarEntry("pax_global_header", paxRecord("comment", std::string(size, 'c')), 'g');
    for (const std::string& end : {block, endOfTar, endOfTar + block}) {
      writeFile(path, start + header + end);
      CHECK_NOTHROW(readEverything(path));
    }
    if (size < 300'000) {  // Else the header's end is no longer known.
      writeFile(path, start + header + block + lost + endOfTar);
      CHECK(errorOf([&] { readEverything(path); }) == ArchiveErrc::invalidArchive);
    }
  }
  // Wherever the pieces end that a file is read in.
  constexpr std::size_t piece = std::size_t{256} << 10;
  for (std::size_t before = piece - 5 * 512; before <= piece; before += 512) {
    const std::string large =
        tarEntry("assets/uploads/x", std::string(before - start.size() - 512, 'x')) + start;
    writeFile(path, large + block + lost + endOfTar);
    CHECK(errorOf([&] { readEverything(path); }) == ArchiveErrc::invalidArchive);
    writeFile(path, large + endOfTar);
    CHECK_NOTHROW(readEverything(path));
  }
}

TEST_CASE("What systems and editors leave behind is told from an export") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  const auto kindOf = [&](const std::string& name) {
    writeFile(path, tarEntry(name, "x") + endOfTar);
    return ArchiveReader(path).next()->kind;
  };
  for (const char* name :
       {"._metadata.json", "entities/._entities_00001.jsonl", "assets/uploads/._a.png",
        "assets/metadata/._a.png.json", ".DS_Store", "assets/uploads/.DS_Store", "Thumbs.db",
        "assets/uploads/Thumbs.db", "__MACOSX/links/links_00001.jsonl", ".git/metadata.json",
        "links/.links_00001.jsonl.swp", "links/links_00001.jsonl~", "links/#links_00001.jsonl#",
        "assets/metadata/a.png.json~", ".gitkeep", "links/links_00001.jsonl.bak"}) {
    CAPTURE(name);
    CHECK(kindOf(name) == EntryKind::leftover);
  }
  for (const char* name : {"assets/uploads/a.bak", "assets/uploads/a.txt~", "assets/uploads/#a",
                           "assets/uploads/a.tmp"}) {
    CAPTURE(name);
    CHECK(kindOf(name) == EntryKind::asset);
  }
  CHECK(kindOf("assets/metadata/a.bak.json") == EntryKind::assetMetadata);
  std::filesystem::remove(path);
  std::filesystem::create_directories(path + "/.git/links");
  writeFile(path + "/.git/links/links_00001.jsonl", "x");
  writeFile(path + "/metadata.json", "{}");
  CHECK(readTree(path) ==
        std::map<std::string, std::string>{{"metadata.json", "{}"}, {".git", ""}});
}

TEST_CASE("What is no archive is called by its name") {
  const TemporaryFolder folder;
  const auto complaint = [&](const std::string& bytes) {
    writeFile(folder / "x", bytes + std::string(600, ' '));
    const std::string message = messageOf([&] { ArchiveReader{folder / "x"}; });
    writeFile(folder / "x", gzipped(bytes + std::string(600, ' ')));
    CHECK(messageOf([&] { ArchiveReader{folder / "x"}; }) == message);
    return message;
  };
  CHECK(contains(complaint("PK\x03\x04"), "a zip archive"));
  CHECK(contains(complaint(std::string("\xFD"
                                       "7zXZ\0",
                                       6)),
                 "xz"));
  CHECK(contains(complaint("BZh91AY"), "bzip2"));
  CHECK(contains(complaint("\x28\xB5\x2F\xFD"), "zstd"));
  CHECK(contains(complaint("<!DOCTYPE html><p>"), "an HTML page"));
  CHECK(contains(complaint("\xEF\xBB\xBF\n <HTML>"), "an HTML page"));
}

TEST_CASE("A folder is read by stages, an asset after its metadata, links not followed") {
  const TemporaryFolder folder;
  const auto options = folderOptions(folder / "export");
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
        std::vector<std::string>{"metadata.json", "checksums/checksums_00001.jsonl",
                                 "checksums/checksums_00002.jsonl", "schemas/schemas_00001.jsonl",
                                 "entities/entities_00001.jsonl", "assets/metadata/empty.json",
                                 "assets/uploads/empty", "assets/metadata/pic_1.png.json",
                                 "assets/uploads/pic_1.png", "links/links_00001.jsonl",
                                 "configuration/configuration_00001.jsonl", "assets/uploads/link"});
}

TEST_CASE("What cannot be opened says why") {
  const TemporaryFolder folder;
  CHECK(errorOf([&] { ArchiveReader{folder / "missing"}; }) == Errc::fileFailed);
  writeFile(folder / "empty", "");
  CHECK(errorOf([&] { ArchiveReader{folder / "empty"}; }) == ArchiveErrc::invalidArchive);
  writeFile(folder / "text", "just some text");
  CHECK(errorOf([&] { ArchiveReader{folder / "text"}; }) == ArchiveErrc::invalidArchive);
  writeFile(folder / "blocks", std::string(4096, 'x'));
  CHECK(errorOf([&] { ArchiveReader{folder / "blocks"}; }) == ArchiveErrc::invalidArchive);
  CHECK(contains(messageOf([&] { ArchiveReader{folder / "blocks"}; }), "give its key"));
  writeFile(folder / "blocks.enc", std::string(4096, 'x'));
  CHECK(errorOf([&] { ArchiveReader{folder / "blocks.enc"}; }) == ArchiveErrc::keyRequired);
  CHECK(errorOf([&] { ArchiveReader(folder / "blocks", "k"); }) == ArchiveErrc::wrongKey);
  writeFile(folder / "no-tar", gzipped("no tar"));
  CHECK(errorOf([&] { ArchiveReader{folder / "no-tar"}; }) == ArchiveErrc::invalidArchive);
  CHECK(contains(messageOf([&] { ArchiveReader{folder / "no-tar"}; }), folder / "no-tar"));
}

TEST_CASE("An encrypted archive needs the right key") {
  const TemporaryFolder folder;
  for (const auto& options : allFormats(folder / "x.enc")) {
    if (!options.format.encrypted) {
      continue;
    }
    writeExport(options, validExport());
    CHECK(errorOf([&] { ArchiveReader{options.path}; }) == ArchiveErrc::keyRequired);
    CHECK(errorOf([&] { ArchiveReader(options.path, "wrong"); }) == ArchiveErrc::wrongKey);
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
    // Deriving a key takes as long as reading a hundred of these.
    const std::size_t step = options.format.encrypted ? 401 : options.format.compressed ? 13 : 64;
    for (std::size_t size = 0; size < end; size += step) {
      CAPTURE(options.format.extension(), size, whole.size());
      writeFile(folder / "cut", std::string_view(whole).substr(0, size));
      const auto code = errorOf([&] { readEverything(folder / "cut", options.key); });
      // Less than a tar's first header could be anything, also encrypted.
      CHECK((code == ArchiveErrc::invalidArchive || code == ArchiveErrc::wrongKey ||
             (size < 512 && code == ArchiveErrc::keyRequired)));
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
          }) == ArchiveErrc::invalidArchive);
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
  REQUIRE(reader.next());
  CHECK(errorOf([&] { reader.readAll(99); }) == ArchiveErrc::invalidArchive);
  ArchiveReader again(folder / "x");
  REQUIRE(again.next());
  CHECK(again.readAll(100) == std::string(100, 'x'));
  CHECK(again.read().empty());
}
