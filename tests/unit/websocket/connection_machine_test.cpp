#include "wsferry/core/detail/websocket/connection_machine.hpp"

#include <string>
#include <system_error>

#include "catch.hpp"
#include "support/contains.hpp"

using namespace support;
using namespace wsferry;
using namespace std::chrono_literals;

namespace {

const TimePoint start{};
const TimePoint never = TimePoint::max();
using Due = ConnectionMachine::Due;
const SocketLoss hangUp{std::make_error_code(std::errc::no_message_available), true};
const SocketLoss reset{std::make_error_code(std::errc::connection_reset), false};

WebSocketOptions options() {
  WebSocketOptions result;
  result.connectTimeout = 7000ms;
  result.handshakeTimeout = 3000ms;
  result.closeTimeout = 1000ms;
  result.maxMessageSize = 64;
  return result;
}

struct Opening : ConnectionMachine {
  Opening() : ConnectionMachine(options()) {
    onConnect(Url::parse("ws://example.org/stream?token=secret"), start);
  }
};

struct Open : Opening {
  Open() { onOpened(); }
};

struct Closing : Open {
  Closing() { onClose(start); }
};

/// The peer's close frame has come, and our answer is to be written.
struct Ending : Open {
  Ending() { onProtocolEnd({1001, "bye", {}}, start); }
};

void checkClosed(const ConnectionMachine& machine, const std::error_code& error) {
  REQUIRE(machine.isClosed());
  CHECK(machine.end().error == error);
  CHECK_FALSE(machine.isOpen());
  CHECK_FALSE(machine.isBroken());
  CHECK_FALSE(machine.wantsInput(true));
  CHECK_FALSE(machine.mayWrite());
  CHECK_FALSE(machine.mayClose());
  CHECK(machine.nextWake() == never);
  CHECK(machine.unusableError() == error);
}

void checkWords(const ConnectionMachine& machine, const std::string& words) {
  CHECK(contains(machine.end().info.message, words));
  CHECK_FALSE(contains(machine.end().info.message, "secret"));
  CHECK(machine.end().info.address == "ws://example.org/stream");
  CHECK(machine.end().info.peer == ErrorPeer::remote);
}

}  // namespace

TEST_CASE("before it connects, nothing is read, written, waited for or closed") {
  ConnectionMachine machine(options());
  CHECK(machine.state() == ConnectionState::idle);
  CHECK_FALSE(machine.wantsInput(true));
  CHECK(machine.nextWake() == never);
  CHECK_FALSE(machine.mayClose());
  CHECK(machine.unusableError() == Errc::invalidState);
  machine.onClose(start);
  machine.onOpened();
  CHECK(machine.state() == ConnectionState::idle);
  CHECK_FALSE(machine.wasOpened());
  machine.drop({Errc::cancelled, "gone"});
  checkClosed(machine, Errc::cancelled);
}

TEST_CASE("while it opens, the socket is not used") {
  Opening machine;
  CHECK(machine.state() == ConnectionState::opening);
  CHECK_FALSE(machine.wantsInput(true));
  CHECK_FALSE(machine.mayWrite());
  CHECK_FALSE(machine.isOpen());
  CHECK(machine.unusableError() == Errc::invalidState);

  SECTION("and it opens") {
    machine.onRequest(start);
    machine.onOpened();
    CHECK(machine.isOpen());
    CHECK(machine.wasOpened());
    CHECK(machine.mayWrite());
    CHECK(machine.nextWake() == never);
  }
  SECTION("the opener's failure is the connection's, in its words") {
    ErrorInfo info;
    info.message = "No connection within 15000 ms";
    info.address = "proxy:3128";
    info.peer = ErrorPeer::proxy;
    machine.drop({Errc::connectTimedOut, info});
    checkClosed(machine, Errc::connectTimedOut);
    CHECK(machine.end().info.message == "No connection within 15000 ms");
    CHECK(machine.end().info.address == "proxy:3128");
    CHECK(machine.end().info.peer == ErrorPeer::proxy);
  }
  SECTION("a mistake in the options is not about a peer") {
    machine.drop({Errc::invalidOption, "No such header"});
    checkClosed(machine, Errc::invalidOption);
    CHECK(machine.end().info.address.empty());
    CHECK(machine.end().info.peer == ErrorPeer::none);
  }
  SECTION("an answer that is no upgrade ends it once the farewell is out") {
    machine.onProtocolEnd({1006, "no Upgrade header", Errc::invalidUpgrade}, start);
    CHECK(machine.state() == ConnectionState::ending);
    CHECK_FALSE(machine.wasOpened());
    machine.onOutputGone();
    checkClosed(machine, Errc::invalidUpgrade);
    checkWords(machine, "to the upgrade request is wrong: no Upgrade header");
  }
  SECTION("a close of our own gives it up") {
    machine.onClose(start);
    checkClosed(machine, Errc::cancelled);
    checkWords(machine, "closed while it was being opened");
    CHECK_FALSE(machine.closeResult(false));
  }
}

TEST_CASE("opening has two deadlines: for reaching the server, and for its answer") {
  Opening machine;
  CHECK(machine.nextWake() == start + 7000ms);
  SECTION("the server is not reached") {
    CHECK(machine.onDeadline(start + 6999ms) == Due::nothing);
    CHECK(machine.onDeadline(start + 7000ms) == Due::opening);
  }
  SECTION("it does not answer") {
    machine.onRequest(start + 5000ms);
    CHECK(machine.nextWake() == start + 8000ms);
    CHECK(machine.onDeadline(start + 7999ms) == Due::nothing);
    CHECK(machine.onDeadline(start + 8000ms) == Due::opening);
  }
  CHECK(machine.state() == ConnectionState::opening);  // What opens says how that ends.
  CHECK(machine.nextWake() == never);
  CHECK(machine.onDeadline(start + 1h) == Due::nothing);
}

TEST_CASE("connecting that is cancelled ends the connection, totally only before the request") {
  const bool endsBegun = GENERATE(true, false);
  const bool isRequestBegun = GENERATE(true, false);
  Opening machine;
  if (isRequestBegun) {
    machine.onRequest(start);
  }
  machine.onConnectCancelled(endsBegun);
  if (endsBegun || !isRequestBegun) {
    checkClosed(machine, Errc::cancelled);
    checkWords(machine, "Connecting to ws://example.org/stream was cancelled");
  } else {
    CHECK(machine.state() == ConnectionState::opening);
  }
}

TEST_CASE("an open connection reads while there is room, and waits for ever") {
  Open machine;
  CHECK(machine.wantsInput(true));
  CHECK_FALSE(machine.wantsInput(false));
  machine.onReading(start);
  machine.onInputHandled(start);
  machine.onWritten(start);
  machine.onOutputGone();
  CHECK(machine.nextWake() == never);
  CHECK(machine.onDeadline(start + 24h) == Due::nothing);
  CHECK(machine.isOpen());
}

TEST_CASE("closed by us: the peer's frame is waited for, however full the queue") {
  Closing machine;
  CHECK(machine.state() == ConnectionState::closing);
  CHECK_FALSE(machine.isOpen());
  CHECK(machine.unusableError() == Errc::invalidState);
  CHECK(machine.wantsInput(false));
  CHECK(machine.mayWrite());
  CHECK_FALSE(machine.mayClose());
  CHECK(machine.nextWake() == start + 1000ms);

  SECTION("answered") {
    machine.onProtocolEnd({1000, "", {}}, start + 300ms);
    CHECK(machine.state() == ConnectionState::ending);
    CHECK_FALSE(machine.wantsInput(true));
    machine.onOutputGone();
    checkClosed(machine, Errc::cancelled);
    checkWords(machine, "closed by this side");
    CHECK_FALSE(machine.closeResult(true));
  }
  SECTION("at the same time by the peer, with a code of its own") {
    machine.onProtocolEnd({1001, "bye", {}}, start);
    machine.onOutputGone();
    checkClosed(machine, Errc::cancelled);
    CHECK(machine.end().info.closeCode == 0);
    CHECK_FALSE(machine.closeResult(true));
  }
  SECTION("a second close changes nothing, the deadline neither") {
    machine.onClose(start + 900ms);
    CHECK(machine.nextWake() == start + 1000ms);
  }
  SECTION("not answered in time") {
    CHECK(machine.onDeadline(start + 999ms) == Due::nothing);
    CHECK_FALSE(machine.isClosed());
    CHECK(machine.onDeadline(start + 1000ms) == Due::nothing);
    checkClosed(machine, Errc::connectionLost);
    checkWords(machine, "did not answer the close frame within 1000 ms");
    CHECK(machine.closeResult(true) == Errc::timedOut);
    CHECK(machine.closeResult(false) == Errc::timedOut);
  }
  SECTION("a peer that still takes output is not late") {
    machine.onWritten(start + 900ms);
    CHECK(machine.nextWake() == start + 1900ms);
    CHECK(machine.onDeadline(start + 1899ms) == Due::nothing);
    CHECK_FALSE(machine.isClosed());
    CHECK(machine.onDeadline(start + 1900ms) == Due::nothing);
    CHECK(machine.isClosed());
  }
  SECTION("messages that come in place of the frame do not lengthen the wait") {
    machine.onReading(start + 900ms);
    machine.onInputHandled(start + 900ms);
    CHECK(machine.nextWake() == start + 1000ms);
  }
  SECTION("a hang-up in place of the frame: a success if everything was written") {
    machine.onReadFailed(hangUp);
    checkClosed(machine, Errc::connectionLost);
    CHECK_FALSE(machine.closeResult(true));
    CHECK(machine.closeResult(false) == Errc::connectionLost);
  }
  SECTION("the peer breaks the protocol in place of the frame") {
    machine.onProtocolEnd({1002, "bad opcode", Errc::protocolViolation}, start);
    machine.onOutputGone();
    checkClosed(machine, Errc::protocolViolation);
    CHECK(machine.closeResult(false) == Errc::protocolViolation);
  }
}

TEST_CASE("closed by the peer: told with code and reason, once our answer is out") {
  Ending machine;
  CHECK(machine.state() == ConnectionState::ending);
  CHECK_FALSE(machine.isOpen());
  CHECK_FALSE(machine.wantsInput(true));
  CHECK(machine.mayWrite());
  CHECK_FALSE(machine.isReleaseDue());
  CHECK(machine.nextWake() == start + 1000ms);

  SECTION("it is") {
    machine.onOutputGone();
  }
  SECTION("it cannot be written") {
    machine.onWriteFailed(reset, false);
  }
  SECTION("the peer hangs up before") {
    machine.onReadFailed(hangUp);
  }
  SECTION("it is not in time") {
    CHECK(machine.onDeadline(start + 1000ms) == Due::nothing);
  }
  SECTION("it is not in time, counted from when the last messages were worked off") {
    machine.onInputHandled(start + 5s);
    CHECK(machine.onDeadline(start + 5999ms) == Due::nothing);
    CHECK_FALSE(machine.isClosed());
    CHECK(machine.onDeadline(start + 6s) == Due::nothing);
  }
  SECTION("a close of ours comes too late to be one") {
    machine.onClose(start + 500ms);
    CHECK(machine.nextWake() == start + 1000ms);
    machine.onOutputGone();
  }
  checkClosed(machine, Errc::connectionClosed);
  checkWords(machine, "closed the connection with code 1001 (going away): bye");
  CHECK(machine.end().info.closeCode == 1001);
  CHECK(machine.end().info.closeReason == "bye");
  CHECK_FALSE(machine.closeResult(false));
}

TEST_CASE("a close frame without a code, and a reason that would disturb a terminal") {
  Open machine;
  machine.onProtocolEnd({1005, "a\x1b[2J" + std::string(300, 'x'), {}}, start);
  machine.onOutputGone();
  checkClosed(machine, Errc::connectionClosed);
  checkWords(machine, "closed the connection without a code: a [2Jxxx");
  CHECK(machine.end().info.closeCode == 1005);
  CHECK(machine.end().info.closeReason.size() == 200);
}

TEST_CASE("an end without a close frame is a lost connection") {
  Open machine;
  SECTION("the end of the stream, or TLS cut off") {
    machine.onReadFailed(hangUp);
    checkClosed(machine, Errc::connectionLost);
    checkWords(machine, "without a close frame");
  }
  SECTION("a reset") {
    machine.onReadFailed(reset);
    checkClosed(machine, Errc::connectionLost);
    checkWords(machine, "was lost: " + reset.error.message());
  }
  CHECK(machine.end().info.closeCode == 0);
}

TEST_CASE("where writing fails, what the peer said before may still be read") {
  Open machine;
  SECTION("unless nothing can be read") {
    machine.onWriteFailed(reset, true);
    checkClosed(machine, Errc::connectionLost);
    checkWords(machine, reset.error.message());
    return;
  }
  machine.onWriteFailed(reset, false);
  CHECK(machine.state() == ConnectionState::open);
  CHECK_FALSE(machine.isOpen());
  CHECK(machine.wantsInput(true));
  CHECK(machine.nextWake() == never);  // Reading may pause for as long as its user likes.
  machine.onReading(start);
  CHECK(machine.nextWake() == start + 1000ms);

  SECTION("its close frame explains the failure") {
    machine.onProtocolEnd({1008, "no", {}}, start + 1ms);
    machine.onOutputGone();
    checkClosed(machine, Errc::connectionClosed);
    CHECK(machine.end().info.closeCode == 1008);
  }
  SECTION("each further read has its own deadline") {
    machine.onReading(start + 900ms);
    CHECK(machine.onDeadline(start + 1899ms) == Due::nothing);
    CHECK_FALSE(machine.isClosed());
    CHECK(machine.onDeadline(start + 1900ms) == Due::nothing);
    checkClosed(machine, Errc::connectionLost);
    checkWords(machine, reset.error.message());
  }
  SECTION("the end of the stream says what it says") {
    machine.onReadFailed(hangUp);
    checkClosed(machine, Errc::connectionLost);
    checkWords(machine, "without a close frame");
  }
  SECTION("closing it ends in time, too") {
    machine.onClose(start + 100ms);
    CHECK(machine.onDeadline(start + 1100ms) == Due::nothing);
    checkClosed(machine, Errc::connectionLost);
    CHECK(machine.closeResult(false) == Errc::timedOut);
  }
}

TEST_CASE("a violation is told to the peer when what came before it was answered, or in time") {
  Open machine;
  machine.onViolation(start);
  CHECK(machine.isBroken());
  CHECK(machine.isOpen());  // Answers may still be sent.
  CHECK_FALSE(machine.wantsInput(true));
  CHECK(machine.nextWake() == start + 1000ms);

  SECTION("when answered") {}
  SECTION("nobody asks for more") {
    CHECK(machine.onDeadline(start + 999ms) == Due::nothing);
    CHECK(machine.onDeadline(start + 1000ms) == Due::violation);
    CHECK_FALSE(machine.isClosed());
    CHECK(machine.onDeadline(start + 1000ms) == Due::nothing);  // It is said once.
  }
  SECTION("a handler takes its time") {
    machine.onInputHandled(start + 5s);
    CHECK(machine.nextWake() == start + 6s);
  }
  machine.onProtocolEnd({1007, "invalid UTF-8", Errc::protocolViolation}, start + 6s);
  CHECK_FALSE(machine.isBroken());
  CHECK(machine.state() == ConnectionState::ending);
  CHECK(machine.nextWake() == start + 7s);
  machine.onOutputGone();
  checkClosed(machine, Errc::protocolViolation);
  checkWords(machine, "broke the WebSocket protocol: invalid UTF-8");
}

TEST_CASE("a message that is too big is told with the limit") {
  Open machine;
  machine.onProtocolEnd({1009, "big", Errc::messageTooBig}, start);
  machine.onOutputGone();
  checkClosed(machine, Errc::messageTooBig);
  checkWords(machine, "larger than the limit of 64 bytes");
}

TEST_CASE("a peer that pings and does not read is dropped") {
  Open machine;
  machine.onFlood();
  checkClosed(machine, Errc::protocolViolation);
  checkWords(machine, "sends pings without reading the answers");
}

TEST_CASE("dropped at once in any state, for the reason given") {
  ConnectionMachine machine = GENERATE(as<ConnectionMachine>{}, ConnectionMachine(options()),
                                       Opening(), Open(), Closing(), Ending());
  machine.setAlarm(start + 1s, start);
  machine.drop({Errc::timedOut, "Nobody answers"});
  checkClosed(machine, Errc::timedOut);
  CHECK(machine.end().info.message == "Nobody answers");
  CHECK(machine.closeResult(false) == Errc::timedOut);
  CHECK_FALSE(machine.closeResult(true));
}

TEST_CASE("what happens after the end changes nothing, and everybody is told once") {
  Ending machine;
  machine.onOutputGone();
  CHECK(machine.isReleaseDue());
  machine.onReleased();
  CHECK_FALSE(machine.isReleaseDue());
  machine.onOpened();
  machine.onRequest(start);
  machine.onConnectCancelled(true);
  machine.onViolation(start);
  machine.onProtocolEnd({1000, "", {}}, start);
  machine.onInputHandled(start);
  machine.onFlood();
  machine.onReading(start);
  machine.onWritten(start);
  machine.onOutputGone();
  machine.onReadFailed(reset);
  machine.onWriteFailed(reset, true);
  machine.onWriteFailed(reset, false);
  machine.onReading(start);
  machine.onClose(start);
  machine.drop({Errc::cancelled, "gone"});
  machine.setAlarm(start, start);
  CHECK_FALSE(machine.takeAlarm(start + 1h));
  CHECK(machine.onDeadline(start + 1h) == Due::nothing);
  checkClosed(machine, Errc::connectionClosed);
  CHECK(machine.end().info.closeCode == 1001);
  CHECK_FALSE(machine.isReleaseDue());
}

TEST_CASE("alarms that are not soon come together") {
  Open machine;
  machine.setAlarm(start + 999ms, start);
  CHECK(machine.nextWake() == start + 999ms);
  machine.setAlarm(start + 5001ms, start);
  CHECK(machine.nextWake() == start + 5050ms);
  machine.setAlarm(start + 5050ms, start);
  CHECK(machine.nextWake() == start + 5050ms);
  machine.setAlarm(never, start);
  CHECK(machine.nextWake() == never);
}

TEST_CASE("an alarm comes once, at the time asked for last, beside the deadline") {
  Open machine;
  machine.setAlarm(start + 500ms, start);
  machine.setAlarm(start + 2000ms, start);
  CHECK(machine.nextWake() == start + 2000ms);
  CHECK_FALSE(machine.takeAlarm(start + 1999ms));

  SECTION("it comes") {
    CHECK(machine.takeAlarm(start + 2000ms));
    CHECK_FALSE(machine.takeAlarm(start + 3000ms));
    CHECK(machine.nextWake() == never);
  }
  SECTION("the deadline is before it") {
    machine.onClose(start);
    CHECK(machine.nextWake() == start + 1000ms);
    machine.onWritten(start + 1500ms);
    CHECK(machine.nextWake() == start + 2000ms);
    CHECK(machine.onDeadline(start + 2000ms) == Due::nothing);
    CHECK(machine.takeAlarm(start + 2000ms));
    CHECK(machine.nextWake() == start + 2500ms);
  }
  SECTION("the end takes it back") {
    machine.onReadFailed(hangUp);
    CHECK(machine.nextWake() == never);
    CHECK_FALSE(machine.takeAlarm(start + 2000ms));
  }
}
