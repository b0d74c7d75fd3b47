#include "tool/series/lacked_files.hpp"

#include <string>

#include "catch.hpp"
#include "support/archive_fixture.hpp"
#include "support/temporary_folder.hpp"
#include "tool/series/left_out.hpp"

using namespace support;
using namespace wsferry;

namespace {

strapi::TransferResult lost(std::uint64_t count, std::vector<strapi::LostFile> files) {
  strapi::TransferResult result;
  strapi::Loss loss;
  loss.kind = strapi::LossKind::missingFile;
  loss.count = count;
  loss.files = std::move(files);
  result.losses = {loss};
  return result;
}

}  // namespace

TEST_CASE("an archive has a file that is lost, by its name") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());
  const std::atomic<bool> cancelled{false};
  const auto has = [&](const strapi::TransferResult& result) {
    return tool::hasLostFile(result, folder / "x", "", cancelled);
  };
  CHECK(has(lost(1, {{"pic_1.png", 0}})));
  CHECK_FALSE(has(lost(1, {{"other.png", 0}})));
  CHECK_FALSE(has(strapi::TransferResult()));
}

TEST_CASE("of losses without names an archive with any file may have one") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());
  wsferry::strapi::TransferResult more = lost(2, {{"other.png", 0}});
  const std::atomic<bool> cancelled{false};
  CHECK(tool::hasLostFile(more, folder / "x", "", cancelled));
  Export none = validExport();
  none.assets.clear();
  writeExport(folderOptions(folder / "y"), none);
  CHECK_FALSE(tool::hasLostFile(more, folder / "y", "", cancelled));
}

TEST_CASE("a file of which there is more is lacked, too") {
  const TemporaryFolder folder;
  writeExport(folderOptions(folder / "x"), validExport());
  tool::LackedFiles lacked;
  lacked.files["pic_1.png"] = 5;
  CHECK(tool::lackedFilesIn(lacked, folder / "x", "", nullptr) ==
        std::set<std::string>{"pic_1.png"});
  lacked.files["pic_1.png"] = 20;
  CHECK(tool::lackedFilesIn(lacked, folder / "x", "", nullptr).empty());
}
