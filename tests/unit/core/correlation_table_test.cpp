#include "wsferry/core/detail/liveness/correlation_table.hpp"

#include <map>
#include <memory>
#include <random>
#include <set>

#include "catch.hpp"

using namespace wsferry;
using namespace std::chrono_literals;

namespace {

using Table = CorrelationTable<int>;
using Verdict = Table::Verdict;

const TimePoint start{1h};

RetryMessageOptions retryOf(Duration timeout, unsigned repeats) {
  RetryMessageOptions retry;
  retry.retryMessageTimeout = timeout;
  retry.retryMessageMaxRetries = repeats;
  return retry;
}

}  // namespace

TEST_CASE("An entry leaves the table exactly once") {
  Table table(1h);
  const Uuid id = Uuid::random();
  REQUIRE(table.add(id, "text", {}, 7, start));
  CHECK_FALSE(table.add(id, "other", {}, 8, start));
  auto entry = table.take(id);
  REQUIRE(entry);
  CHECK(entry->completion == 7);
  CHECK(entry->text == "text");
  CHECK_FALSE(table.take(id));
  CHECK(table.size() == 0);
  CHECK_FALSE(table.nextDeadline());
  CHECK(table.due(start + 2h, Liveness::unknown).empty());
}

TEST_CASE("An entry can be looked at, and a refused completion is its owner's still") {
  CorrelationTable<std::unique_ptr<int>> table(10min);
  const Uuid id = Uuid::random();
  CHECK_FALSE(table.find(id));
  const auto* const added = table.add(id, "text", {}, std::make_unique<int>(7), start);
  REQUIRE(added);
  CHECK(added == table.find(id));
  CHECK(added->text == "text");
  auto refused = std::make_unique<int>(8);
  CHECK_FALSE(table.add(id, "other", {}, std::move(refused), start));
  REQUIRE(refused);
  CHECK(*refused == 8);
  CHECK(*table.take(id)->completion == 7);
  CHECK_FALSE(table.find(id));
}

TEST_CASE("With unknown liveness a message is repeated to the limit, then given up") {
  Table table(1h);
  const Uuid id = Uuid::random();
  REQUIRE(table.add(id, "text", retryOf(30s, 2), 1, start));
  CHECK(table.nextDeadline() == start + 30s);
  CHECK(table.due(start + 29s, Liveness::unknown).empty());

  for (int i = 1; i <= 2; ++i) {
    const auto due = table.due(start + i * 30s, Liveness::unknown);
    REQUIRE(due.size() == 1);
    CHECK(due[0].uuid == id);
    CHECK(due[0].verdict == Verdict::resend);
    CHECK(due[0].text == "text");
  }
  const auto last = table.due(start + 90s, Liveness::unknown);
  REQUIRE(last.size() == 1);
  CHECK(last[0].verdict == Verdict::timedOut);
  CHECK(table.take(id));
}

TEST_CASE("While the peer lives the wait goes on to the cap, and repeats are not counted") {
  Table table(10min);
  const Uuid id = Uuid::random();
  REQUIRE(table.add(id, "text", retryOf(30s, 1), 1, start));
  for (int i = 1; i < 20; ++i) {
    const auto due = table.due(start + i * 30s, Liveness::alive);
    REQUIRE(due.size() == 1);
    CHECK(due[0].verdict == Verdict::resend);
  }
  CHECK(table.nextDeadline() == start + 10min);
  const auto due = table.due(start + 10min, Liveness::alive);
  REQUIRE(due.size() == 1);
  CHECK(due[0].verdict == Verdict::timedOut);
}

TEST_CASE("A long message is never sent again, and given up as others are") {
  Table table(1h);
  RetryMessageOptions retry = retryOf(30s, 2);
  retry.resendSizeLimit = 10;
  const Uuid id = Uuid::random();
  REQUIRE(table.add(id, std::string(11, 'x'), retry, 1, start));
  for (const int i : {1, 2, 3, 4, 5}) {
    const auto due = table.due(start + i * 30s, i < 4 ? Liveness::alive : Liveness::unknown);
    REQUIRE(due.size() == 1);
    CHECK(due[0].verdict == Verdict::wait);
  }
  const auto due = table.due(start + 180s, Liveness::unknown);
  REQUIRE(due.size() == 1);
  CHECK(due[0].verdict == Verdict::timedOut);
  CHECK(table.take(id)->repeats == 0);
}

TEST_CASE("The longest time-out there is ends with the cap") {
  Table table(1h);
  REQUIRE(table.add(Uuid::random(), "text", retryOf(Duration::max(), 5), 1, start));
  CHECK(table.nextDeadline() == start + 1h);
}

TEST_CASE("A cap without an end is no mistake") {
  Table table(Duration::max());
  REQUIRE(table.add(Uuid::random(), "text", retryOf(Duration::max(), 5), 1, start));
  CHECK(table.nextDeadline() > start + 8'760h);
  CHECK(table.due(start + 8'760h, Liveness::unknown).empty());
}

TEST_CASE("The cap ends a wait that is shorter than one retry time-out") {
  Table table(10s);
  REQUIRE(table.add(Uuid::random(), "text", retryOf(30s, 5), 1, start));
  CHECK(table.nextDeadline() == start + 10s);
  const auto due = table.due(start + 10s, Liveness::unknown);
  REQUIRE(due.size() == 1);
  CHECK(due[0].verdict == Verdict::timedOut);
}

TEST_CASE("A time-out of nothing still lets time pass between repeats") {
  Table table(1h);
  REQUIRE(table.add(Uuid::random(), "text", retryOf(0s, 1), 1, start));
  CHECK(table.due(start + 1ms, Liveness::alive).size() == 1);
  CHECK(table.nextDeadline() == start + 2ms);
}

TEST_CASE("A connection that is over takes everything out") {
  Table table(1h);
  std::set<int> expected;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(table.add(Uuid::random(), "text", {}, int{i}, start));
    expected.insert(i);
  }
  std::set<int> seen;
  while (const auto entry = table.takeAny()) {
    seen.insert(entry->completion);
  }
  CHECK(seen == expected);
  CHECK(table.size() == 0);
  CHECK_FALSE(table.nextDeadline());
}

TEST_CASE("Under random use it agrees with a table that looks at every entry") {
  std::mt19937 random(20260101);
  Table table(1h);
  struct Model {
    TimePoint deadline;
    Duration timeout;
    unsigned repeats = 0;
  };
  std::map<std::string, Model> model;
  TimePoint now = start;
  for (int step = 0; step < 5000; ++step) {
    const auto action = random() % 10;
    if (action < 5) {
      const Uuid id = Uuid::random();
      const Duration timeout{1000 + random() % 20000};
      REQUIRE(table.add(id, "t", retryOf(timeout, 2), int{step}, now));
      model[id.toString()] = {now + timeout, timeout, 0};
    } else if (action < 8 && !model.empty()) {
      auto victim = model.begin();
      std::advance(victim, random() % model.size());
      REQUIRE(table.take(*Uuid::parse(victim->first)));
      model.erase(victim);
    } else {
      now += Duration{random() % 3000};
      std::set<std::string> expected;
      for (auto& [id, entry] : model) {
        if (entry.deadline <= now) {
          expected.insert(id);
        }
      }
      std::set<std::string> actual;
      for (const auto& due : table.due(now, Liveness::unknown)) {
        const std::string id = due.uuid.toString();
        actual.insert(id);
        Model& entry = model.at(id);
        const bool isLast = entry.repeats == 2;
        REQUIRE((due.verdict == Verdict::timedOut) == isLast);
        if (isLast) {
          REQUIRE(table.take(due.uuid));
          model.erase(id);
        } else {
          ++entry.repeats;
          entry.deadline = now + entry.timeout;
        }
      }
      REQUIRE(actual == expected);
    }
    REQUIRE(table.size() == model.size());
    std::optional<TimePoint> earliest;
    for (const auto& [id, entry] : model) {
      earliest = earliest ? std::min(*earliest, entry.deadline) : entry.deadline;
    }
    REQUIRE(table.nextDeadline() == earliest);
  }
}
