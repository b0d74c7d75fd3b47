#include <algorithm>
#include <functional>

#include "catch.hpp"
#include "support/archive_source_fixture.hpp"
#include "wsferry/archive/archive_inspection.hpp"

using namespace support;
using wsferry::archive::ArchiveSummary;
using wsferry::archive::verifyArchive;

namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

/// A valid export without anything to remark.
Export plainExport() {
  Export content = validExport();
  content.links.pop_back();
  return content;
}

bool remarks(const ArchiveSummary& summary, const std::string& part) {
  return std::any_of(summary.remarks.begin(), summary.remarks.end(),
                     [&](const std::string& remark) { return contains(remark, part); });
}

/// The entries as a tar or as a folder.
void store(const std::string& path, const Entries& entries, bool asFolder) {
  if (!asFolder) {
    writeFile(path, tarOf(entries));
    return;
  }
  for (const auto& [name, bytes] : entries) {
    std::filesystem::create_directories(std::filesystem::path(path + "/" + name).parent_path());
    writeFile(path + "/" + name, bytes);
  }
}

/// As a conversion does it.
void convert(const std::string& from, const std::string& to) {
  ArchiveSourceOptions options;
  options.path = from;
  options.acceptDoubles = true;
  writeExport(tarOptions(to), readExport(options));
}

void forEachPart(Entries& entries, const std::function<void(std::string&)>& change) {
  for (auto& [path, bytes] : entries) {
    if (contains(path, ".jsonl")) {
      change(bytes);
    }
  }
}

std::string& entry(Entries& entries, const std::string& path) {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& candidate) { return candidate.first == path; });
  REQUIRE(found != entries.end());
  return found->second;
}

}  // namespace

TEST_CASE("Archives as people have them are read, and a conversion makes clean ones of them") {
  Entries entries = entriesOf(plainExport());
  std::string remark;
  bool mayBeFolder = true;  // A folder has a name only once.
  SECTION("blank lines") {
    forEachPart(entries, [](std::string& lines) { lines = "\n" + lines + " \t\n\r\n"; });
    remark = "links/links_00001.jsonl: blank lines: 3";
  }
  SECTION("line ends of Windows") {
    forEachPart(entries, [](std::string& lines) { lines.insert(lines.size() - 1, "\r"); });
    remark = "entities/entities_00002.jsonl: lines end as on Windows";
  }
  SECTION("a byte order mark before everything") {
    for (auto& [path, bytes] : entries) {
      bytes.insert(0, contains(path, ".json") ? "\xEF\xBB\xBF" : "");
    }
    remark = "assets/metadata/pic_1.png.json: begins with a byte order mark";
  }
  SECTION("a folder around everything") {
    for (auto& [path, bytes] : entries) {
      path.insert(0, "my-export/");
    }
    remark = "everything is in the folder my-export/";
  }
  SECTION("what macOS packs beside the files") {
    const std::string appleDouble("\0\5\26\7\0\2\0\0Mac OS X", 16);
    for (std::size_t i = entries.size(); i-- > 0;) {
      std::string path = entries[i].first;
      path.insert(path.find_last_of('/') == std::string::npos ? 0 : path.find_last_of('/') + 1,
                  "._");
      entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(i), {path, appleDouble});
    }
    remark = "not part of an export, and ignored: ";
  }
  SECTION("what systems and editors leave") {
    for (const char* path : {".DS_Store", "assets/.DS_Store", "assets/uploads/Thumbs.db",
                             "entities/.entities_00001.jsonl.swp", "links/links_00001.jsonl~",
                             "assets/uploads/pic_1.png~", ".gitkeep", "README.md"}) {
      entries.emplace_back(path, "not JSON");
    }
    remark = "assets/uploads/pic_1.png~";
  }
  SECTION("metadata without version and date") {
    entry(entries, "metadata.json") = "{}";
    remark = "metadata.json: strapi.version is missing";
  }
  SECTION("a file twice, with the same bytes") {
    mayBeFolder = false;
    entries.emplace_back("assets/uploads/pic_1.png", entry(entries, "assets/uploads/pic_1.png"));
    remark = "assets/uploads/pic_1.png occurs twice, with the same bytes";
  }
  SECTION("a file twice, as two records have it") {
    mayBeFolder = false;
    std::string second = entry(entries, "assets/metadata/pic_1.png.json");
    second.replace(second.find("\"id\":1"), 6, "\"id\":2");
    entries.emplace_back("assets/metadata/pic_1.png.json", second);
    entries.emplace_back("assets/uploads/pic_1.png", entry(entries, "assets/uploads/pic_1.png"));
    remark = "assets/metadata/pic_1.png.json occurs twice, and the first counts";
  }
  for (const bool asFolder : {false, true}) {
    if (asFolder && !mayBeFolder) {
      continue;
    }
    CAPTURE(asFolder);
    const TemporaryFolder folder;
    store(folder / "odd", entries, asFolder);
    const ArchiveSummary odd = verifyArchive(folder / "odd");
    for (const auto& list : {odd.problems, odd.remarks}) {
      for (const auto& found : list) {
        UNSCOPED_INFO(found);
      }
    }
    CHECK(odd.problems.empty());
    CHECK(remarks(odd, remark));

    convert(folder / "odd", folder / "clean.tar");
    const ArchiveSummary clean = verifyArchive(folder / "clean.tar");
    CHECK(clean.problems.empty());
    CHECK(clean.totals.at(TransferStage::assets).count == 2);
    CHECK(clean.digest == odd.digest);
    if (!contains(remark, "version")) {
      CHECK(clean.remarks.empty());
      CHECK(flat(readExport(folder / "clean.tar")) == flat(plainExport()));
    }
  }
}

TEST_CASE("A conversion stores once what an import would break off at") {
  Export content = plainExport();
  content.links.push_back(content.links[0]);
  content.entities.push_back(content.entities[0]);
  const TemporaryFolder folder;
  writeFile(folder / "odd", tarOf(entriesOf(content)));
  CHECK(verifyArchive(folder / "odd").problems.size() == 2);
  convert(folder / "odd", folder / "clean.tar");
  CHECK(verifyArchive(folder / "clean.tar").problems.empty());
  CHECK(flat(readExport(folder / "clean.tar")) == flat(plainExport()));
}

TEST_CASE("A file twice with different bytes is refused everywhere") {
  Entries entries = entriesOf(plainExport());
  entries.emplace_back("assets/uploads/pic_1.png", "NOT really a picture");
  const TemporaryFolder folder;
  writeFile(folder / "odd", tarOf(entries));
  const std::string problem = "assets/uploads/pic_1.png occurs twice, with different bytes";
  CHECK(verifyArchive(folder / "odd").problems == std::vector<std::string>{problem});
  CHECK(contains(messageOf([&] { readExport(folder / "odd"); }), problem));
  CHECK(contains(messageOf([&] { convert(folder / "odd", folder / "clean.tar"); }), problem));
}

TEST_CASE("A stage of nothing but bad lines is given up") {
  Entries entries = entriesOf(plainExport());
  std::string lines;
  for (int i = 0; i < 200'000; ++i) {
    lines += "x\n";
  }
  entries.emplace_back("entities/entities_x90000.jsonl", lines);
  const TemporaryFolder folder;
  writeFile(folder / "x", tarOf(entries));
  const std::string problem =
      "more than 5000 lines of the entities are not records; the rest was not read";
  CHECK(verifyArchive(folder / "x").problems.back() == "and 4902 more");
  CHECK(contains(
      messageOf([&] { static_cast<void>(wsferry::archive::inspectArchive(folder / "x")); }),
      problem));
  CHECK(contains(messageOf([&] { readExport(folder / "x"); }), problem));
}

TEST_CASE("A record of blank space is no record") {
  Entries entries = entriesOf(plainExport());
  entries.emplace_back("entities/entities_x90000.jsonl", std::string(3'000'000, '\n'));
  const TemporaryFolder folder;
  writeFile(folder / "x", tarOf(entries));
  CHECK(verifyArchive(folder / "x").remarks ==
        std::vector<std::string>{"entities/entities_x90000.jsonl: blank lines: 3000000"});
  CHECK(flat(readExport(folder / "x")) == flat(plainExport()));
}
