#include "strapi/pull/stage_queue.hpp"

#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

namespace {

ProcessData message(std::string uuid, std::size_t size) {
  ProcessData data;
  data.uuid = std::move(uuid);
  data.message = std::string(size, ' ');
  return data;
}

struct Fixture {
  std::vector<std::string> acknowledged;
  StageQueue queue{1000, [this](std::string_view uuid) { acknowledged.emplace_back(uuid); }};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "A message is acknowledged when it has a place") {
  queue.onData(message("a", 600));
  CHECK(acknowledged == std::vector<std::string>{"a"});
  queue.onData(message("b", 600));
  CHECK(acknowledged == std::vector<std::string>{"a"});
  CHECK(queue.pop()->uuid == "a");
  CHECK(acknowledged == std::vector<std::string>{"a", "b"});
  CHECK(queue.pop()->uuid == "b");
}

TEST_CASE_METHOD(Fixture, "One message always has a place") {
  queue.onData(message("huge", 5000));
  CHECK(acknowledged == std::vector<std::string>{"huge"});
}

TEST_CASE_METHOD(Fixture, "Data that does not wait for its acknowledgement is refused") {
  queue.onData(message("a", 600));
  queue.onData(message("b", 600));
  queue.onData(message("c", 1));
  CHECK(queue.pop()->uuid == "a");
  CHECK(queue.pop()->uuid == "b");
  try {
    static_cast<void>(queue.pop());
    FAIL("no failure");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::protocolViolation);
  }
}

TEST_CASE_METHOD(Fixture, "What came before a loss is worked off first; a cancel comes at once") {
  queue.onData(message("a", 10));
  ErrorInfo info;
  info.message = "why";
  SECTION("loss") {
    queue.onFailed(Errc::connectionLost, info);
    CHECK(queue.pop()->uuid == "a");
    try {
      static_cast<void>(queue.pop());
      FAIL("no failure");
    } catch (const Error& error) {
      CHECK(error.code() == Errc::connectionLost);
      CHECK(error.info().message == "why");
    }
  }
  SECTION("cancel") {
    queue.onFailed(Errc::cancelled, info);
    CHECK_THROWS_AS(queue.pop(), Error);
  }
}

TEST_CASE_METHOD(Fixture, "A waiting thread is woken by data and by failure") {
  std::vector<std::string> seen;
  std::error_code end;
  std::thread consumer([&] {
    try {
      for (;;) {
        seen.push_back(queue.pop()->uuid);
      }
    } catch (const Error& error) {
      end = error.code();
    }
  });
  queue.onData(message("a", 10));
  queue.onData(message("b", 10));
  queue.onFailed(Errc::timedOut, {});
  consumer.join();
  CHECK(seen == std::vector<std::string>{"a", "b"});
  CHECK(end == Errc::timedOut);
}

TEST_CASE("Waking makes a wait end without a message, once, and loses none") {
  StageQueue queue(1000, [](std::string_view) {});
  queue.wake();
  CHECK_FALSE(queue.pop());
  queue.wake();
  queue.onData(message("a", 10));
  CHECK(queue.pop()->uuid == "a");
  queue.onFailed(Errc::connectionLost, {});
  queue.wake();
  CHECK_THROWS_AS(queue.pop(), Error);
}
