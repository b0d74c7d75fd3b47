#include <sys/stat.h>

#include <filesystem>

#include "archive/check/whole_end.hpp"
#include "catch.hpp"
#include "support/archive_fixture.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/archive/archive_source.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::archive;

namespace {

const std::string part = "checksums/checksums_00001.jsonl";

struct Ignored final : strapi::AssetSink {
  void begin(std::string_view, const AssetInfo&) override {}
  void write(std::string_view, std::string_view) override {}
  void end(std::string_view) override { ++files; }
  unsigned files = 0;
};

ArchiveSourceOptions sourceOptions(const std::string& path) {
  ArchiveSourceOptions options;
  options.path = path;
  return options;
}

Export exportWithRecordsOfFiles() {
  Export content = validExport();
  content.schemas.push_back(uploadSchema());
  content.entities.push_back(uploadRecord(1, "pic_1", ".png"));
  content.entities.push_back(uploadRecord(2, "empty", ""));
  replace(content.assets[1].info.metadata, "\"id\":1", "\"id\":2");
  return content;
}

}  // namespace

TEST_CASE("an archive keeps a checksum of each file, in every format, and verification uses them") {
  for (const ArchiveDestinationOptions& options : allFormats("x")) {
    const TemporaryFolder folder;
    ArchiveDestinationOptions placed = options;
    placed.path = folder / "x";
    writeExport(placed, validExport());
    const auto tree = readTree(placed.path, placed.key);
    REQUIRE(tree.count(part) == 1);
    const std::string lines = tree.at(part);
    CHECK(contains(lines, R"({"path":"schemas/schemas_00001.jsonl","size":)"));
    CHECK(contains(lines, R"({"path":"entities/entities_00001.jsonl","size":)"));
    CHECK(contains(
        lines,
        R"({"path":"assets/uploads/pic_1.png","size":20,"sha256":"fe1a4ab1fb6347036bead73597d5d2958b26ac0b96f68ca2f6dcee53a50f297e"})"
        "\n"
        R"({"path":"assets/uploads/empty","size":0,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"})"
        "\n"));
    // Behind the files.
    CHECK(contains(tree.at("checksums/checksums_00002.jsonl"), R"("path":"links/)"));
    const ArchiveSummary summary = verifyArchive(placed.path, placed.key);
    CHECK(summary.problems.empty());
    for (const std::string& remark : summary.remarks) {
      CHECK(!contains(remark, "checksums"));
    }
    CHECK(summary.filesWithChecksum == 2);
    CHECK(summary.partsOfRecords == 4);
    CHECK(summary.partsWithChecksum == 4);
    CHECK(inspectArchive(placed.path, placed.key).remarks.empty());
  }
}

TEST_CASE("a checksum that the source knows is kept, and holds for what came") {
  const TemporaryFolder folder;
  Export content = validExport();
  const std::string known(64, 'c');
  content.assets[0].info.sha256 = known;
  writeExport(folderOptions(folder / "x"), content);
  CHECK(contains(readTree(folder / "x").at(part), known));
  CHECK(verifyArchive(folder / "x").problems.size() == 1);
}

TEST_CASE("a file that is not what was stored is a problem, and no transfer's content") {
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x.tar"), validExport());
  replaceIn(folder / "x.tar", "not really", "not_really");
  const ArchiveSummary summary = verifyArchive(folder / "x.tar");
  REQUIRE(summary.problems.size() == 1);
  CHECK(contains(summary.problems[0], "assets/uploads/pic_1.png is damaged or was changed"));
  CHECK(summary.fileProblems == summary.problems);
  CHECK(summary.filesWithChecksum == 1);

  // Before the first byte is given: a destination has deleted its files when it gets to them.
  ArchiveSource source(sourceOptions(folder / "x.tar"));
  const std::string complaint = messageOf([&] { source.bootstrap(); });
  CHECK(contains(complaint, "assets/uploads/pic_1.png is damaged or was changed"));
  CHECK_FALSE(contains(complaint, "empty"));
}

TEST_CASE("a record that is not what was stored is a problem, and no transfer's content") {
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x.tar"), validExport());
  const auto [from, to, path] = GENERATE(table<std::string, std::string, std::string>(
      {{R"("title":"one")", R"("title":"ono")", "entities/entities_00001.jsonl"},
       {R"("name":"w")", R"("name":"v")", "configuration/configuration_00001.jsonl"}}));
  replaceIn(folder / "x.tar", from, to);
  const ArchiveSummary summary = verifyArchive(folder / "x.tar");
  REQUIRE(summary.problems.size() == 1);
  CHECK(contains(summary.problems[0], path + " is damaged or was changed"));
  CHECK(summary.fileProblems.empty());
  CHECK(summary.partsWithChecksum == 3);
  ArchiveSource source(sourceOptions(folder / "x.tar"));
  CHECK(contains(messageOf([&] { source.bootstrap(); }), path + " is damaged or was changed"));
}

TEST_CASE("a part of the records that is gone is a problem, also where it was the last one") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());
  std::filesystem::remove(folder / "x/configuration/configuration_00001.jsonl");
  const ArchiveSummary summary = verifyArchive(folder / "x");
  REQUIRE(summary.problems.size() == 1);
  CHECK(contains(summary.problems[0], "configuration/configuration_00001.jsonl is missing"));
  ArchiveSource source(sourceOptions(folder / "x"));
  CHECK(contains(messageOf([&] { source.bootstrap(); }), "configuration_00001.jsonl is missing"));
  std::filesystem::remove_all(folder / "x/checksums");
  CHECK(verifyArchive(folder / "x").problems.empty());
}

TEST_CASE("checksums that are gone, and parts that came later, are problems") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());
  SECTION("a part that was emptied") {
    writeFile(folder / ("x/" + part), "");
    CHECK(contains(verifyArchive(folder / "x").problems.at(0), part + " has no readable checksum"));
  }
  SECTION("a stage whose checksums are gone with it") {
    std::filesystem::remove_all(folder / "x/links");
    std::filesystem::remove(folder / "x/checksums/checksums_00002.jsonl");
    CHECK(contains(verifyArchive(folder / "x").problems.at(0),
                   "configuration/configuration_00001.jsonl has no checksum, although others"));
  }
  SECTION("a part that was copied") {
    std::filesystem::copy(folder / "x/configuration/configuration_00001.jsonl",
                          folder / "x/configuration/configuration_00002.jsonl");
    CHECK(contains(verifyArchive(folder / "x").problems.at(0),
                   "configuration/configuration_00002.jsonl has no checksum"));
  }
  ArchiveSource source(sourceOptions(folder / "x"));
  CHECK(errorOf([&] { source.bootstrap(); }) == ArchiveErrc::invalidArchive);
}

TEST_CASE("a file with a checksum that is gone is missing, as one that a record names") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());  // Without records of files.
  std::filesystem::remove(folder / "x/assets/uploads/pic_1.png");
  std::filesystem::remove(folder / "x/assets/metadata/pic_1.png.json");
  std::uint64_t lost = 1;
  SECTION("one of them") {}
  SECTION("all of them") {
    std::filesystem::remove_all(folder / "x/assets");
    lost = 2;
  }
  const ArchiveSummary summary = verifyArchive(folder / "x");
  REQUIRE(summary.problems.size() == lost);
  CHECK(contains(summary.problems[0] + summary.problems.back(),
                 "assets/uploads/pic_1.png is missing, although checksums"));
  CHECK(summary.fileProblems == summary.problems);
  VerificationOptions allowed;
  allowed.allowMissingFiles = true;
  CHECK(verifyArchive(folder / "x", {}, allowed).problems.empty());

  const auto converted = [&](bool withFiles, bool allowMissing, const std::string& to) {
    ArchiveSourceOptions options = sourceOptions(folder / "x");
    options.withoutFiles = !withFiles;
    ArchiveSource source(options);
    ArchiveDestination destination(tarOptions(folder / to));
    strapi::TransferEngineOptions engine;
    engine.allowMissingFiles = allowMissing;
    if (!withFiles) {
      strapi::TransferFilterOptions selection;
      selection.exclude = {strapi::TransferGroup::files};
      engine.filter = strapi::TransferFilter(selection);
    }
    return strapi::TransferEngine(source, destination, engine).run();
  };
  const strapi::TransferResult result = converted(true, false, "all.tar");
  CHECK_FALSE(result.isWhole());
  REQUIRE(result.losses.size() == 1);
  CHECK(result.losses[0].kind == strapi::LossKind::missingFile);
  CHECK(result.losses[0].count == lost);
  CHECK(converted(true, true, "allowed.tar").isWhole());
  CHECK(converted(false, false, "records.tar").losses.empty());
}

TEST_CASE("a file that a record names is told as missing once") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), exportWithRecordsOfFiles());
  REQUIRE(verifyArchive(folder / "x").problems.empty());
  std::filesystem::remove(folder / "x/assets/uploads/pic_1.png");
  std::filesystem::remove(folder / "x/assets/metadata/pic_1.png.json");
  const ArchiveSummary summary = verifyArchive(folder / "x");
  REQUIRE(summary.problems.size() == 1);
  CHECK(contains(summary.problems[0], "plugin::upload.file 1 names it"));
  std::filesystem::remove_all(folder / "x/assets");
  CHECK(verifyArchive(folder / "x").problems.size() == 2);
  std::filesystem::remove_all(folder / "x/checksums");  // It may have been made without them.
  CHECK(verifyArchive(folder / "x").problems.empty());
}

TEST_CASE("a file that a record names is missed also where the record does not come, or no file") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), exportWithRecordsOfFiles());
  strapi::TransferEngineOptions engine;
  std::uint64_t lost = 1;
  SECTION("files alone") {
    strapi::TransferFilterOptions selection;
    selection.only = {strapi::TransferGroup::files};
    engine.filter = strapi::TransferFilter(selection);
  }
  SECTION("all, and a stranger is left") {
    std::filesystem::rename(folder / "x/assets/uploads/empty", folder / "x/assets/uploads/e.png~");
    std::filesystem::remove(folder / "x/assets/metadata/empty.json");
    lost = 2;
  }
  std::filesystem::remove(folder / "x/assets/uploads/pic_1.png");
  std::filesystem::remove(folder / "x/assets/metadata/pic_1.png.json");
  ArchiveSource source(sourceOptions(folder / "x"));
  ArchiveDestination destination(tarOptions(folder / "y.tar"));
  const strapi::TransferResult result = strapi::TransferEngine(source, destination, engine).run();
  REQUIRE(result.losses.size() == 1);
  CHECK(result.losses[0].kind == strapi::LossKind::missingFile);
  CHECK(result.losses[0].count == lost);
}

TEST_CASE("a file without metadata that came later is no part of the export, and does no harm") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());
  std::filesystem::copy(folder / "x/assets/uploads/pic_1.png",
                        folder / "x/assets/uploads/pic_1.png~");
  CHECK(verifyArchive(folder / "x").problems.empty());
  ArchiveSource source(sourceOptions(folder / "x"));
  CHECK_NOTHROW(source.bootstrap());
}

TEST_CASE("the last part of checksums is known, and missed with all that it told of") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());
  const std::string last = folder / "x/checksums/checksums_00002.jsonl";
  CHECK(hasWholeEnd(folder / "x", ""));
  CHECK(readFile(folder / ("x/" + part)).rfind("{\"checksums\":2}\n", 0) == 0);
  CHECK(contains(readFile(last), "\n{\"checksums\":2,\"last\":true,\"files\":6,\"confirmed\":\"" +
                                     validExport().metadata.createdAt + "\"}\n"));
  SECTION("with its stages") {
    std::filesystem::remove(last);
    std::filesystem::remove_all(folder / "x/links");
    std::filesystem::remove_all(folder / "x/configuration");
  }
  SECTION("its last line") {
    replaceIn(last, "{\"checksums\":2,\"last\":true", "{\"x\":1");
  }
  SECTION("a line, with its file") {
    const std::string lines = readFile(last);
    const std::size_t end = lines.find('\n', lines.find("\"path\":\"links"));
    const std::size_t start = lines.find("{\"path\":\"links");
    writeFile(last, lines.substr(0, start) + lines.substr(end + 1));
    std::filesystem::remove_all(folder / "x/links");
  }
  const ArchiveSummary summary = verifyArchive(folder / "x");
  REQUIRE(summary.problems.size() == 1);
  CHECK(contains(summary.problems[0], "the last part of checksums/, or another one, is missing"));
  CHECK_FALSE(hasWholeEnd(folder / "x", ""));
  ArchiveSource source(sourceOptions(folder / "x"));
  CHECK(contains(messageOf([&] { source.bootstrap(); }),
                 "the last part of checksums/, or another one, is missing"));
}

TEST_CASE("an archive's files are as of the earlier of the server's clock and ours") {
  const TemporaryFolder folder;
  Export content = validExport();
  const bool isAhead = GENERATE(true, false);
  content.metadata.createdAt = isAhead ? "2999-01-01T00:00:00.000Z" : "2020-01-01T00:00:00.000Z";
  writeExport(folderOptions(folder / "x"), content);
  const auto end = readWholeEnd(folder / "x", "");
  REQUIRE(end);
  CHECK((end->confirmed == content.metadata.createdAt) == !isAhead);
  CHECK(end->confirmed.rfind("20", 0) == 0);
}

TEST_CASE("checksums of archives before their end was marked are read as ever") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());
  for (const char* const number : {"1", "2"}) {
    const std::string path =
        folder / ("x/checksums/checksums_0000" + std::string(number) + ".jsonl");
    std::string lines = readFile(path);
    for (std::size_t at = 0; (at = lines.find("{\"checksums\"", at)) != std::string::npos;) {
      lines.erase(at, lines.find('\n', at) + 1 - at);
    }
    writeFile(path, lines);
  }
  CHECK(verifyArchive(folder / "x").problems.empty());
  CHECK(verifyArchive(folder / "x").filesWithChecksum == 2);
  CHECK(hasWholeEnd(folder / "x", ""));
  std::filesystem::remove(folder / "x/links/links_00001.jsonl");
  CHECK(verifyArchive(folder / "x").problems.size() == 1);
}

TEST_CASE("checksums end with a part that tells of a file, which versions without an end need") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.links.clear();
  content.configuration.clear();
  writeExport(folderOptions(folder / "x"), content);
  CHECK(contains(readFile(folder / "x/checksums/checksums_00002.jsonl"),
                 "{\"checksums\":2}\n{\"path\":\"assets/uploads/empty\""));
  CHECK(verifyArchive(folder / "x").problems.empty());
  CHECK(hasWholeEnd(folder / "x", ""));
}

TEST_CASE("a file that came later, and a line that is none, are problems") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());
  const bool isOfFiles = GENERATE(true, false);
  std::string expected = part + ", line 3 is not a JSON object";
  if (isOfFiles) {
    std::filesystem::copy(folder / "x/assets/uploads/empty", folder / "x/assets/uploads/new");
    writeFile(folder / "x/assets/metadata/new.json", asset("new", "", "").info.metadata);
    expected = "assets/uploads/new has no checksum, although others have one";
  } else {
    std::string lines = readFile(folder / ("x/" + part));
    lines.insert(lines.find('\n', lines.find('\n') + 1) + 1, "no JSON\n[]\n");
    writeFile(folder / ("x/" + part), lines);
    CHECK_FALSE(hasWholeEnd(folder / "x", ""));
  }
  const ArchiveSummary summary = verifyArchive(folder / "x");
  REQUIRE(summary.problems.size() == 1);
  CHECK(contains(summary.problems[0], expected));
  CHECK((summary.fileProblems == summary.problems) == isOfFiles);
  ArchiveSource source(sourceOptions(folder / "x"));
  CHECK(contains(messageOf([&] { source.bootstrap(); }), expected));
}

TEST_CASE("the rest of an archive can be had though a file is damaged") {
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x.tar"), validExport());
  replaceIn(folder / "x.tar", "not really", "not_really");
  ArchiveSourceOptions options = sourceOptions(folder / "x.tar");
  options.withoutFiles = true;
  ArchiveSource source(options);
  source.bootstrap();
  REQUIRE(source.summary().fileProblems.size() == 1);
  CHECK(contains(source.summary().fileProblems[0], "is damaged or was changed"));
  struct : strapi::RecordSink {
    void record(const strapi::Record&) override { ++count; }
    unsigned count = 0;
  } records;
  source.readRecords(strapi::TransferStage::entities, records);
  CHECK(records.count == validExport().entities.size());
}

TEST_CASE("a file that changes between the check and its turn is not given for whole") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());
  ArchiveSource source(sourceOptions(folder / "x"));
  source.bootstrap();
  struct : strapi::RecordSink {
    void record(const strapi::Record&) override {}
  } records;
  source.readRecords(strapi::TransferStage::entities, records);  // opens the folder
  writeFile(folder / "x/assets/uploads/pic_1.png", "not_really a picture");
  Ignored sink;
  CHECK(contains(messageOf([&] { source.readAssets(sink); }), "has other bytes than when it was"));
}

TEST_CASE("without its checksums a folder whose file was changed is taken") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());
  writeFile(folder / "x/assets/uploads/pic_1.png", "not_really a picture");
  CHECK(verifyArchive(folder / "x").problems.size() == 1);
  std::filesystem::remove_all(folder / "x/checksums");
  const ArchiveSummary summary = verifyArchive(folder / "x");
  CHECK(summary.problems.empty());
  CHECK(summary.filesWithChecksum == 0);
  ArchiveSource source(sourceOptions(folder / "x"));
  source.bootstrap();
  Ignored sink;
  source.readAssets(sink);
  CHECK(sink.files == 2);
}

TEST_CASE("lines and members of a newer version are passed over") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());
  const std::string lines = readFile(folder / ("x/" + part));
  std::string newer = "{\"version\":2}\n{\"path\":\"../x\",\"size\":1}\n" + lines;
  replace(newer, "\"size\":20", "\"new\":{\"x\":[1]},\"size\":20");
  writeFile(folder / ("x/" + part), newer);
  CHECK(verifyArchive(folder / "x").filesWithChecksum == 2);
  CHECK(verifyArchive(folder / "x").problems.empty());
}

TEST_CASE("a folder with checksums is an export, which may be replaced") {
  const TemporaryFolder folder;
  ArchiveDestinationOptions options = folderOptions(folder / "x");
  writeExport(options, validExport());
  options.overwrite = true;
  CHECK_NOTHROW(writeExport(options, validExport()));
}

TEST_CASE("checksums of many files stand in several parts, soon after the files") {
  Export content = validExport();
  content.assets.clear();
  for (int i = 0; i < 130; ++i) {
    content.assets.push_back(asset("file_" + std::to_string(i), ".png", std::to_string(i)));
  }
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x.tar"), content);
  ArchiveReader reader(folder / "x.tar");
  unsigned files = 0;
  std::vector<unsigned> filesBefore;
  while (const auto entry = reader.next()) {
    files += entry->kind == EntryKind::asset ? 1 : 0;
    if (entry->kind == EntryKind::checksums) {
      filesBefore.push_back(files);
    }
  }
  CHECK(filesBefore == std::vector<unsigned>{62, 126, 130, 130});
  CHECK(verifyArchive(folder / "x.tar").filesWithChecksum == 130);
}

TEST_CASE("a file that shares its bytes with one on disk is whole, and the same file or a clone") {
  const TemporaryFolder folder;
  writeFile(folder / "there", "not really a picture");
  Export content = validExport();
  content.assets[0].info.path = folder / "there";
  content.assets[1].info.path = folder / "missing";
  const ArchiveResult result = writeExport(folderOptions(folder / "x"), content);
  CHECK(result.sharedFiles == 1);
  CHECK(readFile(folder / "x/assets/uploads/pic_1.png") == "not really a picture");
  CHECK(verifyArchive(folder / "x").filesWithChecksum == 2);
  // A tar has its own copy.
  CHECK(writeExport(tarOptions(folder / "x.tar"), content).sharedFiles == 0);

  for (const std::string other :
       {"not_really a picture", "not really a pic", "", "of another size"}) {
    content.assets[0].bytes = other;
    CHECK(errorOf([&] { writeExport(folderOptions(folder / "y"), content); }) == Errc::fileFailed);
  }
  CHECK(readFile(folder / "there") == "not really a picture");

  std::filesystem::create_symlink(folder / "there", folder / "link");
  content = validExport();
  content.assets[0].info.path = folder / "link";
  CHECK(writeExport(folderOptions(folder / "z"), content).sharedFiles == 0);
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  content.assets[0].info.path = folder / "pipe";  // Nobody writes into it.
  CHECK(writeExport(folderOptions(folder / "p"), content).sharedFiles == 0);
}
