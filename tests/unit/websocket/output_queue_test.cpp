#include "wsferry/core/detail/websocket/output_queue.hpp"

#include <string>

#include "catch.hpp"

using wsferry::OutputQueue;

namespace {

std::string numbered(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; bytes.size() < size; ++i) {
    bytes += std::to_string(i) + ",";
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

TEST_CASE("what comes out is what went in, however it is taken") {
  const std::size_t part =
      GENERATE(std::size_t{1000}, std::size_t{100'000}, std::size_t{1'000'000});
  const std::size_t taken = GENERATE(std::size_t{777}, std::size_t{1'000'000});
  OutputQueue queue;
  std::string in;
  std::string out;
  const std::string bytes = numbered(part);
  for (int i = 0; i < 20; ++i) {
    queue.append(bytes);
    in += bytes;
    const std::string_view written = queue.beginWrite().substr(0, taken);
    const std::string before(written);
    queue.append("more while the socket writes");
    in += "more while the socket writes";
    CHECK(queue.beginWrite().data() == written.data());  // It has not moved.
    CHECK((written == before));
    out += before;
    queue.consume(before.size());
  }
  while (!queue.isEmpty()) {
    const std::string_view written = queue.beginWrite();
    REQUIRE_FALSE(written.empty());
    out += written;
    queue.consume(written.size());
  }
  CHECK((in == out));
}

TEST_CASE("the rest of a queue can be taken at once") {
  OutputQueue queue;
  CHECK(queue.takeAll().empty());
  const std::string bytes = numbered(300'000);
  queue.append(bytes);
  queue.beginWrite();
  queue.consume(1000);
  CHECK((queue.takeAll() == bytes.substr(1000)));
  CHECK(queue.isEmpty());
  queue.append("again");
  CHECK(queue.beginWrite() == "again");
}

TEST_CASE("memory is kept while much is sent, and given back when little is") {
  OutputQueue queue;
  const auto send = [&queue](std::size_t size) {
    queue.append(numbered(size));
    while (!queue.isEmpty()) {
      queue.consume(queue.beginWrite().size());
    }
  };
  send(600'000);
  const std::size_t kept = queue.capacity();
  CHECK(kept >= 600'000);
  for (int i = 0; i < 100; ++i) {
    for (int small = 0; small < 10; ++small) {
      send(100);
    }
    send(100'000);
  }
  CHECK(queue.capacity() >= kept);
  for (int i = 0; i < 20; ++i) {
    send(100);
  }
  CHECK(queue.capacity() < 20'000);
  send(600'000);
  CHECK(queue.capacity() >= 600'000);
}
