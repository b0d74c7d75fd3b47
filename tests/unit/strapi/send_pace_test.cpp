#include "wsferry/strapi/detail/push/send_pace.hpp"

#include <deque>

#include "catch.hpp"

using namespace wsferry;
using namespace wsferry::strapi;
using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

/// A server that works on one batch after the other, at the far end of a line, fed as the pace has
/// it. Gives how long all batches take.
SendPace::Span transfer(SendPace& pace, SendPace::Span roundTrip, SendPace::Span work,
                        unsigned batches) {
  const SendPace::Time begin{};
  SendPace::Time now = begin;
  SendPace::Time idleFrom = begin;
  struct Sent {
    SendPace::Time sent, answered;
  };
  std::deque<Sent> inFlight;
  for (unsigned sent = 0; sent < batches || !inFlight.empty();) {
    if (sent < batches && inFlight.size() < pace.batchesInFlight()) {
      idleFrom = std::max(now + roundTrip / 2, idleFrom) + work;
      inFlight.push_back({now, idleFrom + roundTrip / 2});
      ++sent;
      continue;
    }
    now = std::max(now, inFlight.front().answered);
    pace.onAnswer(inFlight.front().sent, now);
    inFlight.pop_front();
  }
  return now - begin;
}

}  // namespace

TEST_CASE("before anything is known two batches are in flight") {
  SendPace pace;
  CHECK(pace.batchesInFlight() == 2);
  pace.setRoundTrip(milliseconds(100));
  CHECK(pace.batchesInFlight() == 2);
}

TEST_CASE("a server nearby gets one batch at a time") {
  SendPace pace;
  pace.setRoundTrip(milliseconds(1));
  transfer(pace, milliseconds(1), milliseconds(20), 20);
  CHECK(pace.batchesInFlight() == 1);
}

TEST_CASE("a server far away gets as many as hide the way") {
  SendPace pace;
  pace.setRoundTrip(milliseconds(100));
  const auto took = transfer(pace, milliseconds(100), milliseconds(20), 200);
  CHECK(pace.batchesInFlight() == 6);
  // 4 s of work; one at a time would take 24 s.
  CHECK(took < milliseconds(5'000));
}

TEST_CASE("a stage's batches are judged for themselves") {
  SendPace pace;
  pace.setRoundTrip(milliseconds(100));
  transfer(pace, milliseconds(100), milliseconds(500), 20);
  CHECK(pace.batchesInFlight() == 1);
  pace.onStage();
  CHECK(pace.batchesInFlight() == 2);
  transfer(pace, milliseconds(100), milliseconds(10), 100);
  CHECK(pace.batchesInFlight() == 11);
}

TEST_CASE("work that takes no time has a bound") {
  SendPace pace;
  pace.setRoundTrip(milliseconds(100));
  transfer(pace, milliseconds(100), microseconds(0), 100);
  CHECK(pace.batchesInFlight() > 64);
}
