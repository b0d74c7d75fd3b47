#include <algorithm>

#include "catch.hpp"
#include "support/stream_session_fixture.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;

namespace {

/// A stream whose server answers every ping.
struct Fixture : StreamFixture {
  /// So many intervals pass.
  void pass(int intervals) {
    for (int i = 0; i < intervals; ++i) {
      peer->advance(options.keepAliveInterval);
      peer->receiveBytes();
    }
  }

  int messages() const {
    return static_cast<int>(std::count(peer->sent().begin(), peer->sent().end(), keepAliveMessage));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "each mode says what it should, once per interval") {
  options.keepAlive = GENERATE(KeepAliveMode::ping, KeepAliveMode::message, KeepAliveMode::both,
                               KeepAliveMode::off);
  const bool pings =
      options.keepAlive == KeepAliveMode::ping || options.keepAlive == KeepAliveMode::both;
  const bool messages =
      options.keepAlive == KeepAliveMode::message || options.keepAlive == KeepAliveMode::both;
  const auto check = [&](int intervals) {
    CHECK(peer->pings() == static_cast<unsigned>(pings ? intervals : 0));
    CHECK(this->messages() == (messages ? intervals : 0));
  };
  connect();
  pass(1);
  check(1);
  peer->receive(metadataMessage);
  pass(3);
  check(4);
  // Audio of ours does not put it off, nor what the server sends.
  for (int i = 0; i < 4; ++i) {
    peer->advance(options.keepAliveInterval / 2);
    send("audio");
    peer->receive(responseMessage("r"));
  }
  check(6);
  // It goes on while draining...
  finish();
  pass(3);
  check(9);
  // ... and ends with the stream.
  peer->receive(endMessage);
  peer->advance(options.closeTimeout - Duration(1));
  check(9);
}

TEST_CASE_METHOD(Fixture, "pings that nobody answers end the stream") {
  options.keepAlive = GENERATE(KeepAliveMode::ping, KeepAliveMode::both);
  open();
  pass(2);
  // The last answer was at the second ping; the third is not answered.
  peer->advance(options.keepAliveInterval + options.pongTimeout - Duration(1));
  CHECK_FALSE(peer->isAborted());
  peer->advance(Duration(1));
  CHECK(peer->isAborted());
  CHECK(verdict().outcome == Outcome::lost);
  CHECK(verdict().cause == LossCause::transport);
  CHECK(verdict().error == Errc::connectionLost);
}

TEST_CASE_METHOD(Fixture, "pings that nobody answers after our end leave the results incomplete") {
  open();
  finish();
  peer->advance(options.keepAliveInterval + options.pongTimeout);
  CHECK(verdict().outcome == Outcome::incomplete);
  CHECK(verdict().error == Errc::connectionLost);
}

TEST_CASE_METHOD(Fixture, "silence of the server is none of death where it says nothing") {
  SECTION("no limit") {
    options.pongTimeout = Duration(0);
  }
  SECTION("messages ask for no answer") {
    options.keepAlive = KeepAliveMode::message;
  }
  SECTION("off") {
    options.keepAlive = KeepAliveMode::off;
  }
  options.idleWarning = Duration(0);
  open();
  peer->advance(Duration(3'600'000));
  CHECK(verdicts.empty());
}

TEST_CASE_METHOD(Fixture, "while the network takes what waits, the server counts as alive") {
  open();
  peer->unsentBytes = 10'000'000;
  for (int i = 0; i < 20; ++i) {
    peer->advance(options.keepAliveInterval);
    peer->unsentBytes -= 100'000;
  }
  CHECK(verdicts.empty());
}

TEST_CASE_METHOD(Fixture, "a stream that sends nothing but keep-alive is told of, once") {
  options.idleWarning = Duration(60'000);
  open();
  const auto idle = [this] { return std::count(events.begin(), events.end(), "idle"); };
  pass(11);
  CHECK(idle() == 0);
  pass(1);
  CHECK(idle() == 1);
  pass(60);
  CHECK(idle() == 1);
  send("audio");
  pass(11);
  CHECK(idle() == 1);
  pass(1);
  CHECK(idle() == 2);
}

TEST_CASE_METHOD(Fixture, "who slept pings before the stream counts as lost") {
  options.idleWarning = Duration(0);
  open();
  pass(2);
  SECTION("the answer is slow") {
    peer->sleep(17 * options.keepAliveInterval);
    CHECK(peer->pings() == 3);
    peer->advance(options.pongTimeout - Duration(1));
    peer->receiveBytes();
    peer->advance(options.pongTimeout);
    CHECK(verdicts.empty());
  }
  SECTION("the answer to the last ping has yet to be read") {
    peer->advance(options.keepAliveInterval);
    peer->unreadInput = true;
    peer->sleep(17 * options.keepAliveInterval);
    CHECK(verdicts.empty());
  }
  SECTION("nobody answers") {
    peer->sleep(17 * options.keepAliveInterval);
    peer->advance(options.pongTimeout);
    CHECK(verdict().error == Errc::connectionLost);
  }
}
