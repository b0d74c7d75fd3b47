#include "wsferry/core/detail/websocket/pending_calls.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace wsferry;
using namespace std::chrono_literals;

namespace {

using Log = std::vector<std::string>;

std::string words(const std::error_code& error) {
  return error ? std::string(errorName(error)) : "done";
}
std::string words(const std::error_code& error, const ErrorInfo& info) {
  return words(error) + (info.message.empty() ? "" : ", " + info.message);
}
std::string words(const std::error_code& error, const Message& message) {
  return words(error) + (message.payload.empty() ? "" : ", " + message.payload);
}
std::string words(const std::error_code& error, std::chrono::nanoseconds time) {
  return words(error) + (time == 0ns ? "" : ", " + std::to_string(time / 1ms) + " ms");
}

/// Notes its results, and if it is dropped without one. A second result is a second line.
template <class... Args>
class Noted {
 public:
  Noted(Log& log, std::string name) : note_(new Note{log, std::move(name)}) {}
  void operator()(Args... args) {
    REQUIRE(note_);
    note_->log.push_back(note_->name + ": " + words(args...));
    note_->isDone = true;
  }

 private:
  struct Note {
    Note(Log& l, std::string n) : log(l), name(std::move(n)) {}
    Note(const Note&) = delete;
    Note& operator=(const Note&) = delete;
    ~Note() {
      if (!isDone) {
        log.push_back(name + ": dropped");
      }
    }
    Log& log;
    std::string name;
    bool isDone = false;
  };
  std::unique_ptr<Note> note_;
};

using Calls = PendingCalls<Noted>;

const TimePoint start{};

struct Fixture {
  Log log;
  Calls calls;

  void connect(Calls::Id id) { calls.addConnect(id, Calls::Connected(log, "connect")); }
  void receive(Calls::Id id) { calls.addReceive(id, Calls::Received(log, "receive")); }
  void send(Calls::Id id, std::uint64_t end) {
    calls.addSend(id, end, Calls::Done(log, "send " + std::to_string(end)));
  }
  void ping(Calls::Id id, TimePoint sent) {
    const auto number = calls.newPing();
    calls.addPing(id, number, sent, Calls::Measured(log, "ping " + std::to_string(number)));
  }
  void close(Calls::Id id, const std::string& name = "close") {
    calls.addClose(id, Calls::Done(log, name));
  }
  /// One of each but of what connects, as no others wait beside it.
  void all() {
    close(1);
    ping(2, start);
    send(3, 30);
    send(4, 40);
    receive(5);
  }
  Log taken() { return std::exchange(log, {}); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "connecting completes once") {
  CHECK_FALSE(calls.isConnecting());
  calls.completeConnect();
  connect(7);
  CHECK(calls.isConnecting());
  CHECK(calls.isConnecting(7));
  CHECK_FALSE(calls.isConnecting(8));
  calls.completeConnect();
  CHECK_FALSE(calls.isConnecting());
  CHECK_FALSE(calls.isConnecting(7));
  calls.completeConnect();
  calls.finish({Errc::cancelled, "gone"}, {});
  CHECK(log == Log{"connect: done"});
}

TEST_CASE_METHOD(Fixture, "a receive completes once, with the message or what came instead") {
  receive(1);
  CHECK(calls.isReceiving());
  calls.completeReceive({}, {MessageType::text, "hello"});
  CHECK_FALSE(calls.isReceiving());
  calls.completeReceive({}, {MessageType::text, "late"});
  CHECK(taken() == Log{"receive: done, hello"});
  receive(2);
  calls.completeReceive(Errc::invalidState, {});
  CHECK(log == Log{"receive: invalidState"});
}

TEST_CASE_METHOD(Fixture, "sends complete in order, each when its last byte was written") {
  send(1, 10);
  send(2, 10);  // An empty message would still have a header; its end may be anywhere.
  send(3, 25);
  calls.onWritten(9);
  CHECK(log.empty());
  calls.onWritten(24);
  CHECK(taken() == Log{"send 10: done", "send 10: done"});
  calls.onWritten(25);
  calls.onWritten(100);
  CHECK(log == Log{"send 25: done"});
}

TEST_CASE_METHOD(Fixture, "a pong answers its ping and those before it") {
  ping(1, start);
  ping(2, start + 10ms);
  ping(3, start + 20ms);
  for (const std::string other : {"", "0", "x", "2x", " 2", "-2", "99999999999999999999999", "4"}) {
    calls.onPong(other, start + 50ms);
  }
  CHECK(log.empty());
  CHECK(calls.lastPong() == 0);
  calls.onPong("2", start + 50ms);
  CHECK(taken() == Log{"ping 1: done, 50 ms", "ping 2: done, 40 ms"});
  calls.onPong("1", start + 60ms);
  CHECK(log.empty());
  CHECK(calls.lastPong() == 2);
  calls.onPong("3", start + 60ms);
  CHECK(log == Log{"ping 3: done, 40 ms"});
  CHECK(calls.newPing() == 4);
}

TEST_CASE_METHOD(Fixture, "cancelling ends a begun call by partial and terminal, not by total") {
  all();
  calls.cancel(1, false);
  calls.cancel(2, false);
  calls.cancel(3, false);
  CHECK(log.empty());
  calls.cancel(3, true);
  CHECK(taken() == Log{"send 30: cancelled"});
  calls.cancel(2, true);
  CHECK(taken() == Log{"ping 1: cancelled"});
  calls.cancel(1, true);
  CHECK(taken() == Log{"close: cancelled"});
  calls.cancel(1, true);
  calls.cancel(99, true);
  CHECK(log.empty());
  calls.onWritten(40);
  calls.onPong("1", start);
  CHECK(log == Log{"send 40: done"});
}

TEST_CASE_METHOD(Fixture, "a receive has had no effect, and is cancelled by any type") {
  const bool endsBegun = GENERATE(true, false);
  receive(1);
  calls.cancel(2, endsBegun);
  CHECK(calls.isReceiving());
  calls.cancel(1, endsBegun);
  CHECK_FALSE(calls.isReceiving());
  calls.completeReceive({}, {MessageType::text, "for the next one"});
  CHECK(log == Log{"receive: cancelled"});
}

TEST_CASE_METHOD(Fixture, "what connects is not cancelled here: it ends with its connection") {
  connect(1);
  calls.cancel(1, true);
  calls.cancelAll();
  CHECK(calls.isConnecting(1));
  calls.finish({Errc::cancelled, "cancelled"}, {});
  CHECK(log == Log{"connect: cancelled, cancelled"});
}

TEST_CASE_METHOD(Fixture, "all calls are cancelled in order") {
  all();
  calls.cancelAll();
  const Log expected{"receive: cancelled", "send 30: cancelled", "send 40: cancelled",
                     "ping 1: cancelled", "close: cancelled"};
  CHECK(taken() == expected);
  calls.cancelAll();
  calls.finish({Errc::connectionLost, "lost"}, {});
  CHECK(log.empty());
}

TEST_CASE_METHOD(Fixture, "the end of the connection ends every call once, in order") {
  all();
  close(6, "second close");
  calls.finish({Errc::connectionLost, "lost"}, Errc::timedOut);
  const Log expected{"receive: connectionLost", "send 30: connectionLost",
                     "send 40: connectionLost", "ping 1: connectionLost",
                     "close: timedOut",         "second close: timedOut"};
  CHECK(taken() == expected);
  calls.finish({Errc::cancelled, "again"}, {});
  calls.onWritten(100);
  calls.onPong("1", start);
  calls.completeReceive({}, {MessageType::text, "late"});
  for (Calls::Id id = 1; id < 7; ++id) {
    calls.cancel(id, true);
  }
  CHECK(log.empty());
}

TEST_CASE("what is pending when the table goes is dropped, not completed") {
  Log log;
  {
    Calls calls;
    calls.addClose(1, Calls::Done(log, "close"));
  }
  CHECK(log == Log{"close: dropped"});
}
