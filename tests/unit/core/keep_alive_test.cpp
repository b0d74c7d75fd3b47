#include "wsferry/core/detail/liveness/keep_alive.hpp"

#include "catch.hpp"

using namespace wsferry;
using namespace std::chrono_literals;
using Action = KeepAlive::Action;

namespace {

const TimePoint start{1h};

KeepAliveOptions shortOptions() {
  KeepAliveOptions options;
  options.pingInterval = 20s;
  options.pongTimeout = 5s;
  options.livenessWindow = 90s;
  return options;
}

}  // namespace

TEST_CASE("A quiet peer is pinged once per interval until it answers") {
  KeepAlive keepAlive(shortOptions(), start);
  CHECK(keepAlive.nextEvent() == start + 20s);
  CHECK(keepAlive.onTime(start + 19s) == Action::none);
  CHECK(keepAlive.onTime(start + 20s) == Action::sendPing);
  CHECK(keepAlive.onTime(start + 21s) == Action::none);
  CHECK(keepAlive.nextEvent() == start + 40s);
  CHECK(keepAlive.onTime(start + 40s) == Action::sendPing);

  keepAlive.onSignOfLife(start + 41s);
  CHECK(keepAlive.nextEvent() == start + 61s);
  CHECK(keepAlive.onTime(start + 60s) == Action::none);
}

TEST_CASE("Limits without an end are no mistake") {
  KeepAliveOptions options = shortOptions();
  options.pongTimeout = options.livenessWindow = Duration::max();
  KeepAlive keepAlive(options, start);
  CHECK(keepAlive.nextEvent() == start + 20s);
  CHECK(keepAlive.onTime(start + 20s) == Action::sendPing);
  CHECK(keepAlive.onTime(start + 30s) == Action::none);
  CHECK(keepAlive.liveness(start + 1h) == Liveness::alive);
}

TEST_CASE("Liveness is unknown from an overdue pong to the next sign of life") {
  KeepAlive keepAlive(shortOptions(), start);
  CHECK(keepAlive.liveness(start) == Liveness::alive);
  REQUIRE(keepAlive.onTime(start + 20s) == Action::sendPing);
  CHECK(keepAlive.liveness(start + 24s) == Liveness::alive);
  CHECK(keepAlive.liveness(start + 25s) == Liveness::unknown);
  // A second ping does not make the first one's silence good.
  REQUIRE(keepAlive.onTime(start + 40s) == Action::sendPing);
  CHECK(keepAlive.liveness(start + 41s) == Liveness::unknown);
  keepAlive.onSignOfLife(start + 42s);
  CHECK(keepAlive.liveness(start + 42s) == Liveness::alive);
}

TEST_CASE("Silence for the whole window is death, once and for good") {
  KeepAlive keepAlive(shortOptions(), start);
  for (int i = 1; i <= 4; ++i) {
    REQUIRE(keepAlive.onTime(start + i * 20s) == Action::sendPing);
  }
  CHECK(keepAlive.nextEvent() == start + 90s);
  CHECK(keepAlive.onTime(start + 90s) == Action::declareDead);
  CHECK(keepAlive.liveness(start + 90s) == Liveness::dead);
  CHECK_FALSE(keepAlive.nextEvent());
  CHECK(keepAlive.onTime(start + 120s) == Action::none);
  keepAlive.onSignOfLife(start + 121s);
  CHECK(keepAlive.liveness(start + 121s) == Liveness::dead);
}

TEST_CASE("Switched off, it never pings and never knows") {
  KeepAliveOptions options;
  options.pingInterval = 0s;
  KeepAlive keepAlive(options, start);
  CHECK_FALSE(keepAlive.nextEvent());
  CHECK(keepAlive.onTime(start + 24h) == Action::none);
  CHECK(keepAlive.liveness(start + 24h) == Liveness::unknown);
}

TEST_CASE("Periodic pings go out however much the peer says") {
  KeepAliveOptions options = shortOptions();
  options.periodic = true;
  KeepAlive keepAlive(options, start);
  keepAlive.onSignOfLife(start + 19s);
  CHECK(keepAlive.nextEvent() == start + 20s);
  CHECK(keepAlive.onTime(start + 20s) == Action::sendPing);
  keepAlive.onSignOfLife(start + 39s);
  CHECK(keepAlive.onTime(start + 39s) == Action::none);
  for (int i = 2; i <= 6; ++i) {
    CHECK(keepAlive.onTime(start + i * 20s) == Action::sendPing);
  }
  CHECK(keepAlive.nextEvent() == start + 129s);
  CHECK(keepAlive.onTime(start + 129s) == Action::declareDead);
}

TEST_CASE("Without a liveness window silence is no death") {
  KeepAliveOptions options = shortOptions();
  options.livenessWindow = 0s;
  KeepAlive keepAlive(options, start);
  REQUIRE(keepAlive.onTime(start + 20s) == Action::sendPing);
  CHECK(keepAlive.nextEvent() == start + 40s);
  CHECK(keepAlive.onTime(start + 100h) == Action::sendPing);
}

TEST_CASE("Nobody is dead who was not pinged, or not for long enough") {
  KeepAliveOptions options = shortOptions();
  options.livenessWindow = 10s;
  KeepAlive keepAlive(options, start);
  // The window ends before the first ping is due.
  CHECK(keepAlive.nextEvent() == start + 10s);
  CHECK(keepAlive.onTime(start + 10s) == Action::sendPing);
  CHECK(keepAlive.nextEvent() == start + 15s);
  CHECK(keepAlive.onTime(start + 14s) == Action::none);
  SECTION("it answers") {
    keepAlive.onSignOfLife(start + 14s);
    CHECK(keepAlive.onTime(start + 15s) == Action::none);
  }
  SECTION("it does not") {
    CHECK(keepAlive.onTime(start + 15s) == Action::declareDead);
  }
}

TEST_CASE("Who slept through the window pings first, and waits for the answer") {
  KeepAliveOptions options = shortOptions();
  options.periodic = GENERATE(true, false);
  KeepAlive keepAlive(options, start);
  const bool wasPinged = GENERATE(true, false);
  if (wasPinged) {
    REQUIRE(keepAlive.onTime(start + 20s) == Action::sendPing);
  }
  CHECK(keepAlive.onTime(start + 200s) == Action::sendPing);
  CHECK(keepAlive.liveness(start + 204s) == Liveness::alive);
  CHECK(keepAlive.onTime(start + 204s) == Action::none);
  CHECK(keepAlive.nextEvent() == start + 205s);
  SECTION("it answers") {
    keepAlive.onSignOfLife(start + 204s);
    CHECK(keepAlive.onTime(start + 205s) == Action::none);
  }
  SECTION("it does not") {
    CHECK(keepAlive.onTime(start + 205s) == Action::declareDead);
  }
}

TEST_CASE("A little late is no sleep") {
  KeepAlive keepAlive(shortOptions(), start);
  REQUIRE(keepAlive.onTime(start + 24s) == Action::sendPing);
  CHECK(keepAlive.liveness(start + 29s) == Liveness::unknown);
  CHECK(keepAlive.onTime(start + 48s) == Action::sendPing);
  CHECK(keepAlive.onTime(start + 72s) == Action::sendPing);
  CHECK(keepAlive.onTime(start + 94s) == Action::declareDead);
}

TEST_CASE("What the network takes at once is no sign of life, however it is looked at") {
  KeepAlive keepAlive(shortOptions(), start);
  keepAlive.onUnsent(0, start + 20s);
  REQUIRE(keepAlive.onTime(start + 20s) == Action::sendPing);
  keepAlive.onUnsent(6, start + 20s);
  // Another wake while the ping is in the queue...
  keepAlive.onUnsent(6, start + 20s + 1ms);
  CHECK(keepAlive.onTime(start + 20s + 1ms) == Action::none);
  // ... and the next when it has left, with a message behind it.
  SECTION("alone") {
    keepAlive.onUnsent(0, start + 20s + 2ms);
  }
  SECTION("looked at late") {
    keepAlive.onUnsent(0, start + 40s);
  }
  SECTION("with a message behind it") {
    keepAlive.onUnsent(500'006, start + 20s + 2ms);
    keepAlive.onUnsent(0, start + 25s);
  }
  for (int i = 2; i <= 4; ++i) {
    CHECK(keepAlive.onTime(start + i * 20s) == Action::sendPing);
    keepAlive.onUnsent(6, start + i * 20s);
    keepAlive.onUnsent(0, start + i * 20s + 1ms);
  }
  CHECK(keepAlive.nextEvent() == start + 90s);
  CHECK(keepAlive.onTime(start + 90s) == Action::declareDead);
}

TEST_CASE("What had to wait and is taken is a sign of life, until nothing more of it is") {
  KeepAlive keepAlive(shortOptions(), start);
  keepAlive.onUnsent(10'000'000, start);
  CHECK(keepAlive.nextEvent() == start + 1s);
  std::uint64_t unsent = 10'000'000;
  for (int second = 1; second <= 200; ++second) {
    unsent -= 1'000;
    keepAlive.onUnsent(unsent, start + second * 1s);
    REQUIRE(keepAlive.onTime(start + second * 1s) == Action::none);
  }
  for (int second = 201; second < 290; ++second) {
    keepAlive.onUnsent(unsent, start + second * 1s);
    REQUIRE(keepAlive.onTime(start + second * 1s) != Action::declareDead);
  }
  CHECK(keepAlive.onTime(start + 290s) == Action::declareDead);
}
