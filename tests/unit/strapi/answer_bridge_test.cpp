#include "wsferry/strapi/detail/dispatch/answer_bridge.hpp"

#include <cstdlib>
#include <future>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "wsferry/strapi/detail/push/batch_end.hpp"

namespace {
thread_local bool isMemoryGone = false;
}

void* operator new(std::size_t size) {
  void* const memory = isMemoryGone ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return isMemoryGone ? nullptr : std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

using namespace wsferry;
using namespace wsferry::strapi;

namespace {

using Text = std::string;

/// A handler that is destroyed because the memory to complete it is gone.
template <class End>
void loseForLackOfMemory(End end) {
  try {
    const End lost = std::move(end);
    isMemoryGone = true;
    throw std::bad_alloc();
  } catch (const std::bad_alloc&) {
    isMemoryGone = false;
  }
}

struct Fixture {
  std::shared_ptr<AnswerBridge> bridge = std::make_shared<AnswerBridge>();
  const TimePoint past = Clock::now() - std::chrono::hours(1);
  const TimePoint never = Clock::now() + std::chrono::hours(1);

  std::shared_ptr<Call<Text>> begin() {
    auto call = std::make_shared<Call<Text>>();
    bridge->begin(*call);
    return call;
  }
  CallEnd<Text> endOf(const std::shared_ptr<Call<Text>>& call) const { return {bridge, call}; }

  bool isOver(const std::shared_ptr<Call<Text>>& call) const {
    const auto lock = bridge->lock();
    return call->isOver;
  }

  std::error_code errorOfWait(const std::shared_ptr<Call<Text>>& call) const {
    try {
      const auto lock = bridge->wait([&call] { return call->isOver; });
      return {};
    } catch (const Error& error) {
      return error.code();
    }
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an answer that is there is not waited for") {
  const auto call = begin();
  endOf(call)({}, "answer");
  const auto lock = bridge->wait([&call] { return call->isOver; });
  CHECK(call->result == "answer");
  CHECK_FALSE(call->error);
}

TEST_CASE_METHOD(Fixture, "who waits is woken by the answer, from another thread") {
  const auto call = begin();
  std::thread connection([&] { endOf(call)(Errc::timedOut, "late"); });
  {
    const auto lock = bridge->wait([&call] { return call->isOver; });
    CHECK(call->error == Errc::timedOut);
    CHECK(call->result == "late");
  }
  connection.join();
}

TEST_CASE_METHOD(Fixture, "any change has who waits look again") {
  int places = 0;
  std::thread connection([&] { bridge->change([&places](AnswerLedger&) { ++places; }); });
  {
    const auto lock = bridge->waitAnyway([&places] { return places == 1; });
    CHECK(places == 1);
  }
  connection.join();
}

TEST_CASE_METHOD(Fixture, "an interruption ends a wait, and counts more than an answer") {
  const auto call = begin();
  SECTION("while it waits") {
    auto waiting = std::async(std::launch::async, [&] { return errorOfWait(call); });
    bridge->interrupt();
    CHECK(waiting.get() == Errc::cancelled);
  }
  SECTION("before it") {
    bridge->interrupt();
    endOf(call)({}, "answer");
    CHECK(errorOfWait(call) == Errc::cancelled);
  }
  CHECK_THROWS_AS(bridge->throwIfInterrupted(), Error);
}

TEST_CASE_METHOD(Fixture, "a wait to a deadline, or to an end of its own, is not interrupted") {
  const auto call = begin();
  bridge->interrupt();
  {
    const auto lock = bridge->waitUntil(past, [&call] { return call->isOver; });
    CHECK_FALSE(call->isOver);
  }
  std::thread connection([&] { endOf(call)({}, "answer"); });
  SECTION("to a deadline") {
    const auto lock = bridge->waitUntil(never, [&call] { return call->isOver; });
    CHECK(call->result == "answer");
  }
  SECTION("to its end") {
    const auto lock = bridge->waitAnyway([&call] { return call->isOver; });
    CHECK(call->result == "answer");
  }
  connection.join();
}

TEST_CASE_METHOD(Fixture, "everything is answered when the last answer is there") {
  CHECK(bridge->waitUntilAnswered(past));
  const auto first = begin();
  const auto second = begin();
  endOf(second)({}, {});
  CHECK_FALSE(bridge->waitUntilAnswered(past));
  SECTION("with a success") {
    std::thread connection([&] { endOf(first)({}, {}); });
    CHECK(bridge->waitUntilAnswered(never));
    connection.join();
  }
  SECTION("with a failure of the server's") {
    endOf(first)(Errc::remoteFailed, {});
    CHECK(bridge->waitUntilAnswered(never));
  }
  SECTION("not without an answer") {
    endOf(first)(Errc::timedOut, {});
    CHECK_FALSE(bridge->waitUntilAnswered(never));
  }
}

TEST_CASE_METHOD(Fixture, "an end that is destroyed unused is a call that was cancelled, once") {
  const auto call = begin();
  SECTION("unused") {
    { const CallEnd<Text> end = endOf(call); }
    CHECK(isOver(call));
    CHECK(call->error == Errc::cancelled);
    CHECK_FALSE(bridge->waitUntilAnswered(never));
  }
  SECTION("moved, then used") {
    CallEnd<Text> end = endOf(call);
    {
      CallEnd<Text> moved = std::move(end);
      CHECK_FALSE(isOver(call));
      moved({}, "answer");
    }
    CHECK(call->result == "answer");
    CHECK_FALSE(call->error);
    CHECK(bridge->waitUntilAnswered(never));
  }
}

TEST_CASE_METHOD(Fixture, "an end that lack of memory destroys is told without any") {
  const auto call = begin();
  loseForLackOfMemory(endOf(call));
  CHECK(isOver(call));
  CHECK(call->error == Errc::outOfResources);
}

TEST_CASE_METHOD(Fixture, "a batch whose end is destroyed has failed, and nobody waits for it") {
  const auto flow = std::make_shared<BatchFlow>();
  std::uint64_t number = 0;
  {
    const auto lock = bridge->lock();
    number = flow->add(10, TransferStage::entities, "contents");
    bridge->ledger().onSent();
  }
  BatchEnd end({bridge, flow, number});
  Errc expected = Errc::cancelled;
  SECTION("unused") {
    { const BatchEnd unused = std::move(end); }
  }
  SECTION("for lack of memory") {
    loseForLackOfMemory(std::move(end));
    expected = Errc::outOfResources;
  }
  const auto lock = bridge->lock();
  CHECK(flow->isDrained());
  CHECK(flow->isReadyFor(10, {}));
  CHECK(bridge->ledger().isSettled());
  try {
    flow->throwIfFailed();
    FAIL("it has not failed");
  } catch (const Error& error) {
    CHECK(error.code() == expected);
  }
}

TEST_CASE_METHOD(Fixture, "a call of this side's own is no answer of the server") {
  const auto call = std::make_shared<Call<Text>>();
  endOf(call)(Errc::connectionLost);
  CHECK(isOver(call));
  CHECK(bridge->waitUntilAnswered(never));
  const auto lock = bridge->lock();
  CHECK_FALSE(bridge->ledger().roundTrip());
}

TEST_CASE_METHOD(Fixture, "a bridge outlives who waited as long as a call is under way") {
  const auto call = begin();
  std::weak_ptr<AnswerBridge> weak = bridge;
  {
    CallEnd<Text> end = endOf(call);
    bridge.reset();
    CHECK_FALSE(weak.expired());
    end({}, "late");
  }
  CHECK(weak.expired());
  CHECK(call->result == "late");
}

TEST_CASE("a ledger knows what is under way, and what will never be answered") {
  AnswerLedger ledger;
  CHECK(ledger.isAnswered());
  CHECK(ledger.isSettled());
  ledger.onSent();
  ledger.onSent();
  CHECK_FALSE(ledger.isAnswered());
  CHECK_FALSE(ledger.isSettled());
  SECTION("answers") {
    ledger.onOver({});
    CHECK_FALSE(ledger.isSettled());
    ledger.onOver(Errc::remoteFailed);
    CHECK(ledger.isAnswered());
    CHECK(ledger.isSettled());
  }
  SECTION("one is missing: that is settled at once, and for good") {
    ledger.onOver(Errc::connectionLost);
    CHECK(ledger.isSettled());
    CHECK_FALSE(ledger.isAnswered());
    ledger.onOver({});
    CHECK(ledger.isSettled());
    CHECK_FALSE(ledger.isAnswered());
  }
}

TEST_CASE("a wait ends with what it is for, or when nobody waits any more") {
  AnswerLedger ledger;
  CHECK_FALSE(ledger.endsWait(false));
  CHECK(ledger.endsWait(true));
  CHECK_FALSE(ledger.isInterrupted());
  ledger.interrupt();
  CHECK(ledger.endsWait(false));
  CHECK(ledger.isInterrupted());
}

TEST_CASE("the shortest round trip counts") {
  AnswerLedger ledger;
  CHECK_FALSE(ledger.roundTrip());
  for (const int each : {30, 10, 20}) {
    ledger.onRoundTrip(std::chrono::milliseconds(each));
  }
  CHECK(ledger.roundTrip() == AnswerLedger::Span(std::chrono::milliseconds(10)));
}
