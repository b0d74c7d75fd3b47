#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/file_bytes.hpp"
#include "support/temporary_folder.hpp"
#include "tool/series/archive_mark.hpp"
#include "tool/series/latest_archive.hpp"
#include "tool/series/name_template.hpp"
#include "tool/series/provisional_mark.hpp"
#include "tool/series/retention_rule.hpp"
#include "tool/series/series_archive.hpp"

using namespace wsferry::tool;
using Times = std::vector<std::time_t>;

namespace {

std::time_t at(const std::string& digits) {
  return NameTemplate("{date}{time}").match(digits).value().time;
}

Times timesOf(const std::vector<std::string>& digits) {
  Times times;
  for (const std::string& text : digits) {
    times.push_back(at(text));
  }
  return times;
}

const std::time_t someTime = at("20301231000000");

RetentionCounts only(std::optional<unsigned> RetentionCounts::*kind, unsigned count) {
  RetentionCounts counts;
  counts.*kind = count;
  return counts;
}

RetentionCounts last(unsigned count) {
  return only(&RetentionCounts::last, count);
}
RetentionCounts daily(unsigned count) {
  return only(&RetentionCounts::daily, count);
}
RetentionCounts weekly(unsigned count) {
  return only(&RetentionCounts::weekly, count);
}
RetentionCounts monthly(unsigned count) {
  return only(&RetentionCounts::monthly, count);
}

/// What stays of them, in their order, with the reasons.
std::vector<std::string> kept(const RetentionCounts& counts, const std::vector<std::string>& digits,
                              std::time_t now = someTime) {
  const auto reasons = RetentionRule(counts).decide(timesOf(digits), now);
  REQUIRE(reasons.size() == digits.size());
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    std::string line = digits[i];
    for (const std::string& reason : reasons[i]) {
      line += " " + reason;
    }
    if (!reasons[i].empty()) {
      lines.push_back(line);
    }
  }
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("the last ones stay, whatever their order") {
  CHECK(kept(last(2), {"20260103000000", "20260101000000", "20260102000000"}) ==
        Lines{"20260103000000 last", "20260102000000 last"});
  CHECK(kept(last(5), {"20260101000000"}) == Lines{"20260101000000 last"});
  CHECK(kept(last(1), {}).empty());
  // Not the oldest one as well: nothing of the count is left.
  CHECK(kept(last(1), {"20260101000000", "20260102000000"}) == Lines{"20260102000000 last"});
}

TEST_CASE("the newest of each day stays, and days without one do not count") {
  CHECK(kept(daily(2), {"20260101235959", "20260102000000", "20260102120000", "20260109000001"}) ==
        Lines{"20260102120000 daily", "20260109000001 daily"});
  // Midnight of UTC divides them.
  CHECK(kept(daily(5), {"20260101000000", "20260101235959", "20260102000000"}) ==
        Lines{"20260101000000 oldest daily", "20260101235959 daily", "20260102000000 daily"});
}

TEST_CASE("the oldest one stays while a count is not used up, as the start of a history") {
  const Lines day = {"20260101010000", "20260101020000", "20260101030000"};
  CHECK(kept(daily(1), day) == Lines{"20260101030000 daily"});
  CHECK(kept(daily(2), day) == Lines{"20260101010000 oldest daily", "20260101030000 daily"});
  CHECK(kept(monthly(3), day) == Lines{"20260101010000 oldest monthly", "20260101030000 monthly"});
}

TEST_CASE("weeks begin on Monday, also over the turn of a year") {
  // Sunday 27 December 2026, Monday 28, Thursday 31, Friday 1 January (still week 53), Monday 4.
  CHECK(kept(weekly(3), {"20261227235959", "20261228000000", "20261231000000", "20270101000000",
                         "20270103235959", "20270104000000"}) ==
        Lines{"20261227235959 weekly", "20270103235959 weekly", "20270104000000 weekly"});
  // Monday 29 December 2025 is of week 1 of 2026.
  CHECK(kept(weekly(2), {"20251228120000", "20251229000000", "20260101000000", "20260104000000"}) ==
        Lines{"20251228120000 weekly", "20260104000000 weekly"});
}

TEST_CASE("months are those of the calendar") {
  CHECK(kept(monthly(2), {"20251130235959", "20251201000000", "20251231235959", "20260131000000",
                          "20260228000000"}) ==
        Lines{"20260131000000 monthly", "20260228000000 monthly"});
  CHECK(kept(monthly(2), {"20250215000000", "20260215000000"}) ==
        Lines{"20250215000000 monthly", "20260215000000 monthly"});
}

TEST_CASE("counts add up, and one archive may stay for several reasons") {
  RetentionCounts counts;
  counts.last = 1;
  counts.daily = 2;
  counts.weekly = 2;
  counts.monthly = 2;
  CHECK(kept(counts, {"20260105000000", "20260131000000", "20260214000000", "20260215000000",
                      "20260216000000", "20260216010000"}) ==
        Lines{"20260131000000 monthly", "20260215000000 daily weekly",
              "20260216010000 last daily weekly monthly"});
}

TEST_CASE("what is dated in the future stays and does not count") {
  const std::time_t now = at("20260110000000");
  CHECK(kept(last(1), {"20260109000000", "20260110000000", "20260110000001", "20990101000000"},
             now) == Lines{"20260110000000 last", "20260110000001 dated in the future",
                           "20990101000000 dated in the future"});
  CHECK(kept(daily(1), {"20990101000000"}, now) == Lines{"20990101000000 dated in the future"});
}

TEST_CASE("of one second the later one in the order is the newer one") {
  CHECK(RetentionRule(last(1)).decide(timesOf({"20260101000000", "20260101000000"}), someTime) ==
        std::vector<RetentionRule::Reasons>{{}, {"last"}});
}

TEST_CASE("a count of nothing keeps nothing, and no count is not one of nothing") {
  CHECK_FALSE(RetentionCounts().areGiven());
  CHECK(daily(0).areGiven());
  CHECK_FALSE(daily(0).keepAny());
  CHECK(weekly(1).keepAny());
  RetentionCounts counts = daily(0);
  counts.last = 1;
  CHECK(counts.keepAny());
  CHECK(kept(counts, {"20260101000000", "20260102000000"}) == Lines{"20260102000000 last"});
}

TEST_CASE("a nightly series settles: what is kept one night is kept or outlived the next") {
  RetentionCounts counts;
  counts.daily = 7;
  counts.weekly = 4;
  counts.monthly = 6;
  const RetentionRule rule(counts);
  Times stored;
  std::time_t now = at("20250101013000");
  for (int night = 0; night < 500; ++night, now += 86'400) {
    stored.push_back(now);
    const auto reasons = rule.decide(stored, now);
    REQUIRE_FALSE(reasons.back().empty());
    Times left;
    for (std::size_t i = 0; i < stored.size(); ++i) {
      if (!reasons[i].empty()) {
        left.push_back(stored[i]);
      }
    }
    stored = left;
    REQUIRE(stored.size() <= 7 + 4 + 6);
    // This month, and the ends of the five before it.
    REQUIRE((night < 200 || stored.front() < now - 120 * 86'400));
  }
  CHECK(stored.size() >= 13);
}

TEST_CASE("whatever the times, the newest one that is not in the future stays") {
  std::mt19937 random(7);
  std::uniform_int_distribution<std::time_t> anyTime(-100'000'000, 2'000'000'000);
  for (int round = 0; round < 200; ++round) {
    Times times(1 + static_cast<std::size_t>(round % 9));
    for (std::time_t& time : times) {
      time = anyTime(random);
    }
    const std::time_t now = anyTime(random);
    for (const RetentionCounts& counts : {last(1), daily(1), weekly(2), monthly(3)}) {
      const auto reasons = RetentionRule(counts).decide(times, now);
      std::size_t newest = times.size();
      for (std::size_t i = 0; i < times.size(); ++i) {
        if (times[i] <= now && (newest == times.size() || times[i] > times[newest])) {
          newest = i;
        }
        CHECK((times[i] <= now || !reasons[i].empty()));
      }
      CHECK((newest == times.size() || !reasons[newest].empty()));
    }
  }
}

TEST_CASE("the latest archive is the newest one that is whole and not ahead of the clock") {
  const std::time_t now = at("20260601120000");
  const SeriesArchive old{"old", at("20260101000000")};
  const SeriesArchive newer{"newer", at("20260501000000")};
  const SeriesArchive marked{"marked", at("20260531000000")};
  const SeriesArchive tomorrow{"tomorrow", at("20260602120000")};
  const SeriesArchive ahead{"ahead", at("20260602120001")};
  const SeriesArchive farAhead{"farAhead", at("20990101000000")};
  const auto latest = [now](const std::vector<SeriesArchive>& archives) {
    return latestOf(archives, now,
                    [](const SeriesArchive& archive) { return archive.name == "marked"; });
  };
  CHECK(latest({}).name.empty());
  CHECK(latest({old, newer}).name == "newer");
  CHECK(latest({old, newer, marked}).name == "newer");
  CHECK(latest({marked}).name == "marked");
  CHECK(latest({old, tomorrow}).name == "tomorrow");
  CHECK(latest({old, tomorrow}).ahead.empty());
  CHECK(latest({old, ahead, farAhead}).name == "old");
  CHECK(latest({old, ahead, farAhead}).ahead == std::vector<std::string>{"ahead", "farAhead"});
  CHECK(latest({marked, farAhead}).name == "marked");
  CHECK(latest({ahead, farAhead}).name == "farAhead");
}

TEST_CASE("An archive that is not yet known to be whole is marked, and no earlier one is") {
  const support::TemporaryFolder folder;
  const std::string path = folder / "x.tar";
  const auto make = [&path](const std::string& bytes) {
    support::writeFile(path + ".new", bytes);
    std::filesystem::rename(path + ".new", path);
  };
  auto mark = std::make_unique<ProvisionalMark>(false);
  SECTION("a name that is free, and gets no archive") {
    mark->set(path);
    CHECK(isMarkedIncomplete(path));
    mark.reset();
    CHECK_FALSE(isMarkedIncomplete(path));
  }
  SECTION("an archive that nobody has judged") {
    mark->set(path);
    make("new");
    mark.reset();
    CHECK(isMarkedIncomplete(path));
  }
  SECTION("an archive that is to be judged") {
    mark->set(path);
    mark->keep();
    mark.reset();
    CHECK(isMarkedIncomplete(path));
  }
  SECTION("an empty file in place of which nothing came") {
    make("");
    mark->set(path);
    CHECK(isMarkedIncomplete(path));
    mark.reset();
    CHECK_FALSE(isMarkedIncomplete(path));
  }
  SECTION("an empty file that was replaced") {
    make("");
    mark->set(path);
    make("new");
    mark.reset();
    CHECK(isMarkedIncomplete(path));
  }
  SECTION("an earlier archive") {
    make("earlier");
    mark->set(path);
    CHECK_FALSE(isMarkedIncomplete(path));
  }
  SECTION("an earlier one that lacks something") {
    make("earlier");
    markIncomplete(path);
    mark->set(path);
    mark.reset();
    CHECK(isMarkedIncomplete(path));
  }
  SECTION("an archive that is given up before it has its name") {
    mark->set(path);
    mark->withdraw();
    CHECK_FALSE(isMarkedIncomplete(path));
    mark->set(path);
    CHECK_FALSE(isMarkedIncomplete(path));
  }
}
