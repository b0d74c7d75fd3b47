#include "wsferry/strapi/detail/push/batch_flow.hpp"

#include <string>

#include "catch.hpp"

using namespace wsferry;
using namespace wsferry::strapi;
using std::chrono::milliseconds;

namespace {

constexpr BatchWindow wide{100, 1000};

struct Flow {
  BatchFlow flow;
  std::optional<SendPace::Span> roundTrip;
  TimePoint now{std::chrono::hours(1)};

  Flow() { flow.setWindow(wide); }

  bool isReady(std::size_t bytes = 10) { return flow.isReadyFor(bytes, roundTrip); }
  std::uint64_t send(std::size_t bytes = 10, TransferStage stage = TransferStage::entities) {
    return flow.add(bytes, stage, "contents");
  }
  void answer(std::uint64_t number, std::error_code error = {}, Duration took = milliseconds(1)) {
    ErrorInfo info;
    info.message = error ? "failed" : "";
    const TimePoint sent = now;
    now += took;
    flow.onOver(number, error, std::move(info), sent, now);
  }
  /// Sends as long as it may; how many.
  unsigned fill() {
    unsigned sent = 0;
    for (; isReady(1) && sent < 200; ++sent) {
      static_cast<void>(send(1));
    }
    return sent;
  }
  std::error_code failure() const {
    try {
      flow.throwIfFailed();
      return {};
    } catch (const Error& error) {
      return error.code();
    }
  }
};

}  // namespace

TEST_CASE("without a window one batch is in flight") {
  BatchFlow flow;
  CHECK(flow.isDrained());
  CHECK(flow.isReadyFor(1'000'000, {}));
  static_cast<void>(flow.add(1'000'000, TransferStage::entities, {}));
  CHECK_FALSE(flow.isReadyFor(1, {}));
  CHECK_FALSE(flow.isDrained());
}

TEST_CASE_METHOD(Flow, "two batches are in flight as long as nothing is known of the server") {
  CHECK(fill() == 2);
}

TEST_CASE_METHOD(Flow, "the pace lets as many follow as hide the round trip") {
  roundTrip = milliseconds(10);
  for (int i = 0; i < 50; ++i) {
    REQUIRE(isReady());
    answer(send(), {}, milliseconds(11));  // 1 ms of work
  }
  CHECK(fill() > 8);
  SECTION("until another stage begins") {
    Flow other;
    other.roundTrip = milliseconds(10);
    REQUIRE(other.isReady());
    other.answer(other.send(), {}, milliseconds(11));
    other.flow.onStage();
    CHECK(other.fill() == 2);
  }
}

TEST_CASE_METHOD(Flow, "the window limits what the pace would send, in number and bytes") {
  roundTrip = milliseconds(100);
  for (int i = 0; i < 50; ++i) {
    REQUIRE(isReady());
    answer(send(), {}, milliseconds(100));
  }
  SECTION("number") {
    CHECK(fill() == wide.batches);
  }
  SECTION("bytes") {
    static_cast<void>(send(600));
    CHECK(isReady(400));
    CHECK_FALSE(isReady(401));
  }
}

TEST_CASE_METHOD(Flow, "behind a failure nothing follows, and the first one counts") {
  const auto first = send();
  const auto second = send();
  answer(second, Errc::connectionLost);
  // What became of the first is to be heard before.
  CHECK_FALSE(isReady());
  CHECK_FALSE(flow.isDrained());
  CHECK_FALSE(failure());
  answer(first, Errc::remoteFailed);
  CHECK(isReady());
  CHECK(flow.isDrained());
  CHECK(failure() == Errc::remoteFailed);
}

TEST_CASE_METHOD(Flow, "a failure is told with its stage, and with the contents if it is theirs") {
  const bool isAsset = GENERATE(true, false);
  const std::error_code error =
      GENERATE(make_error_code(Errc::remoteFailed), make_error_code(Errc::timedOut),
               make_error_code(Errc::connectionLost));
  answer(send(10, isAsset ? TransferStage::assets : TransferStage::links), error);
  try {
    flow.throwIfFailed();
    FAIL("no failure");
  } catch (const Error& thrown) {
    CHECK(thrown.code() == error);
    CHECK(thrown.info().message == "failed");
    CHECK(thrown.info().stage == (isAsset ? "assets" : "links"));
    CHECK(thrown.info().subject == (error == Errc::connectionLost ? "" : "contents"));
  }
}

TEST_CASE_METHOD(Flow, "a push is drained when all are answered") {
  const auto first = send();
  const auto second = send();
  answer(first);
  CHECK_FALSE(flow.isDrained());
  answer(second);
  CHECK(flow.isDrained());
  CHECK_FALSE(failure());
}
