#include "wsferry/core/uuid.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>
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

TEST_CASE("A process that was forked off makes UUIDs of its own") {
  static_cast<void>(Uuid::random());  // Some more lie in store.
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const std::string text = Uuid::random().toString();
    const bool isWritten = ::write(pipe[1], text.data(), text.size()) == 36;
    ::_exit(isWritten ? 0 : 1);
  }
  ::close(pipe[1]);
  std::string made(36, ' ');
  REQUIRE(::read(pipe[0], made.data(), made.size()) == 36);
  ::close(pipe[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(Uuid::parse(made));
  CHECK(made != Uuid::random().toString());
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
