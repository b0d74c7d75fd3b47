#include "wsferry/archive/earlier_archive.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "catch.hpp"
#include "support/archive_fixture.hpp"
#include "support/archive_tar_bytes.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/core/detail/text/sha256.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::archive;

namespace {

/// Wants the files that records name, of any version.
struct Wanted final : strapi::WantedFiles {
  bool earlierRecord(const strapi::EntityView& record) override {
    records.emplace_back(record.id);
    return true;
  }
  bool wants(std::string_view name, std::uint64_t) override {
    return !records.empty() && taken.count(std::string(name)) == 0 &&
           refused.count(std::string(name)) == 0;
  }
  void take(const strapi::EarlierFile& file,
            const std::function<std::string_view()>& read) override {
    std::string bytes;
    for (auto piece = read(); !piece.empty(); piece = read()) {
      bytes += piece;
    }
    CHECK(bytes.size() == file.size);
    Sha256 hash;
    hash.update(bytes);
    CHECK(file.sha256 == hash.hex());
    taken.emplace(file.name, bytes);
    paths.insert(file.path);
  }

  std::vector<std::string> records;
  std::set<std::string> refused;
  std::map<std::string, std::string> taken;
  std::set<std::string> paths;
};

constexpr int files = 70;

std::string bytesOf(int i) {
  return "bytes " + std::to_string(i) + std::string(i == 69 ? 5'000'000 : 300, 'x');
}

Export content() {
  Export made = validExport();
  made.schemas.push_back(uploadSchema());
  made.assets.clear();
  for (int i = 0; i < files; ++i) {
    const std::string hash = "file_" + std::to_string(i);
    made.entities.push_back(uploadRecord(i + 1, hash, ".png"));
    made.assets.push_back(asset(hash, ".png", bytesOf(i)));
    replace(made.assets.back().info.metadata, "\"id\":1", "\"id\":" + std::to_string(i + 1));
  }
  return made;
}

struct Offer {
  explicit Offer(const std::string& path, const std::string& key = {},
                 std::set<std::string> refused = {}, bool isUnfinished = false) {
    wanted.refused = std::move(refused);
    EarlierArchive earlier(
        {path, key,
         [this](const strapi::Diagnostic& diagnostic) { warnings += diagnostic.message + "\n"; },
         isUnfinished});
    earlier.offer(wanted);
    for (const auto& [name, bytes] : wanted.taken) {
      const int i = std::stoi(name.substr(5));
      areRight = areRight && bytes == bytesOf(i);
    }
  }

  Wanted wanted;
  std::string warnings;
  bool areRight = true;  ///< All bytes that were taken.
};

}  // namespace

TEST_CASE("all files of an archive can be had again, in every format") {
  for (const ArchiveDestinationOptions& options : allFormats("x")) {
    const TemporaryFolder folder;
    ArchiveDestinationOptions placed = options;
    placed.path = folder / "x";
    writeExport(placed, content());
    const Offer offer(placed.path, placed.key);
    INFO(offer.warnings);
    CHECK(offer.wanted.records.size() == files);
    CHECK(offer.wanted.taken.size() == files);
    CHECK(offer.areRight);
    CHECK(offer.warnings.empty());
    const bool isFolder = options.format.container == Container::directory;
    CHECK(offer.wanted.paths.size() == (isFolder ? files : 1));
    CHECK(offer.wanted.paths.count(isFolder ? placed.path + "/assets/uploads/file_0.png" : "") ==
          1);
  }
}

TEST_CASE("the files may come before the records, as in a folder that was packed") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), content());
  std::string tar;
  for (const auto& [path, bytes] : readTree(folder / "x")) {
    tar += tarEntry(path, bytes);
  }
  writeFile(folder / "x.tar", tar + endOfTar);
  const Offer offer(folder / "x.tar");
  CHECK(offer.warnings.empty());
  CHECK(offer.wanted.taken.size() == files);
  CHECK(offer.areRight);
}

TEST_CASE("only what is wanted is taken") {
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x.tar"), content());
  const Offer offer(folder / "x.tar", {}, {"file_3.png", "file_69.png"});
  CHECK(offer.wanted.taken.size() == files - 2);
  CHECK(offer.warnings.empty());
}

TEST_CASE("a file that is not what was stored is not taken, and told") {
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x.tar"), content());
  replaceIn(folder / "x.tar", "bytes 7x", "bytes 8x");
  const Offer offer(folder / "x.tar");
  CHECK(offer.wanted.taken.size() == files - 1);
  CHECK(offer.wanted.taken.count("file_7.png") == 0);
  CHECK(offer.areRight);
  CHECK(contains(offer.warnings, "1 file whose bytes are not those of the checksum"));
  CHECK(contains(offer.warnings, "file_7.png"));
}

TEST_CASE("of an archive that is cut anywhere nothing wrong is taken, and most of what is there") {
  for (const ArchiveDestinationOptions& options : allFormats("x")) {
    if (options.format.container == Container::directory) {
      continue;
    }
    const TemporaryFolder folder;
    ArchiveDestinationOptions placed = options;
    placed.path = folder / "x";
    writeExport(placed, content());
    const std::string bytes = readFile(placed.path);
    for (std::size_t part = 0; part < 40; ++part) {
      writeFile(placed.path, std::string_view(bytes).substr(0, bytes.size() * part / 40));
      const Offer offer(placed.path, placed.key);
      CAPTURE(placed.format.extension(), part, offer.warnings);
      CHECK(offer.areRight);
      CHECK(!offer.warnings.empty());
      // Two lines of the first checksums are of records. An archive's end is stored as it is, so
      // that all of what is compressed has come by then.
      CHECK(offer.wanted.taken.size() >= (part > 30 ? 62 : 0));
    }
  }
}

TEST_CASE("of an archive with damage anywhere nothing wrong is taken") {
  const TemporaryFolder folder;
  ArchiveDestinationOptions options = tarOptions(folder / "x");
  options.format.compressed = true;
  writeExport(options, content());
  const std::string bytes = readFile(options.path);
  unsigned told = 0;
  for (std::size_t part = 0; part < 100; ++part) {
    std::string damaged = bytes;
    damaged[bytes.size() * part / 100] ^= 0x55;
    writeFile(options.path, damaged);
    const Offer offer(options.path);
    INFO(part << " " << offer.warnings);
    CHECK(offer.areRight);
    told += offer.warnings.empty() ? 0 : 1;
  }
  CHECK(told > 80);  // Some bits of gzip mean nothing.
}

TEST_CASE("an archive without checksums is taken if it was finished and can be read to its end") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x/"), content());
  std::filesystem::remove_all(folder / "x/checksums");
  const Offer offer(folder / "x");
  CHECK(offer.wanted.taken.size() == files);
  CHECK(offer.areRight);
  CHECK(Offer(folder / "x", {}, {}, true).wanted.taken.empty());
  std::filesystem::remove(folder / "x/assets/uploads/file_69.png");
  std::filesystem::create_directory(folder / "x/assets/uploads/file_69.png");
  CHECK(Offer(folder / "x").wanted.taken.size() == files - 1);
}

TEST_CASE("what cannot be read is told, and what is no file at all is refused") {
  const TemporaryFolder folder;
  ArchiveDestinationOptions options = tarOptions(folder / "x.tar.enc");
  options.format.encrypted = true;
  options.key = "secret";
  writeExport(options, content());
  for (const std::string key : {"", "wrong"}) {
    const Offer offer(options.path, key);
    CHECK(offer.wanted.taken.empty());
    CHECK(contains(offer.warnings, "x.tar.enc cannot be read to its end"));
  }
  writeFile(folder / "empty", "");
  writeFile(folder / "text", "no archive at all");
  writeFile(folder / "newer", "STRAPIEX" + std::string(1000, 'x'));
  std::filesystem::create_directory(folder / "folder");
  for (const std::string name : {"empty", "text", "newer"}) {
    const Offer offer(folder / name);
    CHECK(offer.wanted.taken.empty());
    CHECK(contains(offer.warnings, "cannot be read"));
  }
  CHECK(Offer(folder / "folder").wanted.taken.empty());
  const auto open = [](const std::string& path) {
    return errorOf([&] { EarlierArchive earlier({path, {}, {}}); });
  };
  CHECK(open(folder / "missing") == Errc::fileFailed);
  CHECK(open("/dev/null") == Errc::fileFailed);
}

TEST_CASE("an archive of which no file is as it was says so") {
  const TemporaryFolder folder;
  Export other = validExport();
  writeExport(tarOptions(folder / "x.tar"), other);
  const Offer offer(folder / "x.tar");
  CHECK(offer.wanted.taken.empty());
  CHECK(contains(offer.warnings, "is it from this server?"));
}

TEST_CASE("an archive whose files are as they were and not needed has nothing to say") {
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x.tar"), content());
  std::set<std::string> all;
  for (int i = 0; i < files; ++i) {
    all.insert("file_" + std::to_string(i) + ".png");
  }
  const Offer offer(folder / "x.tar", {}, all);
  CHECK(offer.wanted.taken.empty());
  CHECK(offer.warnings.empty());
}

TEST_CASE("what fails in the one who wants the files is no damage of the archive") {
  struct Failing final : strapi::WantedFiles {
    explicit Failing(int place) : left(place) {}
    void count() {
      if (left-- == 0) {
        throw Error(Errc::fileFailed, "the disk is full");
      }
    }
    bool earlierRecord(const strapi::EntityView&) override {
      count();
      return true;
    }
    bool wants(std::string_view, std::uint64_t) override {
      count();
      return true;
    }
    void take(const strapi::EarlierFile&, const std::function<std::string_view()>&) override {
      count();
      ++taken;
    }
    int left;
    int taken = 0;
  };
  const TemporaryFolder folder;
  writeExport(tarOptions(folder / "x.tar"), content());
  std::string warnings;
  EarlierArchive earlier({folder / "x.tar", {}, [&warnings](const strapi::Diagnostic& diagnostic) {
                            warnings += diagnostic.message + "\n";
                          }});
  // At the first and last record, at the first and last look at a file, and while one is taken.
  for (const int place :
       {0, files - 1, files, 2 * files - 1, 2 * files, 2 * files + 1, 4 * files - 1}) {
    CAPTURE(place);
    Failing wanted(place);
    CHECK(messageOf([&] { earlier.offer(wanted); }) == "the disk is full");
    CHECK(warnings.empty());
  }
  // It is as before afterwards: damage is told, and fails nothing.
  const std::string bytes = readFile(folder / "x.tar");
  writeFile(folder / "x.tar", std::string_view(bytes).substr(0, bytes.size() / 2));
  Failing wanted(-1);
  CHECK_NOTHROW(earlier.offer(wanted));
  CHECK(contains(warnings, "cannot be read to its end"));
}

TEST_CASE("what a transfer has left that failed gives the files that had come") {
  for (ArchiveDestinationOptions options : allFormats("x")) {
    CAPTURE(options.format.extension());
    const TemporaryFolder folder;
    options.path = folder / "x";
    options.keepUnfinished = true;
    std::string part;
    {
      ArchiveDestination destination(options);
      part = destination.temporaryPath();
      Export made = content();
      const Asset unfinished = made.assets.back();
      made.assets.pop_back();
      destination.beforeTransfer({made.metadata, made.schemas, {}});
      writeRecords(destination, TransferStage::entities, made.entities);
      writeFirst(destination, made.assets);
      destination.assets().begin("unfinished", unfinished.info);
      destination.assets().write("unfinished", std::string_view(unfinished.bytes).substr(1));
      destination.rollback();
      CHECK(destination.temporaryPath() == part);
    }
    CHECK(std::filesystem::exists(part));
    const Offer offer(part, options.key, {}, true);
    INFO(offer.warnings);
    CHECK(offer.wanted.taken.size() == files - 1);
    CHECK(offer.areRight);
    CHECK(offer.wanted.paths == std::set<std::string>{""});
    ArchiveDestination next(options);
    CHECK_FALSE(std::filesystem::exists(part));
  }
}

TEST_CASE("what was complete and could not get its name is left whole") {
  for (ArchiveDestinationOptions options : allFormats("x")) {
    CAPTURE(options.format.extension());
    const TemporaryFolder folder;
    options.path = folder / "x";
    options.keepUnfinished = true;
    std::string part;
    {
      ArchiveDestination destination(options);
      part = destination.temporaryPath();
      writeStages(destination, content());
      std::filesystem::create_directory(options.path);  // Another one took the name meanwhile.
      CHECK_THROWS_AS(destination.close(), Error);
      destination.rollback();
      CHECK(destination.temporaryPath() == part);
    }
    CHECK(verifyArchive(part, options.key).problems.empty());
    const Offer offer(part, options.key, {}, true);
    INFO(offer.warnings);
    CHECK(offer.wanted.taken.size() == files);
    CHECK(offer.areRight);
  }
}

TEST_CASE("only what was left has a path after the end") {
  const TemporaryFolder folder;
  ArchiveDestinationOptions options = tarOptions(folder / "x.tar");
  options.keepUnfinished = GENERATE(false, true);
  options.overwrite = true;
  ArchiveDestination closed(options);
  writeStages(closed, content());
  closed.close();
  closed.rollback();
  CHECK(closed.temporaryPath().empty());
  ArchiveDestination left(options);
  left.rollback();
  CHECK(left.temporaryPath().empty() != options.keepUnfinished);
}

TEST_CASE("standard output cannot be left for another attempt") {
  ArchiveDestinationOptions options = tarOptions("-");
  options.keepUnfinished = true;
  CHECK(errorOf([&] { const ArchiveDestination destination(options); }) == Errc::invalidOption);
}
