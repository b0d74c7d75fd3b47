#include <string>

#include "catch.hpp"
#include "wsferry/strapi/schema_comparison.hpp"

using namespace wsferry::strapi;

namespace {

// The narrowest strategy that accepts the two versions.
std::string narrowest(const std::string& source, const std::string& destination) {
  for (const VersionStrategy strategy :
       {VersionStrategy::exact, VersionStrategy::patch, VersionStrategy::minor,
        VersionStrategy::major, VersionStrategy::ignore}) {
    if (versionsMatch(source, destination, strategy)) {
      return std::string(toString(strategy));
    }
  }
  return "none";
}

}  // namespace

TEST_CASE("Versions are alike as far as a strategy allows, whichever is the source's") {
  struct Case {
    std::string first;
    std::string second;
    std::string strategy;
  };
  const auto example = GENERATE(values<Case>({
      {"5.54.0", "5.54.0", "exact"},
      {"v5.54.0", "5.54.0", "exact"},
      {"5.54.0+build.1", "5.54.0+build.2", "exact"},
      {"5.54.0-beta.1", "5.54.0-beta.2", "patch"},
      {"5.54.0", "5.54.1", "minor"},
      {"5.54.1-beta.1", "5.54.1", "minor"},
      {"5.54.1", "5.54.2-beta.1", "minor"},
      {"5.54.0", "5.53.0", "major"},
      {"5.54.0", "5.55.0-alpha.0", "major"},
      {"5.54.0-beta.1", "5.54.0", "major"},
      {"5.0.0", "4.26.2", "ignore"},
      {"5.0.0-beta.1", "5.0.0", "ignore"},
      {"5.0.0-beta.1", "5.0.1", "ignore"},
      {"5.0.1", "5.1.0-beta.1", "major"},
      {"0.0.0-experimental.a1b2", "5.54.0", "ignore"},
      {"0.0.0-experimental.a1b2", "0.0.0-experimental.c3", "patch"},
  }));
  CAPTURE(example.first, example.second);
  CHECK(narrowest(example.first, example.second) == example.strategy);
  CHECK(narrowest(example.second, example.first) == example.strategy);
}

TEST_CASE("Text that is no version is alike only its equal") {
  for (const char* text : {"next", "5", "5.54", "5.54.0.1", "5.054.0", "5.54.x", "5.54.0-", " ",
                           "5.54.0-a..b", "5.54.0-01", "99999999999999999999999.0.0"}) {
    CAPTURE(text);
    CHECK(narrowest(text, "5.54.0") == "ignore");
    CHECK(narrowest("5.54.0", text) == "ignore");
    CHECK(narrowest(text, text) == "exact");
  }
}

TEST_CASE("Where a side does not give its version, there is nothing to object to") {
  CHECK(narrowest("", "5.54.0") == "exact");
  CHECK(narrowest("5.54.0", "") == "exact");
}
