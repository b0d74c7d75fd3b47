#include "wsferry/core/detail/websocket/connection_writer.hpp"

#include <string>

#include "catch.hpp"

using namespace wsferry;
using namespace std::chrono_literals;

namespace {

const TimePoint start{};

std::string begin(ConnectionWriter& writer) {
  return std::string(writer.beginWrite().value_or("nothing"));
}

}  // namespace

TEST_CASE("one write is under way at a time, and none without output") {
  ConnectionWriter writer;
  CHECK(writer.isDone());
  CHECK(begin(writer) == "nothing");
  writer.append("abc");
  CHECK_FALSE(writer.isDone());
  CHECK(writer.unsent() == 3);
  CHECK(begin(writer) == "abc");
  writer.append("def");
  CHECK(begin(writer) == "nothing");
  CHECK_FALSE(writer.isDone());

  writer.endWrite(2);
  CHECK(writer.bytesSent() == 2);
  CHECK(writer.unsent() == 4);
  CHECK_FALSE(writer.isAllWritten());
  CHECK(begin(writer) == "c");
  writer.endWrite(1);
  CHECK(begin(writer) == "def");
  writer.endWrite(3);
  CHECK(writer.isDone());
  CHECK(writer.isAllWritten());
  CHECK(writer.unsent() == 0);
  CHECK(writer.queued() == 6);
  CHECK(begin(writer) == "nothing");
}

TEST_CASE("while more is about to come nothing is written, and nothing is done") {
  ConnectionWriter writer;
  writer.append("abc");
  {
    const auto cork = writer.cork();
    CHECK(begin(writer) == "nothing");
    CHECK_FALSE(writer.isDone());
    CHECK_FALSE(writer.mayGather());
    writer.append("def");
  }
  CHECK(begin(writer) == "abcdef");
}

TEST_CASE("a cork is out when what was to add to the output throws") {
  ConnectionWriter writer;
  try {
    const auto cork = writer.cork();
    throw 1;
  } catch (int) {
  }
  writer.append("abc");
  CHECK(begin(writer) == "abc");
}

TEST_CASE("a little output waits for more until in two turns nothing was added") {
  ConnectionWriter writer;
  CHECK(writer.mayGather());
  writer.append("a");
  CHECK_FALSE(writer.isMuch());
  writer.beginGathering(start);
  CHECK_FALSE(writer.mayGather());

  SECTION("and nothing is") {
    CHECK(writer.keepGathering(start));
    CHECK_FALSE(writer.keepGathering(start));
    CHECK(writer.mayGather());
  }
  SECTION("and something is, for a while") {
    CHECK(writer.keepGathering(start));
    for (int i = 0; i < 5; ++i) {
      writer.append("b");
      CHECK(writer.keepGathering(start));
    }
    CHECK(writer.keepGathering(start));
    CHECK_FALSE(writer.keepGathering(start));
  }
  SECTION("or until it is late, however much is added") {
    writer.append("b");
    CHECK(writer.keepGathering(start + 999us));
    writer.append("c");
    CHECK_FALSE(writer.keepGathering(start + 1ms));
  }
  SECTION("or until it is much") {
    writer.append(std::string(16384, 'b'));
    CHECK(writer.isMuch());
    CHECK_FALSE(writer.keepGathering(start));
  }
}

TEST_CASE("nothing is gathered while a write is under way: its end looks for more") {
  ConnectionWriter writer;
  writer.append("a");
  CHECK(begin(writer) == "a");
  CHECK_FALSE(writer.mayGather());
  writer.endWrite(1);
  CHECK(writer.mayGather());
}

TEST_CASE("answers pile up until the last of them was written") {
  ConnectionWriter writer;
  const std::string answer(600'000, 'p');
  const auto reply = [&] {
    const auto held = writer.reply();
    writer.append(answer);
  };
  writer.append(std::string(2'000'000, 'm'));
  CHECK_FALSE(writer.isFlooded());  // Messages are no answers.
  reply();
  CHECK_FALSE(writer.isFlooded());
  reply();
  CHECK(writer.isFlooded());

  const std::uint64_t repliesEnd = writer.queued();
  writer.append("behind them");
  const auto writeUpTo = [&](std::uint64_t end) {
    while (writer.bytesSent() < end) {
      const auto bytes = writer.beginWrite();
      REQUIRE(bytes);
      writer.endWrite(std::min<std::uint64_t>(bytes->size(), end - writer.bytesSent()));
    }
  };
  writeUpTo(repliesEnd - 1);
  CHECK(writer.isFlooded());
  writeUpTo(repliesEnd);
  CHECK_FALSE(writer.isFlooded());
  CHECK(writer.unsent() == std::string("behind them").size());
}

TEST_CASE("the upgrade request is written by who opens the connection, and counts as sent") {
  ConnectionWriter writer;
  writer.append("GET / ");
  writer.append("HTTP/1.1");
  CHECK(writer.takeAll() == "GET / HTTP/1.1");
  CHECK(writer.isDone());
  CHECK(writer.isAllWritten());
  CHECK(writer.unsent() == 0);
  CHECK(writer.bytesSent() == 14);
  writer.append("frame");
  CHECK(writer.queued() == 19);
  CHECK(begin(writer) == "frame");
}

TEST_CASE("where writing has failed, output stays unsent and is not waited for") {
  ConnectionWriter writer;
  writer.append("abc");
  CHECK(begin(writer) == "abc");
  writer.endWrite(0);
  writer.stop();
  CHECK(begin(writer) == "nothing");
  CHECK(writer.isDone());
  CHECK(writer.unsent() == 3);
  CHECK_FALSE(writer.isAllWritten());
}

TEST_CASE("once the connection is over nothing is unsent, whatever a late write says") {
  ConnectionWriter writer;
  writer.append("abc");
  CHECK(begin(writer) == "abc");
  writer.drop();
  CHECK(writer.unsent() == 0);
  CHECK_FALSE(writer.isDone());  // The socket still has the bytes.
  writer.endWrite(3);
  CHECK(writer.isDone());
  CHECK(writer.unsent() == 0);
  CHECK(writer.bytesSent() == 0);
  CHECK_FALSE(writer.isAllWritten());
}

TEST_CASE("messages are counted") {
  ConnectionWriter writer;
  writer.onMessage();
  writer.onMessage();
  CHECK(writer.messagesSent() == 2);
}
