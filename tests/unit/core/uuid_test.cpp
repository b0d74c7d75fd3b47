#include "wsferry/core/uuid.hpp"

#include <unordered_set>

#include "catch.hpp"

using namespace wsferry;

TEST_CASE("Random UUIDs are version 4, different, and survive their text") {
  std::unordered_set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    const Uuid id = Uuid::random();
    const std::string text = id.toString();
    REQUIRE(text.size() == 36);
    REQUIRE(text[14] == '4');
    REQUIRE(std::string("89ab").find(text[19]) != std::string::npos);
    REQUIRE(Uuid::parse(text) == id);
    REQUIRE(seen.insert(text).second);
  }
}

TEST_CASE("Only the 36-character form is read") {
  const auto id = Uuid::parse("91A2F6ED-0fb6-4370-9c9c-435c19504f05");
  REQUIRE(id);
  CHECK(id->toString() == "91a2f6ed-0fb6-4370-9c9c-435c19504f05");
  CHECK_FALSE(Uuid::parse(""));
  CHECK_FALSE(Uuid::parse("91a2f6ed-0fb6-4370-9c9c-435c19504f0"));
  CHECK_FALSE(Uuid::parse("91a2f6ed-0fb6-4370-9c9c-435c19504f050"));
  CHECK_FALSE(Uuid::parse("91a2f6ed00fb6-4370-9c9c-435c19504f05"));
  CHECK_FALSE(Uuid::parse("91a2f6ed-0fb6-4370-9c9c-435c19504f0g"));
  CHECK_FALSE(Uuid::parse("{1a2f6ed-0fb6-4370-9c9c-435c19504f0}"));
}
