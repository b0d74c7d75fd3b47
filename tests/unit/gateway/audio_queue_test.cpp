#include "wsferry/gateway/detail/session/audio_queue.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <atomic>
#include <thread>

#include "catch.hpp"

using namespace wsferry;
using namespace wsferry::gateway;

namespace {

struct Fixture {
  asio::io_context context;
  std::shared_ptr<AudioQueue> queue;
  std::vector<std::string> results;  ///< `NAME` or `NAME: error`, as they complete.

  void make(std::size_t limit, WhenFull whenFull) {
    queue = std::make_shared<AudioQueue>(limit, whenFull);
  }

  auto handler(const std::string& name) {
    return [this, name](const std::error_code& error) {
      results.push_back(error ? name + ": " + error.message() : name);
    };
  }

  bool offer(std::string bytes, const std::string& name = "taken") {
    const bool awaited = queue->offer(
        std::move(bytes), Completion<std::error_code>(handler(name), context.get_executor()));
    run();
    return awaited;
  }

  std::string take() {
    auto piece = queue->take();
    run();
    return piece ? std::move(piece->bytes) : "nothing";
  }

  void run() {
    context.restart();
    context.poll();
  }
};

std::string of(std::size_t size, char c = 'a') {
  return std::string(size, c);
}

std::string messageOf(Errc value) {
  return make_error_code(value).message();
}

}  // namespace

TEST_CASE_METHOD(Fixture, "audio comes out in order, one piece per offer") {
  make(100, WhenFull::block);
  offer("one");
  offer("two");
  CHECK(results == std::vector<std::string>{"taken", "taken"});
  CHECK(queue->counters().queued == 6);
  CHECK(take() == "one");
  CHECK(take() == "two");
  CHECK(take() == "nothing");
  CHECK(queue->counters().taken == 6);
  CHECK(queue->isEmpty());
}

TEST_CASE_METHOD(Fixture, "long audio comes out in pieces, and none is empty") {
  make(1 << 20, WhenFull::block);
  constexpr std::size_t piece = AudioPiece::maxSize;
  const std::size_t size = GENERATE(piece + 0, piece + 1, 2 * piece, 3 * piece - 1);
  std::string audio;
  for (std::size_t i = 0; i < size; ++i) {
    audio += static_cast<char>('a' + i % 23);
  }
  offer(audio);
  offer("next");
  std::string out;
  for (auto part = queue->take(); part && part->bytes != "next"; part = queue->take()) {
    CHECK(!part->bytes.empty());
    CHECK(part->bytes.size() <= piece);
    out += part->bytes;
  }
  CHECK((out == audio));
  CHECK(queue->isEmpty());
  CHECK(queue->counters().taken == size + 4);
}

TEST_CASE_METHOD(Fixture, "empty audio is nothing") {
  make(10, WhenFull::block);
  CHECK(take() == "nothing");
  CHECK_FALSE(offer(""));
  CHECK(results == std::vector<std::string>{"taken"});
  CHECK(take() == "nothing");
}

TEST_CASE_METHOD(Fixture, "an empty queue takes any audio") {
  make(10, GENERATE(WhenFull::block, WhenFull::reject, WhenFull::dropOldest));
  offer(of(1000));
  CHECK(results == std::vector<std::string>{"taken"});
  CHECK(take().size() == 1000);
}

TEST_CASE_METHOD(Fixture, "who takes is told of more once, after it found nothing") {
  make(100, WhenFull::block);
  CHECK_FALSE(offer("before"));
  take();
  CHECK(take() == "nothing");
  CHECK(offer("first"));
  CHECK_FALSE(offer("second"));
}

TEST_CASE_METHOD(Fixture, "a full queue lets offers wait, and admits them in order") {
  make(10, WhenFull::block);
  offer(of(4, 'a'), "a");
  offer(of(6, 'b'), "b");
  offer(of(6, 'c'), "c");
  offer(of(1, 'd'), "d");
  CHECK(results == std::vector<std::string>{"a", "b"});
  CHECK(take() == of(4, 'a'));
  CHECK(results.size() == 2);
  CHECK(take() == of(6, 'b'));
  CHECK(results == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(take() == of(6, 'c'));
  CHECK(take() == "d");
  CHECK(queue->counters().dropped == 0);
}

TEST_CASE_METHOD(Fixture, "a full queue rejects, and keeps what it has") {
  make(10, WhenFull::reject);
  offer(of(8), "a");
  offer(of(3), "b");
  offer(of(2), "c");
  CHECK(results == std::vector<std::string>{"a", "b: " + messageOf(Errc::queueFull), "c"});
  CHECK(queue->counters().queued == 10);
  CHECK(queue->counters().dropped == 0);
}

TEST_CASE_METHOD(Fixture, "a full queue drops what waits longest, and counts it") {
  make(10, WhenFull::dropOldest);
  offer(of(4, 'a'));
  offer(of(4, 'b'));
  offer(of(4, 'c'));
  CHECK(queue->counters().dropped == 4);
  CHECK(take() == of(4, 'b'));
  SECTION("all of it for audio that is larger than the queue") {
    offer(of(11, 'd'));
    CHECK(queue->counters().dropped == 8);
    CHECK(take() == of(11, 'd'));
  }
  SECTION("the rest of audio that was taken in part") {
    take();
    offer(of(AudioPiece::maxSize + 5, 'x'));
    take();
    offer(of(6, 'y'));
    CHECK(queue->counters().dropped == 4 + 5);
    CHECK(take() == of(6, 'y'));
  }
}

TEST_CASE_METHOD(Fixture, "a closed queue refuses offers and gives out what it has") {
  make(10, WhenFull::block);
  offer(of(10, 'a'), "a");
  offer(of(5, 'b'), "b");
  queue->close(Errc::invalidState);
  queue->close(Errc::connectionLost);
  offer("c", "c");
  offer("", "d");
  const std::string refused = ": " + messageOf(Errc::invalidState);
  CHECK(results == std::vector<std::string>{"a", "c" + refused, "d" + refused});
  CHECK_FALSE(queue->isEmpty());
  CHECK(take() == of(10, 'a'));
  CHECK(results.back() == "b");
  CHECK(take() == of(5, 'b'));
  CHECK(queue->isEmpty());
}

TEST_CASE_METHOD(Fixture, "dropping counts everything that was offered, and ends what waits") {
  make(10, WhenFull::block);
  offer(of(AudioPiece::maxSize + 7), "a");
  take();
  offer(of(5), "b");
  queue->drop(Errc::remoteFailed);
  offer("c", "c");
  const std::string failed = ": " + messageOf(Errc::remoteFailed);
  CHECK(results == std::vector<std::string>{"a", "b" + failed, "c" + failed});
  CHECK(queue->counters().taken == AudioPiece::maxSize);
  CHECK(queue->counters().dropped == 7 + 5);
  CHECK(queue->counters().queued == 0);
  CHECK(take() == "nothing");
}

TEST_CASE_METHOD(Fixture, "an offer that waits can be cancelled, and is not counted") {
  make(10, WhenFull::block);
  offer(of(10), "a");
  asio::cancellation_signal signal;
  CHECK_FALSE(queue->offer(
      of(9), Completion<std::error_code>(asio::bind_cancellation_slot(signal.slot(), handler("b")),
                                         context.get_executor())));
  offer(of(2), "c");
  signal.emit(asio::cancellation_type::terminal);
  run();
  CHECK(results == std::vector<std::string>{"a", "b: " + messageOf(Errc::cancelled)});
  CHECK(take() == of(10));
  CHECK(take() == of(2));
  CHECK(take() == "nothing");
  queue->drop(Errc::cancelled);
  CHECK(queue->counters().dropped == 0);
  CHECK(results.size() == 3);
}

TEST_CASE_METHOD(Fixture, "a blocking caller learns whether it has to wait") {
  make(10, WhenFull::block);
  bool awaited = true;
  std::string bytes = of(10);
  CHECK(queue->tryOffer(bytes, awaited) == std::error_code());
  CHECK_FALSE(awaited);
  bytes = "more";
  CHECK_FALSE(queue->tryOffer(bytes, awaited).has_value());
  CHECK(bytes == "more");
  take();
  take();
  CHECK(queue->tryOffer(bytes, awaited) == std::error_code());
  CHECK(awaited);
  queue->close(Errc::invalidState);
  CHECK(queue->tryOffer(bytes, awaited) == make_error_code(Errc::invalidState));
}

TEST_CASE("every byte that threads offer is taken or dropped, once") {
  const auto whenFull = GENERATE(WhenFull::block, WhenFull::reject, WhenFull::dropOldest);
  const auto queue = std::make_shared<AudioQueue>(4096, whenFull);
  asio::io_context context;
  std::atomic<std::uint64_t> refused{0};
  std::atomic<int> completions{0};
  constexpr int threads = 3;
  constexpr int offers = 300;
  constexpr std::size_t size = 1000;
  std::vector<std::thread> producers;
  for (int i = 0; i < threads; ++i) {
    producers.emplace_back([&] {
      for (int k = 0; k < offers; ++k) {
        // Taken all the time, so that nobody has to be told.
        static_cast<void>(queue->offer(of(size), Completion<std::error_code>(
                                                     [&](const std::error_code& error) {
                                                       refused += error ? size : 0;
                                                       ++completions;
                                                     },
                                                     context.get_executor())));
      }
    });
  }
  std::atomic<bool> done{false};
  std::thread consumer([&] {
    while (!done) {
      static_cast<void>(queue->take());
    }
    while (queue->take()) {
    }
  });
  for (auto& producer : producers) {
    producer.join();
  }
  done = true;
  consumer.join();
  context.run();
  const auto counters = queue->counters();
  CHECK(completions == threads * offers);
  CHECK(counters.taken + counters.dropped + refused == threads * offers * size);
  CHECK(counters.queued == 0);
  CHECK((whenFull != WhenFull::block || counters.taken == threads * offers * size));
}

TEST_CASE_METHOD(Fixture, "audio is gathered where messages have a least size") {
  queue = std::make_shared<AudioQueue>(1'000, WhenFull::block, AudioPiece::Size{10, 40});
  offer(of(12));
  CHECK(take() == "nothing");
  CHECK(offer(of(9, 'b')));
  // As much stays as a last message needs.
  CHECK(take() == of(11));
  CHECK(take() == "nothing");
  offer(of(90, 'c'));
  CHECK(take().size() == 40);
  CHECK(take().size() == 40);
  CHECK(take() == of(10, 'c'));
  CHECK(take() == "nothing");
  queue->close(Errc::invalidState);
  CHECK(take() == of(10, 'c'));
  CHECK(queue->isEmpty());
}

TEST_CASE_METHOD(Fixture, "the last piece is short only where there is too little audio") {
  queue = std::make_shared<AudioQueue>(1'000, WhenFull::block, AudioPiece::Size{10, 40});
  offer(of(45));
  queue->close(Errc::invalidState);
  CHECK(take().size() == 35);
  CHECK(take().size() == 10);
  CHECK(queue->isEmpty());
}

TEST_CASE_METHOD(Fixture, "a queue with too little for a piece takes any offer") {
  queue = std::make_shared<AudioQueue>(15, WhenFull::block, AudioPiece::Size{10, 40});
  offer(of(12), "small");
  CHECK(take() == "nothing");
  CHECK(offer(of(50, 'b'), "large"));
  CHECK(results == std::vector<std::string>{"small", "large"});
  offer(of(1, 'c'), "waiting");
  CHECK(take().size() == 40);
  CHECK(take().size() == 12);
  CHECK(results.back() == "waiting");
}

TEST_CASE_METHOD(Fixture, "a message keeps its place in the audio, and is none") {
  queue = std::make_shared<AudioQueue>(1'000, WhenFull::block, AudioPiece::Size{10, 40});
  bool awaited = false;
  offer(of(12));
  CHECK(take() == "nothing");
  CHECK_FALSE(queue->offerMessage("flush", AudioPiece::Kind::flush, awaited));
  CHECK(awaited);
  offer(of(3, 'b'));
  CHECK(queue->counters().queued == 15);
  CHECK(take() == of(12));
  const auto message = queue->take();
  REQUIRE(message);
  CHECK(message->kind == AudioPiece::Kind::flush);
  CHECK(message->bytes == "flush");
  CHECK(take() == "nothing");
  CHECK(queue->counters().taken == 12);
}

TEST_CASE_METHOD(Fixture, "messages are bounded, and stay where audio is dropped") {
  make(10, WhenFull::dropOldest);
  bool awaited = false;
  offer(of(6));
  CHECK_FALSE(queue->offerMessage(of(8, 'm'), AudioPiece::Kind::text, awaited));
  CHECK(queue->offerMessage(of(3, 'm'), AudioPiece::Kind::text, awaited) == Errc::queueFull);
  offer(of(9, 'b'));
  CHECK(queue->counters().dropped == 6);
  CHECK(take() == of(8, 'm'));
  CHECK(take() == of(9, 'b'));
  queue->close(Errc::invalidState);
  CHECK(queue->offerMessage("m", AudioPiece::Kind::text, awaited) == Errc::invalidState);
}

TEST_CASE_METHOD(Fixture,
                 "what is expected keeps a queue open, and is dropped with it to the byte") {
  make(10, GENERATE(WhenFull::block, WhenFull::reject, WhenFull::dropOldest));
  const auto offerExpected = [&](std::string bytes, const std::string& name) {
    static_cast<void>(queue->offerExpected(
        std::move(bytes), Completion<std::error_code>(handler(name), context.get_executor())));
    run();
  };
  CHECK(queue->expect(25));
  CHECK_FALSE(queue->isEmpty());
  queue->close(Errc::invalidState);
  CHECK_FALSE(queue->expect(1));
  offer("audio", "other");
  CHECK(results.back() == "other: " + messageOf(Errc::invalidState));
  offerExpected(of(8), "1");
  offerExpected(of(7, 'b'), "2");
  CHECK(results.back() == "1");
  SECTION("all of it comes") {
    CHECK(take() == of(8));
    CHECK(results.back() == "2");
    CHECK(take() == of(7, 'b'));
    CHECK_FALSE(queue->isEmpty());
    offerExpected(of(10, 'c'), "3");
    CHECK(take() == of(10, 'c'));
    CHECK(queue->isEmpty());
  }
  SECTION("no more comes") {
    take();
    take();
    queue->expectNoMore();
    CHECK(queue->isEmpty());
  }
  SECTION("it is dropped while some of it waits for room") {
    CHECK(queue->drop(Errc::cancelled) == 25);
    run();
    CHECK(results.back() == "2: " + messageOf(Errc::cancelled));
    offerExpected(of(10, 'c'), "3");
    CHECK(results.back() == "3: " + messageOf(Errc::cancelled));
    CHECK(queue->counters().dropped == 25);
    CHECK(queue->isEmpty());
  }
}
