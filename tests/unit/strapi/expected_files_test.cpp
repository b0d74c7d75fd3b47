#include "wsferry/strapi/detail/loss/expected_files.hpp"

#include <string>
#include <vector>

#include "catch.hpp"

using wsferry::strapi::ExpectedFiles;

namespace {

std::vector<std::string> missing(const ExpectedFiles& files) {
  std::vector<std::string> names;
  files.eachMissing([&](const ExpectedFiles::File& file) {
    names.push_back(file.name + " " + std::to_string(file.recordId));
  });
  return names;
}

}  // namespace

TEST_CASE("files that do not come are missing, in the order of the records") {
  ExpectedFiles files;
  files.expect("z.png", 1);
  files.expect("thumbnail_z.png", 1);
  files.expect("a.png", 2);
  files.expect("m.png", 3);
  CHECK(files.firstMissing()->name == "z.png");
  files.arrived("m.png");
  files.arrived("z.png");
  files.arrived("z.png");
  files.arrived("of no record.png");
  CHECK(missing(files) == std::vector<std::string>{"thumbnail_z.png 1", "a.png 2"});
  REQUIRE(files.firstMissing());
  CHECK(files.firstMissing()->recordId == 1);
  files.arrived("thumbnail_z.png");
  files.arrived("a.png");
  CHECK(missing(files).empty());
  CHECK_FALSE(files.firstMissing());
}

TEST_CASE("a file that two records name comes for both") {
  ExpectedFiles files;
  files.expect("a.png", 1);
  files.expect("b.png", 2);
  files.expect("a.png", 3);
  files.arrived("a.png");
  CHECK(missing(files) == std::vector<std::string>{"b.png 2"});
}

TEST_CASE("beyond the bound of names a file is known by its record, and is checked all the same") {
  ExpectedFiles files;
  const std::string longName(ExpectedFiles::mostNameBytes - 1, 'x');
  files.expect(longName, 1);
  files.expect("a.png", 2);
  files.expect("b.png", 3);
  files.arrived("a.png");
  files.arrived(longName);
  CHECK(missing(files) == std::vector<std::string>{" 3"});
}

TEST_CASE("beyond the bound of files there is a count of what is not checked") {
  ExpectedFiles files;
  for (std::size_t i = 0; i < ExpectedFiles::mostFiles + 2; ++i) {
    files.expect("f", i);
  }
  CHECK(files.unchecked() == 2);
  files.arrived("f");
  CHECK_FALSE(files.firstMissing());
}
