#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "archive/check/whole_end.hpp"
#include "catch.hpp"
#include "support/archive_fixture.hpp"
#include "support/archive_tar_bytes.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_inspection.hpp"

using namespace support;
using wsferry::Errc;
using wsferry::archive::ArchiveErrc;
using wsferry::archive::hasWholeEnd;
using wsferry::archive::verifyArchive;

namespace {

/// The largest file that this process may write, for one scope: the disk that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &previous_);
    signal_ = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = previous_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &previous_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit previous_{};
  void (*signal_)(int) = nullptr;
};

/// All file handles are in use, for one scope.
class NoFileHandles {
 public:
  NoFileHandles() {
    ::getrlimit(RLIMIT_NOFILE, &previous_);
    rlimit limit = previous_;
    limit.rlim_cur = 64;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    for (int handle = ::dup(0); handle >= 0; handle = ::dup(0)) {
      taken_.push_back(handle);
    }
  }
  ~NoFileHandles() {
    for (const int handle : taken_) {
      ::close(handle);
    }
    ::setrlimit(RLIMIT_NOFILE, &previous_);
  }

 private:
  rlimit previous_{};
  std::vector<int> taken_;
};

/// Standard output leads to `descriptor` for one scope.
class RedirectedOutput {
 public:
  explicit RedirectedOutput(int descriptor) : saved_(::dup(STDOUT_FILENO)) {
    ::dup2(descriptor, STDOUT_FILENO);
  }
  ~RedirectedOutput() {
    ::dup2(saved_, STDOUT_FILENO);
    ::close(saved_);
  }

 private:
  int saved_;
};

Export largeExport() {
  Export content = validExport();
  std::string noise;
  for (unsigned i = 0, state = 1; i < 3'000'000; ++i) {
    state = state * 1664525u + 1013904223u;
    noise.push_back(static_cast<char>(state >> 24));
  }
  content.assets = {asset("noise", ".bin", noise)};
  return content;
}

std::vector<std::string> notesFor(const std::vector<Asset>& assets,
                                  std::map<std::string, std::string>& tree) {
  const TemporaryFolder folder;
  Export content = validExport();
  content.assets = assets;
  const auto result = writeExport(tarOptions(folder / "x.tar"), content);
  tree = readTree(folder / "x.tar");
  return result.notes;
}

}  // namespace

TEST_CASE("Options without meaning are refused") {
  const TemporaryFolder folder;
  auto options = tarOptions(folder / "x");
  SECTION("a compressed folder") {
    options.format.container = Container::directory;
    options.format.compressed = true;
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::invalidOption);
  }
  SECTION("an encrypted folder") {
    options.format.container = Container::directory;
    options.format.encrypted = true;
    options.key = "k";
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::invalidOption);
  }
  SECTION("a folder on standard output") {
    options.format.container = Container::directory;
    options.path = "-";
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::invalidOption);
  }
  SECTION("no path") {
    options.path = "";
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::invalidOption);
  }
  SECTION("the name of an encrypted archive for one that is not, file or folder") {
    options.path = folder / "d.enc";
    options.format.container = GENERATE(Container::tar, Container::directory);
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::invalidOption);
    options.path += "/";
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::invalidOption);
  }
  SECTION("encryption without a key") {
    options.format.encrypted = true;
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == ArchiveErrc::keyRequired);
  }
  CHECK(folder.names().empty());
}

TEST_CASE("An existing target is kept unless it may be replaced") {
  const TemporaryFolder folder;
  for (auto options : allFormats(folder / "export")) {
    CAPTURE(options.format.extension());
    writeExport(options, validExport());
    const auto before = readTree(options.path, options.key);
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::fileExists);
    const std::string message = messageOf([&] { ArchiveDestination{options}; });
    CHECK(contains(message, options.path));
    CHECK(contains(message, "exists already"));

    Export other = validExport();
    other.entities.pop_back();
    options.overwrite = true;
    {
      ArchiveDestination destination(options);
      writeStages(destination, other);
      CHECK(readTree(options.path, options.key) == before);
    }
    CHECK(readTree(options.path, options.key) == before);
    writeExport(options, other);
    CHECK(readTree(options.path, options.key) != before);
    CHECK(folder.names() == std::set<std::string>{"export"});
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("The file is hashed only where that is asked for, and is the same") {
  const TemporaryFolder folder;
  auto options = tarOptions(folder / "a.tar");
  CHECK(writeExport(options, validExport()).sha256.size() == 64);
  options.path = folder / "b.tar";
  options.fileHash = false;
  CHECK(writeExport(options, validExport()).sha256.empty());
  CHECK(readFile(folder / "b.tar") == readFile(folder / "a.tar"));
}

TEST_CASE("A target that appears meanwhile is not overwritten") {
  const TemporaryFolder folder;
  for (const auto& options : allFormats(folder / "export")) {
    CAPTURE(options.format.extension());
    {
      ArchiveDestination destination(options);
      writeStages(destination, validExport());
      writeFile(options.path, "somebody else's");
      CHECK(errorOf([&] { destination.close(); }) == Errc::fileExists);
    }
    CHECK(readFile(options.path) == "somebody else's");
    CHECK(folder.names() == std::set<std::string>{"export"});
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("Only a thing of the same kind is replaced") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "folder");
  writeFile(folder / "file", "x");
  auto options = tarOptions(folder / "folder");
  options.overwrite = true;
  CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::invalidOption);
  options.path = "/dev/null";
  CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::fileFailed);
  options.path = folder / "file";
  options.format.container = Container::directory;
  CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::fileFailed);
  CHECK(folder.names() == std::set<std::string>{"file", "folder"});
}

TEST_CASE("A folder that is no export is never replaced") {
  const TemporaryFolder folder;
  ArchiveDestinationOptions options;
  options.path = folder / "target";
  options.format.container = Container::directory;
  options.format.compressed = false;
  options.overwrite = true;
  std::filesystem::create_directories(options.path + "/mine");
  SECTION("from the start") {
    writeFile(options.path + "/mine/thesis.txt", "x");
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::fileExists);
  }
  SECTION("with an export's file in it") {
    writeFile(options.path + "/metadata.json", "{}");
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::fileExists);
  }
  SECTION("since the start") {
    std::filesystem::remove(options.path + "/mine");
    ArchiveDestination destination(options);
    writeStages(destination, validExport());
    std::filesystem::create_directories(options.path + "/mine");
    CHECK(errorOf([&] { destination.close(); }) == Errc::fileExists);
  }
  CHECK(std::filesystem::exists(options.path + "/mine"));
  CHECK(folder.names() == std::set<std::string>{"target"});
}

TEST_CASE("What a symbolic link leads to is replaced, and not the link") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "elsewhere");
  writeFile(folder / "elsewhere/real.tar", "old");
  std::filesystem::create_symlink("elsewhere/real.tar", folder / "link.tar");
  auto options = tarOptions(folder / "link.tar");
  CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::fileExists);
  options.overwrite = true;
  CHECK(writeExport(options, validExport()).path == folder / "link.tar");
  CHECK(std::filesystem::is_symlink(folder / "link.tar"));
  CHECK(readTree(folder / "elsewhere/real.tar").count("metadata.json") == 1);
  std::filesystem::create_symlink("nowhere", folder / "dangling");
  options.path = folder / "dangling";
  CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::fileFailed);
}

TEST_CASE("A symbolic link that leads to itself is an error of ours") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("x", folder / "x");
  for (auto options : {tarOptions(folder / "x"), folderOptions(folder / "x")}) {
    CHECK(errorOf([&] { ArchiveDestination destination(options); }) == Errc::fileExists);
    options.overwrite = true;
    CHECK(errorOf([&] { ArchiveDestination destination(options); }) == Errc::fileFailed);
  }
  CHECK(std::filesystem::is_symlink(folder / "x"));
}

TEST_CASE("A folder that is missing or takes no files is named") {
  const TemporaryFolder folder;
  writeFile(folder / "file", "x");
  for (auto options : allFormats(folder / "missing/export")) {
    CAPTURE(options.format.extension());
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::fileFailed);
    CHECK(contains(messageOf([&] { ArchiveDestination{options}; }), folder / "missing"));
    options.path = folder / "file/export";
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::fileFailed);
    options.path = "/proc/export";
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::fileFailed);
  }
}

TEST_CASE("Nothing is left behind by a transfer that does not end well") {
  const TemporaryFolder folder;
  for (auto options : allFormats(folder / "export")) {
    CAPTURE(options.format.extension());
    options.assetMemory = 1000;
    SECTION("rollback " + options.format.extension()) {
      ArchiveDestination destination(options);
      writeStages(destination, largeExport());
      CHECK(folder.names().size() == 1);
      destination.rollback();
      CHECK(folder.names().empty());
      CHECK(errorOf([&] { destination.close(); }) == Errc::invalidState);
    }
    SECTION("destruction in the middle of an asset " + options.format.extension()) {
      {
        ArchiveDestination destination(options);
        destination.beforeTransfer({{"2024", "5.0.0"}, {{"a", "{}"}}, {}});
        destination.beginStage(TransferStage::assets);
        destination.assets().begin("a", {"a", 0, "{}"});
        destination.assets().write("a", std::string(100'000, 'x'));
      }
      CHECK(folder.names().empty());
    }
    SECTION("destruction at once " + options.format.extension()) {
      { ArchiveDestination destination(options); }
      CHECK(folder.names().empty());
    }
  }
}

TEST_CASE("An archive is whole on disk when it is told that it gets its name") {
  const TemporaryFolder folder;
  for (auto options : allFormats(folder / "x")) {
    CAPTURE(options.format.extension());
    std::vector<std::string> named;
    std::vector<std::string> problems = {"not called"};
    ArchiveDestination* making = nullptr;
    options.beforeNaming = [&](const std::string& path) {
      named.push_back(path);
      problems = wsferry::archive::verifyArchive(making->temporaryPath(), options.key).problems;
    };
    ArchiveDestination destination(options);
    making = &destination;
    writeStages(destination, validExport());
    destination.close();
    CHECK(named == std::vector<std::string>{options.path});
    CHECK(problems.empty());
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("A full disk fails the transfer, names the file and leaves nothing") {
  const TemporaryFolder folder;
  const Export content = largeExport();
  for (auto options : allFormats(folder / "export")) {
    for (const std::size_t memory : {std::size_t{1000}, std::size_t{8} << 20}) {
      CAPTURE(options.format.extension(), memory);
      options.assetMemory = memory;
      std::error_code code;
      std::string message;
      {
        const FileSizeLimit limit(1'500'000);
        code = errorOf([&] { writeExport(options, content); });
        message = messageOf([&] { writeExport(options, content); });
      }
      CHECK(code == Errc::fileFailed);
      CHECK(contains(message, folder.path()));
      CHECK(contains(message, "File too large"));
      CHECK(folder.names().empty());
    }
  }
}

TEST_CASE("Standard output gets the tar and nothing else") {
  const TemporaryFolder folder;
  for (auto options : allFormats("-")) {
    if (options.format.container == Container::directory) {
      continue;
    }
    CAPTURE(options.format.extension());
    const std::string path = folder / "out";
    ArchiveResult result;
    {
      FILE* file = std::fopen(path.c_str(), "w");
      const RedirectedOutput redirected(::fileno(file));
      result = writeExport(options, validExport());
      std::fclose(file);
    }
    CHECK(readTree(path, options.key).size() == 11);
    CHECK(result.bytes == std::filesystem::file_size(path));
  }
}

TEST_CASE("Nobody reading standard output is an error") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  const auto previous = std::signal(SIGPIPE, SIG_IGN);
  std::error_code code;
  {
    const RedirectedOutput redirected(ends[1]);
    code = errorOf([] { writeExport(tarOptions("-"), validExport()); });
  }
  std::signal(SIGPIPE, previous);
  ::close(ends[1]);
  CHECK(code == Errc::fileFailed);
}

TEST_CASE("A name that no file of an archive can have is told, and leads nowhere") {
  const TemporaryFolder folder;
  const std::string name =
      GENERATE(as<std::string>(), "../../x", "/etc/passwd", "a\\b", std::string("n\0l", 3), "", ".",
               "..", std::string(300, 'n'), "._a.png", ".DS_Store", "Thumbs.db");
  Export content = validExport();
  content.assets.push_back(asset(name, "", "x"));
  for (const auto& options : allFormats(folder / "export")) {
    CAPTURE(options.format.extension(), name);
    CHECK(errorOf([&] { writeExport(options, content); }) == ArchiveErrc::invalidArchive);
    CHECK(contains(messageOf([&] { writeExport(options, content); }), "its name is not possible"));
    CHECK(folder.names().empty());
  }
}

TEST_CASE("Everything that an import would refuse is told at once") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.entities.push_back(R"({"type":"","id":7,"data":{}})");
  content.entities.push_back(R"({"type":"api::a.a","id":1,"data":{"other":true}})");
  content.entities.push_back(R"({"type":"api::z.z","id":1,"data":{}})");
  content.entities.push_back("{\"type\":\"api::a.a\",\"id\":9,\"data\":{\"t\":\"\xE9\"}}");
  content.links.push_back(R"({"kind":"relation.odd","relation":"r","left":{},"right":{}})");
  content.assets[0].info.filename = "other.png";
  content.assets[1].info.metadata.replace(content.assets[1].info.metadata.find(":1"), 2, ":0");
  const std::string message =
      messageOf([&] { writeExport(tarOptions(folder / "x.tar"), content); });
  INFO(message);
  for (const char* part :
       {"entities, record 4: type is not a non-empty string",
        "entities, record 5: api::a.a 1 occurs twice, with different content",
        "entities, record 7: not UTF-8", "there are entities of api::z.z, but no schema of it",
        "links, record 4: kind",
        "file \"other.png\" of plugin::upload.file 1: hash and ext make \"pic_1.png\"",
        "file \"empty\" of plugin::upload.file 0: id is not a positive integer"}) {
    CHECK(contains(message, part));
  }
  CHECK(folder.names().empty());
}

TEST_CASE("A stage of thousands of bad records is given up") {
  const TemporaryFolder folder;
  ArchiveDestination destination(tarOptions(folder / "x.tar"));
  destination.beforeTransfer({{"2024", "5.0.0"}, validExport().schemas, {}});
  destination.beginStage(TransferStage::entities);
  int taken = 0;
  CHECK(errorOf([&] {
          for (; taken < 10'000; ++taken) {
            destination.records().record("{}");
          }
        }) == ArchiveErrc::invalidArchive);
  CHECK(taken == 5'000);
}

TEST_CASE("What comes twice is stored once, and told") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.links.push_back(content.links[0]);
  content.entities.push_back(content.entities[1]);
  content.assets.push_back(content.assets[0]);
  content.assets.back().info.metadata.replace(content.assets[0].info.metadata.find(":1"), 2, ":2");
  for (const auto& options : allFormats(folder / "export")) {
    CAPTURE(options.format.extension());
    const auto result = writeExport(options, content);
    CHECK(result.notes ==
          std::vector<std::string>{
              "the entities have 1 identical to an earlier one; it is stored once",
              "file \"pic_1.png\" came 2 times with the same bytes, and is stored once: several "
              "records of the media library have it",
              "the links have 1 identical to an earlier one; it is stored once"});
    Export once = validExport();
    CHECK(readTree(options.path, options.key).size() == 11);
    const auto summary = verifyArchive(options.path, options.key);
    CHECK(summary.problems.empty());
    CHECK(summary.totals.at(TransferStage::assets).count == 2);
    CHECK(summary.totals.at(TransferStage::links).count == 3);
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("Assets of one name are compared whatever the order in which they end") {
  const TemporaryFolder folder;
  for (const auto& options : allFormats(folder / "export")) {
    for (const bool same : {true, false}) {
      CAPTURE(options.format.extension(), same);
      ArchiveDestination destination(options);
      destination.beforeTransfer({{"2024", "5.0.0"}, validExport().schemas, {}});
      destination.beginStage(TransferStage::assets);
      const AssetInfo info = asset("a", ".png", "xy").info;
      destination.assets().begin("first", info);
      destination.assets().write("first", "x");
      destination.assets().begin("second", info);
      destination.assets().write("second", same ? "xy" : "xx");
      destination.assets().end("second");
      destination.assets().write("first", "y");
      destination.assets().end("first");
      destination.endStage();
      const std::string message = messageOf([&] { destination.close(); });
      CHECK(contains(message, "\"a.png\" came twice with different bytes") == !same);
      destination.rollback();
      CHECK(folder.names().empty() == !same);
      std::filesystem::remove_all(options.path);
    }
  }
}

TEST_CASE("A file whose record did not come is left out, and told") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.schemas.push_back(uploadSchema());
  content.entities.push_back(uploadRecord(2, "empty", ""));
  content.assets[1].info.metadata.replace(content.assets[1].info.metadata.find(":1"), 2, ":2");
  const auto result = writeExport(tarOptions(folder / "x.tar"), content);
  REQUIRE(result.notes.size() == 1);
  CHECK(contains(result.notes[0], "\"pic_1.png\" was left out: there is no record"));
  CHECK(verifyArchive(folder / "x.tar").problems.empty());
}

TEST_CASE("A size that was announced wrongly is noted") {
  std::map<std::string, std::string> tree;
  Asset item = asset("a", "", "xy");
  item.info.size = 7;
  const auto notes = notesFor({item}, tree);
  REQUIRE(notes.size() == 1);
  CHECK(contains(notes[0], "7 bytes"));
  CHECK(contains(notes[0], "has 2"));
  CHECK(tree["assets/uploads/a"] == "xy");
  item.info.size = 0;  // Unknown.
  CHECK(notesFor({item}, tree).empty());
}

TEST_CASE("Calls in the wrong order are refused") {
  const TemporaryFolder folder;
  ArchiveDestination destination(tarOptions(folder / "x.tar"));
  CHECK(errorOf([&] { destination.close(); }) == Errc::invalidState);
  CHECK(errorOf([&] { destination.beginStage(TransferStage::links); }) == Errc::invalidState);
  CHECK(errorOf([&] { destination.records(); }) == Errc::invalidState);
  destination.beforeTransfer({{"2024", "5.0.0"}, {{"a", "{}"}}, {}});
  CHECK(errorOf([&] { destination.endStage(); }) == Errc::invalidState);
  destination.beginStage(TransferStage::assets);
  CHECK(errorOf([&] { destination.records(); }) == Errc::invalidState);
  CHECK(errorOf([&] { destination.close(); }) == Errc::invalidState);
  CHECK(errorOf([&] { destination.assets().write("a", "x"); }) == Errc::protocolViolation);
  destination.assets().begin("a", {"file", 0, "{}"});
  CHECK(errorOf([&] {
          destination.assets().begin("a", {"file", 0, "{}"});
        }) == Errc::protocolViolation);
  CHECK(errorOf([&] { destination.endStage(); }) == Errc::dataMissing);
}

TEST_CASE("What a killed process left of a target goes, and what a living one writes stays") {
  const TemporaryFolder folder;
  for (auto options : allFormats(folder / "x.tar")) {
    CAPTURE(options.format.extension());
    const std::set<std::string> others = {".x.tar.part-short", ".y.tar.part-0123456789",
                                          ".x.tar.part-01234-6789", ".x.tar.part-0123456789-old",
                                          "x.tar.part-0123456789"};
    for (const auto& name : others) {
      writeFile(folder / name, "x");
    }
    writeFile(folder / ".x.tar.part-0123456789", "x");
    writeFile(folder / ".x.tar.part-9876543210.removed", "x");
    std::filesystem::create_directories(folder / ".x.tar.part-abcdefghij/assets/uploads");
    writeFile(folder / ".x.tar.part-abcdefghij/assets/uploads/a", "x");
    ArchiveDestination living(options);
    writeStages(living, validExport());
    const std::string part = std::filesystem::path(living.temporaryPath()).filename();
    {
      ArchiveDestination second(options);
      CHECK(folder.names().size() == others.size() + 2);
      CHECK(folder.names().count(part) == 1);
    }
    living.close();
    std::set<std::string> expected = others;
    expected.insert("x.tar");
    CHECK(folder.names() == expected);
    CHECK(verifyArchive(folder / "x.tar", options.key).problems.empty());
    for (const auto& name : folder.names()) {
      std::filesystem::remove_all(folder / name);
    }
  }
}

TEST_CASE("Nothing is left behind when there is no file handle to spare") {
  const TemporaryFolder folder;
  const Export content = validExport();
  for (auto options : allFormats(folder / "export")) {
    CAPTURE(options.format.extension());
    const bool isFolder = options.format.container == Container::directory;
    std::string message;
    {
      auto destination = std::make_unique<ArchiveDestination>(options);
      const NoFileHandles none;
      if (isFolder) {
        message = messageOf([&] { writeStages(*destination, content); });
      }
      destination.reset();
    }
    CHECK(folder.names().empty());
    CHECK(contains(message, "ulimit -n") == isFolder);
  }
}

TEST_CASE("what an archive replaced and cannot be removed is told, and the new one is whole") {
  const TemporaryFolder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
  const bool isRoot = ::geteuid() == 0;  // Who may remove everything.
  if (isRoot) {
    REQUIRE(::seteuid(65534) == 0);
  }
  ArchiveDestinationOptions options = folderOptions(folder / "x");
  options.overwrite = true;
  Export content = validExport();
  writeExport(options, content);
  REQUIRE(::chmod((folder / "x/assets/uploads").c_str(), 0555) == 0);
  content.links.clear();
  ArchiveResult result;
  const std::string failure = messageOf([&] { result = writeExport(options, content); });
  if (isRoot) {
    REQUIRE(::seteuid(0) == 0);
  }
  CHECK(failure.empty());
  REQUIRE(result.notes.size() == 1);
  CHECK(
      contains(result.notes[0], "the folder that " + options.path + " replaced cannot be removed"));
  CHECK(verifyArchive(options.path).problems.empty());
  CHECK(verifyArchive(options.path).totals.count(TransferStage::links) == 0);
  for (const std::string& name : folder.names()) {
    CHECK((name == "x" || contains(result.notes[0], folder / name)));
    ::chmod((folder / (name + "/assets/uploads")).c_str(), 0755);
  }
}

TEST_CASE("a file whose row has no name, type or size is stored with what the file tells") {
  const TemporaryFolder folder;
  Export content = validExport();
  std::string& metadata = content.assets[0].info.metadata;
  const std::string whole = metadata;
  SECTION("null") {
    replace(metadata, "\"size\":1.5", "\"size\":null");
    replace(metadata, "\"a name\"", "null");
  }
  SECTION("not there") {
    replace(metadata, "\"size\":1.5,", "");
    replace(metadata, "\"a name\"", "\"\"");
  }
  INFO(metadata);
  const ArchiveResult result = writeExport(tarOptions(folder / "x.tar"), content);
  REQUIRE(result.notes.size() == 1);
  CHECK(contains(result.notes[0], "1 file has no name, type or size"));
  CHECK(contains(result.notes[0], "pic_1.png of plugin::upload.file 1: "));
  CHECK(verifyArchive(folder / "x.tar").problems.empty());
  const std::string stored = readTree(folder / "x.tar").at("assets/metadata/pic_1.png.json");
  CHECK(contains(stored, "\"size\":0.02"));
  CHECK(contains(stored, "\"name\":\"pic_1.png\""));
}

TEST_CASE("a file that cannot be stored is told with its record, and what to do") {
  const TemporaryFolder folder;
  Export content = validExport();
  replace(content.assets[0].info.metadata, "\"url\"", "\"uri\"");
  const std::string message =
      messageOf([&] { writeExport(tarOptions(folder / "x.tar"), content); });
  CHECK(contains(message, "file \"pic_1.png\" of plugin::upload.file 1: url is missing"));
  CHECK(contains(message, "Correct its record on the server"));
}

TEST_CASE("an archive's end tells what the transfer lost") {
  const std::uint64_t losses = GENERATE(std::uint64_t{0}, std::uint64_t{12});
  const std::uint64_t others = GENERATE(std::uint64_t{0}, std::uint64_t{3});
  const std::uint64_t files = losses - std::min(losses, others);
  for (ArchiveDestinationOptions options : allFormats("x")) {
    CAPTURE(options.format.extension());
    const TemporaryFolder folder;
    options.path = folder / "x";
    ArchiveDestination destination(options);
    writeStages(destination, validExport());
    destination.noteLosses({losses, files});
    destination.close();
    const auto end = wsferry::archive::readWholeEnd(options.path, options.key);
    REQUIRE(end);
    CHECK(end->losses.count == losses);
    CHECK(end->losses.areFiles() == (files == losses));
    CHECK(contains(end->metadata, "createdAt"));
    CHECK(verifyArchive(options.path, options.key).problems.empty() == (losses == 0));
    wsferry::archive::VerificationOptions accepting;
    accepting.allowMissingFiles = true;
    CHECK(verifyArchive(options.path, options.key, accepting).problems.empty() ==
          (files == losses));
  }
}

TEST_CASE("an archive's end tells that it was not cut off, without a look at the rest") {
  for (ArchiveDestinationOptions options : allFormats("x")) {
    CAPTURE(options.format.extension());
    const TemporaryFolder folder;
    options.path = folder / "x";
    Export content = validExport();
    content.assets.push_back(asset("large", ".bin", std::string(700'000, 'x')));
    writeExport(options, content);
    CHECK(hasWholeEnd(options.path, options.key));
    CHECK(hasWholeEnd(options.path, "") == !options.format.encrypted);
    if (options.format.container == Container::directory) {
      for (const char* linked : {"assets/uploads/large.bin", "assets/metadata", "entities"}) {
        CAPTURE(linked);
        const std::filesystem::path place = options.path + "/" + linked;
        std::filesystem::rename(place, folder / "moved");
        std::filesystem::create_symlink(folder / "moved", place);
        CHECK_FALSE(hasWholeEnd(options.path, ""));
        std::filesystem::remove(place);
        std::filesystem::rename(folder / "moved", place);
      }
      std::filesystem::resize_file(options.path + "/assets/uploads/large.bin", 699'999);
      CHECK_FALSE(hasWholeEnd(options.path, ""));
      continue;
    }
    const std::string bytes = readFile(options.path);
    for (const std::size_t cut : {std::size_t{1}, std::size_t{8}, std::size_t{16}, std::size_t{512},
                                  std::size_t{4096}, bytes.size() / 2, bytes.size()}) {
      CAPTURE(cut);
      writeFile(options.path, bytes.substr(0, bytes.size() - cut));
      CHECK_FALSE(hasWholeEnd(options.path, options.key));
    }
    writeFile(options.path, bytes + "0123456789abcdef");
    CHECK_FALSE(hasWholeEnd(options.path, options.key));
  }
  // Of another program, as far as its end goes.
  const TemporaryFolder folder;
  writeFile(folder / "x",
            tarEntry("holiday.jpg", "x") + tarEntry("metadata.json", "{}") + endOfTar);
  CHECK_FALSE(hasWholeEnd(folder / "x", ""));
  writeFile(folder / "y", tarEntry("checksums/checksums_00001.jsonl", "{\"checksums\":2}\n") +
                              tarEntry("metadata.json", "{}") + endOfTar);
  CHECK_FALSE(hasWholeEnd(folder / "y", ""));
}
