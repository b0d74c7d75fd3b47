#include "wsferry/core/keep_alive.hpp"

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
  CHECK(keepAlive.onTime(start + 40s) == Action::sendPing);
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
