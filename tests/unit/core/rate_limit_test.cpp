#include "wsferry/core/rate_limit.hpp"

#include <chrono>

#include "catch.hpp"

using namespace wsferry;
using namespace std::chrono_literals;

TEST_CASE("what has moved has the next bytes wait, for all who share the limit") {
  RateLimit limit(1000);
  const TimePoint now = TimePoint() + 1h;
  CHECK(limit.due() <= now);
  CHECK(limit.moved(500, now) == now + 500ms);
  CHECK(limit.moved(250, now + 100ms) == now + 750ms);
  CHECK(limit.due() == now + 750ms);
}

TEST_CASE("time in which nothing moved is not saved up") {
  RateLimit limit(1000);
  const TimePoint now = TimePoint() + 1h;
  static_cast<void>(limit.moved(1, now));
  CHECK(limit.moved(1000, now + 1h) == now + 1h + 1s);
}

TEST_CASE("a share is a twentieth of a second, within bounds") {
  CHECK(RateLimit(1).share() == 512);
  CHECK(RateLimit(100'000).share() == 5000);
  CHECK(RateLimit(1'000'000'000).share() == 65'536);
  CHECK(RateLimit(0).bytesPerSecond() == 1);
}
