#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "archive_fixture.hpp"
#include "catch.hpp"

using namespace archive_fixture;
using wsferry::Errc;

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
  SECTION("encryption without a key") {
    options.format.encrypted = true;
    CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::keyRequired);
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
    CHECK(contains(message, "--force"));

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
  CHECK(errorOf([&] { ArchiveDestination{options}; }) == Errc::fileFailed);
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
    CHECK(readTree(path, options.key).size() == 9);
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

TEST_CASE("Names from the network stay inside the archive") {
  const TemporaryFolder folder;
  const std::string longName(300, 'n');
  const std::vector<std::string> names = {
      "../../x",  "/etc/passwd", "a\\b",    std::string("n\0l", 3), "", ".", "..", longName,
      "same.png", "same.png",    "same.png"};
  Export content = validExport();
  content.assets.clear();
  for (const auto& name : names) {
    content.assets.push_back({{name, 1, R"({"id":1})"}, "x"});
  }
  for (const auto& options : allFormats(folder / "export")) {
    CAPTURE(options.format.extension());
    const auto result = writeExport(options, content);
    const auto tree = readTree(options.path, options.key);
    std::set<std::string> uploads;
    for (const auto& [path, bytes] : tree) {
      if (path.rfind("assets/uploads/", 0) == 0) {
        uploads.insert(path.substr(15));
        CHECK(tree.count("assets/metadata/" + path.substr(15) + ".json") == 1);
      }
    }
    const bool isFolder = options.format.container == Container::directory;
    CHECK(uploads == std::set<std::string>{".._.._x", "_etc_passwd", "a_b", "n_l", "unnamed", "_",
                                           "__", std::string(isFolder ? 250 : 255, 'n'), "same.png",
                                           "same_2.png", "same_3.png"});
    CHECK(result.notes.size() == names.size() - 1);
    CHECK(folder.names() == std::set<std::string>{"export"});
    std::filesystem::remove_all(options.path);
  }
}

TEST_CASE("Notes tell of new names and wrong sizes") {
  std::map<std::string, std::string> tree;
  SECTION("a name that is not safe") {
    const auto notes = notesFor({{{"a/b.png", 1, "{}"}, "x"}}, tree);
    REQUIRE(notes.size() == 1);
    CHECK(contains(notes[0], R"("a/b.png" is stored as "a_b.png")"));
    CHECK(contains(notes[0], "import refuses"));
  }
  SECTION("a name that a later asset would get") {
    const auto notes =
        notesFor({{{"a_2", 1, "{}"}, "x"}, {{"a", 1, "{}"}, "y"}, {{"a", 1, "{}"}, "z"}}, tree);
    REQUIRE(notes.size() == 1);
    CHECK(tree["assets/uploads/a_3"] == "z");
  }
  SECTION("a wrong size") {
    const auto notes = notesFor({{{"a", 7, "{}"}, "xy"}}, tree);
    REQUIRE(notes.size() == 1);
    CHECK(contains(notes[0], "7 bytes"));
    CHECK(contains(notes[0], "has 2"));
    CHECK(tree["assets/uploads/a"] == "xy");
  }
  SECTION("an unknown size is nothing to tell") {
    CHECK(notesFor({{{"a", 0, "{}"}, "xy"}}, tree).empty());
    CHECK(tree["assets/uploads/a"] == "xy");
  }
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
