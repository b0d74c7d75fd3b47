#include <string>

#include "catch.hpp"
#include "wsferry/archive/archive_format.hpp"

using wsferry::archive::ArchiveFormat;
using wsferry::archive::Container;
using wsferry::archive::safeFileName;

TEST_CASE("A harmless name stays as it is") {
  for (const std::string name : {"pic_00000_6a6a81aacb.png", "no-extension", "pïcture 東京.png",
                                 ".hidden", "a..b", "...", "with space", "a:b*c?", "x"}) {
    CHECK(safeFileName(name) == name);
  }
  CHECK(safeFileName(std::string(255, 'n')) == std::string(255, 'n'));
}

TEST_CASE("A harmful name becomes harmless and stays recognisable") {
  CHECK(safeFileName("../../x") == ".._.._x");
  CHECK(safeFileName("/etc/passwd") == "_etc_passwd");
  CHECK(safeFileName("..\\..\\x") == ".._.._x");
  CHECK(safeFileName(std::string("a\0b", 3)) == "a_b");
  CHECK(safeFileName("a\nb\x7F") == "a_b_");
  CHECK(safeFileName(".") == "_");
  CHECK(safeFileName("..") == "__");
  CHECK(safeFileName("") == "unnamed");
}

TEST_CASE("A long name is cut between characters and keeps its extension") {
  CHECK(safeFileName(std::string(300, 'n') + ".jpeg") == std::string(250, 'n') + ".jpeg");
  // Three bytes each: 83 of them and the extension are 254 bytes.
  std::string wide;
  std::string kept;
  for (int i = 0; i < 100; ++i) {
    wide += "東";
    kept += i < 83 ? "東" : "";
  }
  CHECK(safeFileName(wide + ".jpeg") == kept + ".jpeg");
  CHECK(safeFileName(std::string(300, '\x80')).size() >= 252);
  CHECK(safeFileName(std::string(300, '\x80')).size() <= 255);
  CHECK(safeFileName("a." + std::string(300, 'x')).size() == 255);
}

TEST_CASE("The extension tells the format") {
  CHECK(ArchiveFormat{Container::tar, true, false}.extension() == ".tar.gz");
  CHECK(ArchiveFormat{Container::tar, false, false}.extension() == ".tar");
  CHECK(ArchiveFormat{Container::tar, true, true}.extension() == ".tar.gz.enc");
  CHECK(ArchiveFormat{Container::tar, false, true}.extension() == ".tar.enc");
  CHECK(ArchiveFormat{Container::directory, false, false}.extension().empty());
}
