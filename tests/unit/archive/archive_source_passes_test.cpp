#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "catch.hpp"
#include "support/archive_source_fixture.hpp"
#include "wsferry/archive/archive_error.hpp"

using namespace support;
using wsferry::Errc;
using wsferry::archive::ArchiveErrc;

namespace {

/// Counts how often a file is opened.
class OpenCounter {
 public:
  explicit OpenCounter(const std::string& path) : descriptor_(::inotify_init1(IN_NONBLOCK)) {
    REQUIRE(descriptor_ >= 0);
    // With the closing: equal events one after the other are counted as one.
    REQUIRE(::inotify_add_watch(descriptor_, path.c_str(), IN_OPEN | IN_CLOSE) >= 0);
  }
  ~OpenCounter() { ::close(descriptor_); }

  /// Since the last call.
  int opened() {
    alignas(inotify_event) char buffer[4096];
    int count = 0;
    for (ssize_t size = 0; (size = ::read(descriptor_, buffer, sizeof buffer)) > 0;) {
      for (ssize_t offset = 0; offset < size;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + offset);
        count += (event->mask & IN_OPEN) != 0 ? 1 : 0;
        offset += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      }
    }
    return count;
  }

  void waitForOpening() {
    pollfd waiting{descriptor_, POLLIN, 0};
    REQUIRE(::poll(&waiting, 1, 60'000) == 1);
  }

 private:
  int descriptor_;
};

ArchiveSourceOptions optionsFor(const std::string& path) {
  ArchiveSourceOptions options;
  options.path = path;
  return options;
}

/// Calls cancel() in a given call.
class CancellingSink final : public wsferry::strapi::RecordSink, public wsferry::strapi::AssetSink {
 public:
  CancellingSink(ArchiveSource& source, int call) : source_(source), call_(call) {}

  void record(const wsferry::strapi::Record&) override { count(); }
  void begin(std::string_view, const AssetInfo&) override { count(); }
  void write(std::string_view, std::string_view) override { count(); }
  void end(std::string_view) override { count(); }

  int calls = 0;

 private:
  void count() {
    if (++calls == call_) {
      source_.cancel();
    }
  }

  ArchiveSource& source_;
  const int call_;
};

}  // namespace

TEST_CASE("Two passes are enough, whatever the order") {
  const TemporaryFolder folder;
  auto entries = entriesOf(validExport());
  SECTION("the usual one") {}
  SECTION("backwards") {
    std::reverse(entries.begin(), entries.end());
  }
  SECTION("another") {
    std::rotate(entries.begin(), entries.begin() + 7, entries.end());
  }
  writeFile(folder / "x", gzipped(tarOf(entries)));
  OpenCounter counter(folder / "x");
  ArchiveSource source(optionsFor(folder / "x"));
  source.bootstrap();
  CHECK(counter.opened() == 1);
  readStages(source);
  source.close();
  CHECK(counter.opened() == 1);

  // Again, without the first pass.
  source.bootstrap();
  CHECK(counter.opened() == 0);
  CHECK(readStages(source).entities.size() == 3);
  CHECK(counter.opened() == 1);
}

TEST_CASE("A stage without entries needs no pass") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.links.clear();
  writeExport(tarOptions(folder / "x"), content);
  ArchiveSource source(optionsFor(folder / "x"));
  source.bootstrap();
  OpenCounter counter(folder / "x");
  CHECK(recordsOf(source, TransferStage::links).empty());
  CHECK(counter.opened() == 0);
}

TEST_CASE("An archive that changes while it is read does not end well") {
  const TemporaryFolder folder;
  const bool isReplaced = GENERATE(false, true);
  for (const auto& options : allFormats(folder / "x")) {
    CAPTURE(options.format.extension(), isReplaced);
    const bool isFolder = options.format.container == Container::directory;
    const std::string part = isFolder ? options.path + "/links/links_00001.jsonl" : options.path;
    writeExport(options, validExport());
    auto reading = optionsFor(options.path);
    reading.key = options.key;
    ArchiveSource source(reading);
    source.bootstrap();
    readStages(source);
    const std::string bytes = readFile(part) + " ";
    if (isReplaced) {
      std::filesystem::rename(part, folder / "old");
    }
    writeFile(part, bytes);
    if (isReplaced && !isFolder) {
      source.close();  // The one that was read is whole.
    } else {
      CHECK(contains(messageOf([&] { source.close(); }), "has changed since it was checked"));
    }
    std::filesystem::remove_all(folder / "old");
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("A change is noticed although size and time of the content are as they were") {
  const TemporaryFolder folder;
  const bool isBetween = GENERATE(false, true);
  for (const auto& options : allFormats(folder / "x")) {
    CAPTURE(options.format.extension(), isBetween);
    const bool isFolder = options.format.container == Container::directory;
    const std::string part = isFolder ? options.path + "/links/links_00001.jsonl" : options.path;
    writeExport(options, validExport());
    auto reading = optionsFor(options.path);
    reading.key = options.key;
    ArchiveSource source(reading);
    source.bootstrap();
    if (!isBetween) {
      readStages(source);
    }
    const auto written = std::filesystem::last_write_time(part);
    std::string bytes = readFile(part);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    const auto changeTime = [&part] {
      struct stat information {};
      REQUIRE(::stat(part.c_str(), &information) == 0);
      return std::pair(information.st_ctim.tv_sec, information.st_ctim.tv_nsec);
    };
    // A file system's clock may stand still for some milliseconds.
    for (const auto before = changeTime(); changeTime() == before;) {
      std::fstream(part, std::ios::in | std::ios::out | std::ios::binary) << bytes;
      std::filesystem::last_write_time(part, written);
    }
    CHECK(std::filesystem::last_write_time(part) == written);
    const std::string message = messageOf([&] {
      if (isBetween) {
        readStages(source);
      }
      source.close();
    });
    // What was given had been compared already.
    CHECK(message.empty() == !isBetween);
    CHECK(contains(message, "has changed since it was checked") == isBetween);
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("Another name, other rights and their end are no change of an archive") {
  const TemporaryFolder folder;
  const bool isBetween = GENERATE(false, true);
  const bool hasName = GENERATE(false, true);
  for (const auto& options : allFormats(folder / "x")) {
    CAPTURE(options.format.extension(), isBetween, hasName);
    const bool isFolder = options.format.container == Container::directory;
    const std::string part = isFolder ? options.path + "/assets/uploads/pic_1.png" : options.path;
    writeExport(options, validExport());
    auto reading = optionsFor(options.path);
    reading.key = options.key;
    ArchiveSource source(reading);
    source.bootstrap();
    if (!isBetween) {
      readStages(source);
    }
    const auto rights = std::filesystem::status(part).permissions();
    const auto changeTime = [&part] {
      struct stat information {};
      REQUIRE(::stat(part.c_str(), &information) == 0);
      return std::pair(information.st_ctim.tv_sec, information.st_ctim.tv_nsec);
    };
    for (const auto before = changeTime(); changeTime() == before;) {
      std::filesystem::remove(folder / "other");
      std::filesystem::create_hard_link(part, folder / "other");
      std::filesystem::permissions(part, std::filesystem::perms::owner_all);
    }
    if (!hasName) {
      // All as it was, where what was read was compared; otherwise nothing would explain the time.
      std::filesystem::permissions(part, isBetween ? std::filesystem::perms::owner_all : rights);
      std::filesystem::remove(folder / "other");
    }
    if (isBetween) {
      readStages(source);
    }
    CHECK_NOTHROW(source.close());
    std::filesystem::remove_all(folder / "other");
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("Records that change between the check and their turn are not given for whole") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());
  std::filesystem::remove_all(folder / "x/checksums");
  ArchiveSource source(optionsFor(folder / "x"));
  source.bootstrap();
  recordsOf(source, TransferStage::entities);  // Opens the folder.
  replaceIn(folder / "x/links/links_00001.jsonl", "manyToOne", "manyToTwo");
  replaceIn(folder / "x/assets/uploads/pic_1.png", "not really", "not_really");
  CHECK(contains(messageOf([&] { assetsOf(source); }),
                 "assets/uploads/pic_1.png has other bytes than when it was checked"));
  CHECK(contains(messageOf([&] { recordsOf(source, TransferStage::links); }),
                 "links/links_00001.jsonl has other bytes than when it was checked"));
}

TEST_CASE("A second bootstrap refuses an archive that has changed") {
  const TemporaryFolder folder;
  Export content = validExport();
  for (auto options : allFormats(folder / "x")) {
    CAPTURE(options.format.extension());
    options.overwrite = true;
    writeExport(options, content);
    auto reading = optionsFor(options.path);
    reading.key = options.key;
    ArchiveSource source(reading);
    source.bootstrap();
    readStages(source);
    Export other = content;
    other.entities.pop_back();
    writeExport(options, other);
    const std::string message = messageOf([&] { source.bootstrap(); });
    CHECK(contains(message, options.path + " has changed since it was checked"));
    CHECK(errorOf([&] { source.bootstrap(); }) == ArchiveErrc::invalidArchive);
    CHECK(errorOf([&] { recordsOf(source, TransferStage::entities); }) == Errc::invalidState);
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("An archive that changed between the passes is not read") {
  const TemporaryFolder folder;
  SECTION("a file") {
    writeExport(tarOptions(folder / "x"), validExport());
  }
  SECTION("a folder") {
    writeExport(folderOptions(folder / "x"), validExport());
  }
  ArchiveSource source(optionsFor(folder / "x"));
  source.bootstrap();
  const bool isFolder = std::filesystem::is_directory(folder / "x");
  const std::string changed =
      isFolder ? folder / "x/assets/uploads/pic_1.png" : std::string(folder / "x");
  std::filesystem::last_write_time(
      changed, std::filesystem::last_write_time(changed) + std::chrono::seconds(2));
  CHECK(errorOf([&] { recordsOf(source, TransferStage::entities); }) ==
        ArchiveErrc::invalidArchive);
  CHECK(errorOf([&] { source.bootstrap(); }) == ArchiveErrc::invalidArchive);
}

TEST_CASE("A bootstrap that failed can be repeated") {
  const TemporaryFolder folder;
  writeFile(folder / "x", "nothing");
  ArchiveSource source(optionsFor(folder / "x"));
  CHECK(errorOf([&] { source.bootstrap(); }) == ArchiveErrc::invalidArchive);
  CHECK(errorOf([&] { source.summary(); }) == Errc::invalidState);
  writeFile(folder / "x", tarOf(entriesOf(validExport())));
  source.bootstrap();
  CHECK(flat(readStages(source)) == flat(validExport()));
}

TEST_CASE("What comes too early needs no more memory than allowed") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.assets.push_back(asset("large", ".bin", std::string(3'000'000, 'l')));
  auto entries = entriesOf(content);
  std::reverse(entries.begin(), entries.end());
  writeFile(folder / "x", gzipped(tarOf(entries)));
  auto options = optionsFor(folder / "x");
  options.temporaryFolder = folder / "missing";
  // With enough memory there is no file; without, its folder is missing.
  CHECK(readExport(options).assets.size() == 3);
  options.memory = 1'000'000;
  CHECK(errorOf([&] { readExport(options); }) == Errc::fileFailed);
  // Files that nobody wants are not kept.
  options.withoutFiles = true;
  {
    ArchiveSource source(options);
    source.bootstrap();
    CHECK(recordsOf(source, TransferStage::entities).size() == content.entities.size());
    CHECK(recordsOf(source, TransferStage::links).size() == content.links.size());
    CHECK(errorOf([&] { assetsOf(source); }) == Errc::invalidState);
  }
  options.withoutFiles = false;
  options.temporaryFolder = folder.path();
  CHECK(readExport(options).assets.size() == 3);
  CHECK(folder.names() == std::set<std::string>{"x"});
}

TEST_CASE("The first pass can be cancelled") {
  const TemporaryFolder folder;
  // Eight asset entries of 1 GiB in few bytes, and then the end: inflating all takes long, and ends
  // with another error.
  const std::string gibibyte = [] {
    const std::string mebibyte = gzipped(std::string(1u << 20, '\0'));
    std::string all;
    for (int i = 0; i < 1024; ++i) {
      all += mebibyte;
    }
    return all;
  }();
  std::string header = tarEntry("assets/uploads/large", "").substr(0, 512);
  header.replace(124, 11, "10000000000");
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char byte : header) {
    sum += static_cast<unsigned char>(byte);
  }
  char checksum[8];
  std::snprintf(checksum, sizeof checksum, "%06o", sum);
  header.replace(148, 7, std::string(checksum, 7));
  {
    std::ofstream file(folder / "x", std::ios::binary);
    for (int i = 0; i < 8; ++i) {
      file << gzipped(header) << gibibyte;
    }
    file << gzipped(endOfTar);
  }
  OpenCounter counter(folder / "x");
  ArchiveSource source(optionsFor(folder / "x"));
  std::thread canceller([&] {
    counter.waitForOpening();
    source.cancel();
  });
  const auto code = errorOf([&] { source.bootstrap(); });
  canceller.join();
  CHECK(code == Errc::cancelled);
  CHECK(errorOf([&] { source.bootstrap(); }) == Errc::cancelled);
}

TEST_CASE("The second pass can be cancelled from a sink, in all formats") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.assets = {asset("large", ".bin", std::string(2'000'000, 'l'))};
  for (const auto& options : allFormats(folder / "x")) {
    CAPTURE(options.format.extension());
    writeExport(options, content);
    auto reading = optionsFor(options.path);
    reading.key = options.key;
    for (const int call : {1, 2}) {
      ArchiveSource source(reading);
      source.bootstrap();
      CancellingSink sink(source, call);
      CHECK(errorOf([&] { source.readRecords(TransferStage::entities, sink); }) == Errc::cancelled);
      CHECK(sink.calls == call);
      CHECK(errorOf([&] { source.readAssets(sink); }) == Errc::cancelled);
      CHECK(sink.calls == call);
    }
    for (const int call : {1, 2, 3}) {
      ArchiveSource source(reading);
      source.bootstrap();
      CancellingSink sink(source, call);
      CHECK(errorOf([&] { source.readAssets(sink); }) == Errc::cancelled);
      CHECK(sink.calls == call);
      // Once more from the begin, of the archive that was checked.
      source.renew();
      source.bootstrap();
      CHECK(readStages(source).assets.size() == 1);
      source.close();
      source.renew();
      std::filesystem::remove_all(options.path);
      writeExport(options, content);
      CHECK(errorOf([&] { source.bootstrap(); }) == ArchiveErrc::invalidArchive);
    }
    std::filesystem::remove_all(options.path);
  }
}
