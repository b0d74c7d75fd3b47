#include "wsferry/core/detail/websocket/connection_reader.hpp"

#include <string>

#include "catch.hpp"

using namespace wsferry;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t limit = 1000;

/// One read that gives so many bytes; the size of the buffer it was given.
std::size_t readOnce(ConnectionReader& reader, std::size_t size) {
  const auto buffer = reader.beginRead();
  CHECK(reader.isReading());
  reader.endRead();
  CHECK_FALSE(reader.isReading());
  const std::size_t taken = std::min(size, buffer.size);
  reader.onReceived(taken, TimePoint{});
  reader.onUsed(taken);
  return buffer.size;
}

std::string forListener(ConnectionReader& reader) {
  return reader.hasForListener() ? reader.take().payload : "nothing";
}

std::string forCall(ConnectionReader& reader) {
  return reader.hasForCall() ? reader.take().payload : "nothing";
}

}  // namespace

TEST_CASE("messages wait for who takes them one by one, in order") {
  ConnectionReader reader(limit);
  CHECK(reader.isEmpty());
  CHECK(forCall(reader) == "nothing");
  reader.add(MessageType::text, "one");
  reader.add(MessageType::binary, "two");
  CHECK_FALSE(reader.isEmpty());
  CHECK(forListener(reader) == "nothing");
  REQUIRE(reader.hasForCall());
  const Message first = reader.take();
  CHECK(first.payload == "one");
  CHECK(first.type == MessageType::text);
  REQUIRE(reader.hasForCall());
  const Message second = reader.take();
  CHECK(second.payload == "two");
  CHECK(second.type == MessageType::binary);
  CHECK(reader.isEmpty());
  CHECK(reader.messagesReceived() == 2);
}

TEST_CASE("reading pauses while more than the limit waits, and goes on below it") {
  ConnectionReader reader(limit);
  reader.add(MessageType::text, std::string(limit - sizeof(Message), 'a'));
  CHECK(reader.hasRoom());
  reader.add(MessageType::text, "b");
  CHECK(reader.isFull());
  CHECK_FALSE(reader.hasRoom());
  CHECK(forCall(reader).size() == limit - sizeof(Message));
  CHECK_FALSE(reader.isFull());
  CHECK(reader.hasRoom());
}

TEST_CASE("a listener gets what came before it, knows no limit, and may pause") {
  ConnectionReader reader(limit);
  reader.add(MessageType::text, std::string(2 * limit, 'a'));
  CHECK_FALSE(reader.hasRoom());
  reader.attach();
  CHECK(reader.isAttached());
  CHECK(reader.hasRoom());
  CHECK_FALSE(reader.isFull());
  CHECK(forCall(reader) == "nothing");

  reader.pause(true);
  CHECK_FALSE(reader.hasRoom());
  CHECK_FALSE(reader.isFull());  // It may read again whenever it likes.
  CHECK(forListener(reader) == "nothing");

  reader.pause(false);
  CHECK(reader.hasRoom());
  CHECK(forListener(reader).size() == 2 * limit);
  CHECK(forListener(reader) == "nothing");
}

TEST_CASE("a listener is told of the end once, behind the last message") {
  ConnectionReader reader(limit);
  reader.add(MessageType::text, "last");
  CHECK_FALSE(reader.takeEnd());
  reader.attach();
  CHECK_FALSE(reader.takeEnd());

  SECTION("which it takes") {
    CHECK(forListener(reader) == "last");
  }
  SECTION("or which nobody is to get") {
    reader.clear();
  }
  CHECK(reader.takeEnd());
  CHECK_FALSE(reader.takeEnd());
}

TEST_CASE("messages that were dropped make room") {
  ConnectionReader reader(limit);
  reader.add(MessageType::text, std::string(2 * limit, 'a'));
  reader.clear();
  CHECK(reader.isEmpty());
  CHECK(reader.hasRoom());
  reader.add(MessageType::text, "b");
  CHECK(reader.hasRoom());
  CHECK(forCall(reader) == "b");
}

TEST_CASE("what came before a failure is worked off when the next message is asked for") {
  ConnectionReader reader(limit);
  CHECK(reader.isWorkedOff(false));  // Nothing came.
  reader.add(MessageType::text, "one");
  CHECK_FALSE(reader.isWorkedOff(false));
  CHECK(forCall(reader) == "one");
  CHECK_FALSE(reader.isWorkedOff(false));  // It may be about to be answered.
  CHECK(reader.isWorkedOff(true));
  reader.attach();
  CHECK(reader.isWorkedOff(false));
}

TEST_CASE("the buffer doubles while it is filled, up to 256 KiB") {
  ConnectionReader reader(limit);
  std::size_t expected = 4096;
  for (int i = 0; i < 10; ++i) {
    CHECK(readOnce(reader, std::size_t{1} << 20) == expected);
    expected = std::min(2 * expected, std::size_t{256} << 10);
  }
}

TEST_CASE("a buffer that was four times too large is given back") {
  ConnectionReader reader(limit);
  CHECK(readOnce(reader, 4096) == 4096);
  CHECK(readOnce(reader, 8192) == 8192);
  for (int i = 0; i < 3; ++i) {
    CHECK(readOnce(reader, 100) == 16384);
  }
  CHECK(readOnce(reader, 5000) == 16384);  // Not in a row.
  for (int i = 0; i < 4; ++i) {
    CHECK(readOnce(reader, 100) == 16384);
  }
  CHECK(readOnce(reader, 100) == 4096);
}

TEST_CASE("what came, and when, is known") {
  ConnectionReader reader(limit);
  reader.onReceived(10, TimePoint{} + 1s);
  reader.onReceived(20, TimePoint{} + 2s);
  CHECK(reader.bytesReceived() == 30);
  CHECK(reader.lastReceived() == TimePoint{} + 2s);
}
