#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <stdexcept>

#include "catch.hpp"
#include "gateway/session/stream_session.hpp"
#include "support/contains.hpp"
#include "support/stream_session_fixture.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;

namespace {

/// A stream whose events run only when told to.
struct SlowProgram : StreamFixture {
  asio::io_context eventContext;
  std::shared_ptr<StreamSession> session;

  void open() {
    const auto delivery =
        std::make_shared<EventDelivery>(eventContext.get_executor(), nullptr, handlers, options);
    session = std::make_shared<StreamSession>(peer->executor(), nullptr, peer, options, delivery);
    session->connect(1, {connected.handler(), eventContext.get_executor()});
    peer->receive(metadataMessage);
  }

  ~SlowProgram() {
    session->drop();
    takeAll();
  }

  void takeOne() {
    eventContext.restart();
    eventContext.poll_one();
    peer->run();
  }

  void takeAll() {
    eventContext.restart();
    eventContext.poll();
    peer->run();
  }

  /// Messages until the server is held back; how many.
  int fill() {
    int count = 0;
    while (!peer->isPaused() && count < 1000) {
      peer->receive(large, MessageType::binary);
      ++count;
    }
    return count;
  }

  const std::string large = std::string(10'000, 'x');
};

std::string whatOf(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& thrown) {
    return thrown.what();
  }
}

}  // namespace

TEST_CASE_METHOD(StreamFixture, "what a server repeats of the credentials is told without them") {
  options.credentials.kind = Credentials::Kind::bearer;
  options.credentials.secret = "hush-token";
  open();
  peer->receive("no JSON, but hush-token");
  peer->receive(R"({"type":"ECHO","token":"hush\u002dtoken"})");
  REQUIRE(events.size() == 3);
  CHECK(events[1].find("no JSON, but ") != std::string::npos);
  CHECK(events[2].find("ECHO") != std::string::npos);
  for (const std::string& event : events) {
    CHECK(event.find("hush") == std::string::npos);
  }
}

TEST_CASE_METHOD(StreamFixture, "each kind of message is told as what it is, in order") {
  SECTION("events") {
    open();
    peer->receive(responseMessage("1"));
    peer->receive("\x01\x02", MessageType::binary);
    peer->receive(R"({"type":"NEW"})");
    peer->receive(keepAliveMessage);
    peer->receive("no json");
    peer->receive(R"({"no":"type"})");
    peer->receive(responseMessage("2"));
    CHECK(events == std::vector<std::string>{"metadata s-1", "response 1", "binary \x01\x02",
                                             R"(unknown {"type":"NEW"})", "problem no json",
                                             R"(problem {"no":"type"})", "response 2"});
  }
  SECTION("raw") {
    options.format = EgressFormat::raw;
    options.formatParameter = "format";
    open();
    peer->receive("\x01\x02", MessageType::binary);
    peer->receive("some text");
    peer->receive(R"({"type":"NEW"})");
    peer->receive(R"({"no":"type"})");
    peer->receive(keepAliveMessage);
    CHECK(events == std::vector<std::string>{"metadata s-1", "binary \x01\x02", "raw some text",
                                             R"(raw {"type":"NEW"})", R"(raw {"no":"type"})"});
    finish();
    peer->receive(endMessage);
    closeByPeer();
    CHECK(verdict().outcome == Outcome::complete);
  }
  CHECK(connected.completions == 1);
}

TEST_CASE_METHOD(StreamFixture, "short messages keep their parts") {
  // Short enough to be moved by copying its characters.
  options.profile.typeMember.clear();
  options.profile.sendsMetadata = false;
  options.profile.rules = {{MessageKind::response, "1", "t"}};
  options.profile.closeCompletes = true;
  options.profile.responseMember = "r";
  handlers.onResponse = [this](const Response& value) { note("json", value.json); };
  open();
  peer->receive(R"({"t":1,"r":{}})");
  CHECK(events == std::vector<std::string>{"json {}"});
}

TEST_CASE_METHOD(StreamFixture, "a stream without handlers runs as well") {
  handlers = {};
  options.eventQueueBytes = 0;
  open();
  peer->receive(responseMessage("1"));
  peer->receive("bytes", MessageType::binary);
  CHECK_FALSE(peer->isPaused());
  finish();
  peer->receive(endMessage);
  closeByPeer();
  CHECK(finishResult().outcome == Outcome::complete);
}

TEST_CASE_METHOD(SlowProgram, "what the program does not take holds the server back") {
  options.eventQueueBytes = 50'000;
  open();
  takeAll();
  CHECK(fill() == 5);
  peer->receive(responseMessage("behind"));
  takeOne();
  takeOne();
  CHECK(peer->isPaused());
  takeOne();
  CHECK_FALSE(peer->isPaused());
  takeAll();
  CHECK(events.size() == 7);
  CHECK(events.back() == "response behind");
  // And once more.
  CHECK(fill() == 5);
  takeAll();
  CHECK_FALSE(peer->isPaused());
}

TEST_CASE_METHOD(SlowProgram, "a queue of no size takes one event at a time") {
  options.eventQueueBytes = 0;
  open();
  CHECK(peer->isPaused());
  takeAll();
  CHECK(fill() == 1);
  takeAll();
  CHECK_FALSE(peer->isPaused());
}

TEST_CASE_METHOD(SlowProgram, "a program that takes nothing starves neither audio nor keep-alive") {
  options.eventQueueBytes = 50'000;
  options.idleWarning = Duration(0);
  open();
  fill();
  const int intervals = 100;
  for (int i = 0; i < intervals; ++i) {
    peer->advance(options.keepAliveInterval);
  }
  CHECK(peer->pings() == intervals);
  CHECK(session->queue().offer("audio", {sent.handler(), context.get_executor()}));
  session->pump();
  CHECK(peer->lastSent() == "audio");
  // Nothing was heard meanwhile, and that is no sign of death; from now on it is.
  takeAll();
  CHECK_FALSE(peer->isPaused());
  CHECK(session->state() == StreamState::streaming);
  peer->advance(options.keepAliveInterval + options.pongTimeout);
  CHECK(peer->isAborted());
}

TEST_CASE_METHOD(SlowProgram, "a server that waits for the program is not stalled") {
  options.eventQueueBytes = 50'000;
  options.pongTimeout = Duration(0);
  open();
  fill();
  peer->unsentBytes = 1000;
  peer->advance(10 * options.sendTimeout);
  CHECK_FALSE(peer->isAborted());
  takeAll();
  peer->advance(options.sendTimeout);
  CHECK(peer->isAborted());
}

TEST_CASE_METHOD(SlowProgram, "an end that waits behind the program's events is waited for") {
  options.eventQueueBytes = 50'000;
  options.keepAlive = KeepAliveMode::off;
  options.idleWarning = Duration(0);
  open();
  session->finish(2, {finished.handler(), eventContext.get_executor()});
  fill();
  peer->receive(endMessage);
  peer->advance(2 * options.drainTimeout);
  CHECK_FALSE(peer->closeCode());
  takeAll();
  closeByPeer();
  takeAll();
  CHECK(verdict().outcome == Outcome::complete);
  CHECK(finished.completions == 1);
}

TEST_CASE_METHOD(SlowProgram, "closing does not wait for the program, and the verdict comes last") {
  options.eventQueueBytes = 50'000;
  open();
  const int binaries = fill();
  session->close();
  CHECK_FALSE(peer->isPaused());
  peer->run();
  CHECK(session->state() == StreamState::closed);
  CHECK(events.empty());
  takeAll();
  CHECK(events.size() == static_cast<std::size_t>(1 + binaries + 1));
  CHECK(events.back() == "verdict");
}

TEST_CASE_METHOD(SlowProgram, "events that wait behind an exception are not told") {
  handlers.onBinary = [](std::string_view) { throw std::runtime_error("enough"); };
  open();
  peer->receive("bytes", MessageType::binary);
  peer->receive(responseMessage("1"));
  closeByPeer();
  CHECK(session->state() == StreamState::closed);
  takeAll();
  // The verdict was known before the handler ran.
  CHECK(events == std::vector<std::string>{"metadata s-1", "verdict"});
  CHECK(verdict().outcome == Outcome::lost);
  CHECK(verdict().exception);
}

TEST_CASE_METHOD(SlowProgram, "the events' context has work until the verdict, not longer") {
  open();
  takeAll();
  CHECK_FALSE(eventContext.stopped());
  session->close();
  peer->run();
  takeAll();
  CHECK(verdicts.size() == 1);
  CHECK(eventContext.stopped());
}

TEST_CASE_METHOD(StreamFixture,
                 "no event begins behind close(), and what is dropped is no success") {
  std::string closer = "response 1";
  Outcome expected = Outcome::cancelled;
  SECTION("while results of a stream wait that the server has ended") {}
  SECTION("behind the last event") {
    closer = "response 2";
    expected = Outcome::complete;
  }
  handlers.onResponse = [&](const Response& value) {
    events.push_back("response " + value.messageId);
    if (events.back() == closer) {
      stream->close();
    }
  };
  peer->answersClose = false;
  open();
  finish();
  // All of it is there before a handler runs.
  peer->pauseReceiving(true);
  peer->receive(responseMessage("1"));
  peer->receive(responseMessage("2"));
  peer->receive(endMessage);
  peer->pauseReceiving(false);
  peer->run();
  closeByPeer();
  CHECK(verdict().outcome == expected);
  CHECK(verdict().isSuccess() == (expected == Outcome::complete));
  CHECK(verdict().error == (expected == Outcome::complete ? std::error_code() : Errc::cancelled));
  CHECK(finishResult().outcome == expected);
  const std::vector<std::string> all{"metadata s-1", "response 1", "response 2", "verdict"};
  std::vector<std::string> told = all;
  if (closer == "response 1") {
    told.erase(told.begin() + 2);
  }
  CHECK(events == told);
}

namespace {

using ReadCall = Call<std::error_code, Response>;

/// A stream whose results are read.
struct ReadingProgram : StreamFixture {
  ReadingProgram() {
    options.pullResults = true;
    handlers.onResponse = nullptr;
  }

  std::string read() {
    ReadCall call;
    stream->readResult(call.handler());
    peer->run();
    if (call.completions != 1) {
      throw std::logic_error("no result");
    }
    const std::error_code error = std::get<0>(call.result);
    return error ? std::string(errorName(error)) : std::get<1>(call.result).messageId;
  }
};

}  // namespace

TEST_CASE_METHOD(ReadingProgram,
                 "results wait to be read, one at a time, and hold the server back") {
  options.eventQueueBytes = 1'000;
  handlers.onMetadata = nullptr;
  make();
  CHECK(read() == errorName(Errc::invalidState));
  stream->connect(connected.handler());
  peer->receive(metadataMessage);
  int count = 0;
  for (; !peer->isPaused() && count < 100; ++count) {
    peer->receive(responseMessage(std::to_string(count)));
  }
  REQUIRE(count > 1);
  REQUIRE(count < 100);
  for (int i = 0; i < count; ++i) {
    CHECK(read() == std::to_string(i));
  }
  CHECK_FALSE(peer->isPaused());
  ReadCall waiting;
  stream->readResult(waiting.handler());
  CHECK(read() == errorName(Errc::invalidState));
  CHECK(waiting.completions == 0);
  peer->receive(responseMessage("late"));
  CHECK(waiting.completions == 1);
  CHECK(std::get<1>(waiting.result).messageId == "late");
}

TEST_CASE_METHOD(ReadingProgram, "what was not read can be read behind the verdict") {
  open();
  finish();
  peer->receive(responseMessage("1"));
  peer->receive(endMessage);
  closeByPeer();
  CHECK(verdict().outcome == Outcome::complete);
  CHECK(read() == "1");
  ReadCall call;
  stream->readResult(call.handler());
  peer->run();
  CHECK(std::get<0>(call.result) == asio::error::eof);
}

TEST_CASE_METHOD(ReadingProgram, "a call that waits for a result ends with the verdict") {
  open();
  ReadCall call;
  stream->readResult(call.handler());
  peer->run();
  SECTION("of the server") {
    peer->receive(errorMessage());
    closeByPeer();
    CHECK(std::get<0>(call.result) == Errc::remoteFailed);
  }
  SECTION("of a stream that is destroyed") {
    stream.reset();
    peer->run();
    CHECK(std::get<0>(call.result) == Errc::cancelled);
  }
  CHECK(call.completions == 1);
}

TEST_CASE_METHOD(ReadingProgram, "close() drops results that nobody has read") {
  open();
  finish();
  peer->receive(responseMessage("1"));
  if (GENERATE(false, true)) {
    peer->answersClose = false;
    peer->receive(endMessage);
  }
  stream->close();
  peer->run();
  closeByPeer();
  CHECK(verdict().outcome == Outcome::cancelled);
  CHECK(read() == errorName(Errc::cancelled));
}

TEST_CASE_METHOD(ReadingProgram, "cancelling a call loses no result") {
  open();
  asio::cancellation_signal signal;
  ReadCall call;
  stream->readResult(asio::bind_cancellation_slot(signal.slot(), call.handler()));
  peer->run();
  signal.emit(GENERATE(asio::cancellation_type::total, asio::cancellation_type::terminal));
  peer->run();
  CHECK(call.completions == 1);
  CHECK(std::get<0>(call.result) == Errc::cancelled);
  peer->receive(responseMessage("1"));
  CHECK(read() == "1");
}

TEST_CASE_METHOD(ReadingProgram, "results are either read or told") {
  handlers.onFinal = [](const Transcript&) {};
  CHECK_THROWS_AS(make(), Error);
  handlers.onFinal = nullptr;
  options.pullResults = false;
  open();
  CHECK(read() == errorName(Errc::invalidState));
}

TEST_CASE_METHOD(StreamFixture, "an exception of a handler closes the stream, and is told") {
  handlers.onResponse = [this](const Response& value) {
    events.push_back("response " + value.messageId);
    throw std::runtime_error("the handler's reason");
  };
  open();
  finish();
  peer->receive(responseMessage("1"));
  CHECK(peer->closeCode() == 1000);
  CHECK(events == std::vector<std::string>{"metadata s-1", "response 1", "verdict"});
  CHECK(verdict().outcome == Outcome::cancelled);
  CHECK(verdict().error == Errc::cancelled);
  REQUIRE(verdict().exception);
  CHECK(whatOf(verdict().exception) == "the handler's reason");
  CHECK(verdict().info.message.find("the handler's reason") != std::string::npos);
  CHECK(finishResult().exception == verdict().exception);
}

TEST_CASE_METHOD(StreamFixture, "anything may be thrown") {
  handlers.onMetadata = [](const StreamMetadata&) { throw 1; };
  open();
  CHECK(verdict().outcome == Outcome::cancelled);
  CHECK(verdict().exception);
  CHECK_FALSE(verdict().info.message.empty());
}

TEST_CASE_METHOD(StreamFixture, "an exception does not change what the server had said") {
  bool failed = false;
  handlers.onBinary = [](std::string_view) { throw std::runtime_error("late"); };
  open();
  finish();
  peer->answersClose = false;
  // All of it comes before the handler runs.
  peer->pauseReceiving(true);
  peer->receive("bytes", MessageType::binary);
  peer->receive(GENERATE(0, 1) == 0 ? (failed = true, errorMessage()) : std::string(endMessage));
  peer->receive(responseMessage("after"));
  peer->pauseReceiving(false);
  peer->run();
  closeByPeer();
  CHECK(verdict().outcome == (failed ? Outcome::failed : Outcome::complete));
  REQUIRE(verdict().exception);
  CHECK(whatOf(verdict().exception) == "late");
  CHECK(events == std::vector<std::string>{"metadata s-1", "verdict"});
}

TEST_CASE_METHOD(StreamFixture, "an exception of the last handler is for who runs the executor") {
  handlers.onVerdict = [](const Verdict&) { throw std::runtime_error("for main"); };
  open();
  stream->finish(finished.handler());
  stream->close();
  CHECK_THROWS_AS(peer->run(), std::runtime_error);
  peer->run();
  CHECK(finished.completions == 1);
  CHECK(finishResult().outcome == Outcome::cancelled);
}

TEST_CASE_METHOD(StreamFixture, "a handler may destroy its stream") {
  SECTION("at a response") {
    handlers.onResponse = [this](const Response&) { stream.reset(); };
    open();
    peer->receive(responseMessage("1"));
    CHECK(verdict().outcome == Outcome::cancelled);
  }
  SECTION("at the verdict") {
    handlers.onVerdict = [this](const Verdict& value) {
      verdicts.push_back(value);
      stream.reset();
    };
    open();
    closeByPeer();
    CHECK(verdict().outcome == Outcome::lost);
  }
}

TEST_CASE_METHOD(StreamFixture, "handlers are freed with the verdict, though the stream is kept") {
  const auto held = std::make_shared<int>(1);
  handlers.onResponse = [held](const Response&) {};
  open();
  handlers = {};
  stream->close();
  peer->run();
  CHECK(held.use_count() == 1);
}

TEST_CASE_METHOD(StreamFixture, "partial results that no final one followed are in the verdict") {
  open();
  for (const std::string& message : {
           resultMessage("partial", "one"),
           resultMessage("final", "one."),
           resultMessage("partial", "two"),
           resultMessage("partial", "two tw"),
           resultMessage("partial", "left channel", 1),
           resultMessage("final", "left channel.", 1),
           resultMessage("partial", "another", 0, "q"),
           resultMessage("partial", "silence", 2),
           resultMessage("partial", "", 2),
           resultMessage("other", "no result"),
       }) {
    peer->receive(message);
  }
  finish();
  peer->receive(endMessage);
  closeByPeer();
  REQUIRE(verdict().openPartials.size() == 2);
  CHECK(verdict().outcome == Outcome::complete);
  CHECK(transcriptionOf(verdict().openPartials[0])->text == "two tw");
  CHECK(transcriptionOf(verdict().openPartials[1])->text == "another");
  CHECK(finishResult().openPartials.size() == 2);
}

TEST_CASE_METHOD(StreamFixture, "a server that makes up channels fills no memory with partials") {
  open();
  for (int channel = 0; channel < 200; ++channel) {
    peer->receive(resultMessage("partial", "text", channel));
  }
  loseConnection();
  CHECK(verdict().openPartials.size() == 64);
}

TEST_CASE_METHOD(StreamFixture, "what came last is told, if it is not known, and nothing earlier") {
  open();
  peer->receive(R"({"type":"QUOTA","left":0})");
  const bool isLast = GENERATE(true, false);
  if (!isLast) {
    peer->receive("\x01\x02", MessageType::binary);
  }
  closeByPeer();
  REQUIRE(verdicts.size() == 1);
  CHECK(contains(verdicts[0].info.message, "QUOTA") == isLast);
  CHECK(contains(verdicts[0].info.message, "stream the audio again") == !isLast);
}
