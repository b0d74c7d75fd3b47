#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>

#include "catch.hpp"
#include "support/stream_session_fixture.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;

namespace {

std::error_code refusalOf(const StreamFixture& fixture) {
  try {
    const Stream stream(fixture.peer, fixture.options, {});
  } catch (const Error& error) {
    CHECK_FALSE(error.info().message.empty());
    return error.code();
  }
  return {};
}

}  // namespace

TEST_CASE_METHOD(StreamFixture, "audio flows once the server has announced the stream") {
  make();
  CHECK(stream->state() == StreamState::idle);
  stream->connect(connected.handler());
  CHECK(connected.completions == 0);
  peer->run();
  CHECK(stream->state() == StreamState::awaitingMetadata);
  CHECK(connected.completions == 0);
  peer->receive(metadataMessage);
  CHECK(stream->state() == StreamState::streaming);
  CHECK(connected.completions == 1);
  CHECK_FALSE(connectResult());
  CHECK(events == std::vector<std::string>{"metadata s-1"});

  SECTION("a second announcement is told, and changes nothing") {
    peer->receive(metadataMessage);
    CHECK(events.size() == 2);
    CHECK(stream->state() == StreamState::streaming);
    CHECK(connected.completions == 1);
  }
  SECTION("connect() works once") {
    ConnectCall again;
    stream->connect(again.handler());
    peer->run();
    CHECK(std::get<0>(again.result) == Errc::invalidState);
    CHECK(stream->state() == StreamState::streaming);
  }
}

TEST_CASE_METHOD(StreamFixture, "audio flows at once where no announcement is waited for") {
  if (GENERATE(false, true)) {
    options.waitForMetadata = false;
  } else {
    options.profile.sendsMetadata = false;
  }
  connect();
  CHECK(stream->state() == StreamState::streaming);
  CHECK(connected.completions == 1);
  send("audio");
  CHECK(peer->lastSent() == "audio");
  peer->advance(options.metadataTimeout);
  CHECK(stream->state() == StreamState::streaming);
  peer->receive(metadataMessage);
  CHECK(events == std::vector<std::string>{"metadata s-1"});
}

TEST_CASE_METHOD(StreamFixture, "the first message goes out at once, before any audio") {
  options.configuration = R"({"type":"CONFIGURATION","patches":{"language":"ro"}})";
  make().sendAudio("early", sent.handler());
  stream->connect(connected.handler());
  peer->run();
  CHECK(peer->sent() == std::vector<std::string>{options.configuration});
  CHECK(peer->sentTypes().front() == MessageType::text);
  peer->receive(metadataMessage);
  CHECK(peer->sent() == std::vector<std::string>{options.configuration, "early"});
  CHECK(peer->sentTypes().back() == MessageType::binary);
}

TEST_CASE_METHOD(StreamFixture, "without a first message none is sent") {
  connect();
  CHECK(peer->sent().empty());
}

TEST_CASE_METHOD(StreamFixture, "a stream that is not announced in time is lost") {
  connect();
  peer->advance(options.metadataTimeout - Duration(1));
  CHECK(verdicts.empty());
  peer->advance(Duration(1));
  CHECK(peer->closeCode() == 1000);
  CHECK(verdict().outcome == Outcome::lost);
  CHECK(verdict().cause == LossCause::streamNotCreated);
  CHECK(verdict().error == Errc::timedOut);
  CHECK(connected.completions == 1);
  CHECK(connectResult() == Errc::timedOut);
  CHECK(stream->state() == StreamState::closed);
}

TEST_CASE_METHOD(StreamFixture, "an announcement after our close is too late") {
  peer->answersClose = false;
  connect();
  send("audio");
  peer->advance(options.metadataTimeout);
  peer->receive(metadataMessage);
  CHECK(events.empty());
  CHECK(peer->sent().empty());
  CHECK(stream->state() == StreamState::closing);
  peer->advance(options.closeTimeout);
  CHECK(peer->isAborted());
  CHECK(verdict().outcome == Outcome::lost);
  CHECK(verdict().error == Errc::timedOut);
  CHECK(verdict().audioBytesUnsent == 5);
}

TEST_CASE_METHOD(StreamFixture, "a keep-alive slower than the server's limit is told of") {
  options.keepAliveInterval = options.inactivityLimit;
  SECTION("when it is used") {
    connect();
    CHECK(events == std::vector<std::string>{"keep-alive too slow"});
  }
  SECTION("not when it is off") {
    options.keepAlive = KeepAliveMode::off;
    connect();
    CHECK(events.empty());
  }
  SECTION("not when it is faster") {
    options.keepAliveInterval -= Duration(1);
    connect();
    CHECK(events.empty());
  }
}

TEST_CASE_METHOD(StreamFixture, "closing before connecting cancels what comes") {
  make().close();
  peer->run();
  CHECK(stream->state() == StreamState::closed);
  CHECK(verdicts.empty());
  stream->connect(connected.handler());
  send("audio");
  CHECK(connectResult() == Errc::cancelled);
  CHECK(sendResult() == Errc::cancelled);
  CHECK(verdict().outcome == Outcome::cancelled);
  CHECK(peer->sent().empty());
}

TEST_CASE_METHOD(StreamFixture, "cancelling connect() leaves the stream as it is") {
  asio::cancellation_signal signal;
  make().connect(asio::bind_cancellation_slot(signal.slot(), connected.handler()));
  peer->run();
  signal.emit(asio::cancellation_type::total);  // The stream is connecting: this cannot be kept.
  peer->run();
  CHECK(connected.completions == 0);
  signal.emit(asio::cancellation_type::terminal);
  peer->run();
  CHECK(connected.completions == 1);
  CHECK(connectResult() == Errc::cancelled);
  peer->receive(metadataMessage);
  CHECK(stream->state() == StreamState::streaming);
  CHECK(connected.completions == 1);
}

TEST_CASE_METHOD(StreamFixture, "an end before the announcement ends connect() too") {
  connect();
  peer->receive(endMessage);
  CHECK(connected.completions == 0);
  closeByPeer();
  CHECK(verdict().outcome == Outcome::endedEarly);
  CHECK(verdict().endedByServer);
  CHECK(connectResult() == Errc::connectionClosed);
}

TEST_CASE_METHOD(StreamFixture, "bad input is refused by the constructor") {
  CHECK_FALSE(refusalOf(*this));
  const Duration never = GENERATE(Duration(0), Duration(-1), Duration::max());
  const auto limit = GENERATE(&StreamOptions::sendTimeout, &StreamOptions::drainTimeout,
                              &StreamOptions::uploadTimeout, &StreamOptions::closeTimeout,
                              &StreamOptions::metadataTimeout, &StreamOptions::inactivityLimit,
                              &StreamOptions::idleLimit, &StreamOptions::keepAliveInterval);
  options.*limit = never;
  CHECK(refusalOf(*this) == Errc::invalidOption);
}

TEST_CASE_METHOD(StreamFixture, "a limit of nothing is refused only where it is needed") {
  SECTION("no template") {
    options.templateId.clear();
    CHECK(refusalOf(*this) == Errc::invalidOption);
  }
  SECTION("no keep-alive message") {
    options.profile.keepAliveMessage.clear();
    options.keepAlive = GENERATE(KeepAliveMode::message, KeepAliveMode::both);
    CHECK(refusalOf(*this) == Errc::invalidOption);
  }
  SECTION("credentials over plaintext") {
    options.baseUrl = "ws://gateway.example/";
    options.credentials.kind = Credentials::Kind::bearer;
    options.credentials.secret = "token";
    CHECK(refusalOf(*this) == Errc::plaintextCredentials);
  }
  SECTION("what may be off") {
    options.pongTimeout = Duration(0);
    options.idleWarning = Duration(0);
    CHECK_FALSE(refusalOf(*this));
    options.pongTimeout = Duration(-1);
    CHECK(refusalOf(*this) == Errc::invalidOption);
  }
  SECTION("what is not used") {
    options.keepAlive = KeepAliveMode::off;
    options.keepAliveInterval = Duration(0);
    options.waitForMetadata = false;
    options.metadataTimeout = Duration(0);
    CHECK_FALSE(refusalOf(*this));
  }
}
