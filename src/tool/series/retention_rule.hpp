#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

namespace wsferry::tool {

/// How many archives to keep. They add up: one that any of them keeps stays.
struct RetentionCounts {
  std::optional<unsigned> last;     ///< The newest ones.
  std::optional<unsigned> daily;    ///< The newest one of each of so many days that have one.
  std::optional<unsigned> weekly;   ///< Of ISO weeks, which begin on Monday.
  std::optional<unsigned> monthly;  ///< Of months.

  bool areGiven() const { return last || daily || weekly || monthly; }

  /// At least one archive of any series.
  bool keepAny() const {
    return last.value_or(0) + daily.value_or(0) + weekly.value_or(0) + monthly.value_or(0) > 0;
  }
};

/// Which archives of a series stay, with the meaning of restic's `forget`: going back from the
/// newest, each count is used up by one archive for each day, week or month that has any, so that
/// days without one do not count. As long as a count is not used up it also keeps the oldest one,
/// which becomes the first of longer histories. Days begin at midnight UTC.
class RetentionRule {
 public:
  using Reasons = std::vector<std::string>;

  explicit RetentionRule(const RetentionCounts& counts)
      : buckets_{{{"last", counts.last.value_or(0), numberOf},
                  {"daily", counts.daily.value_or(0), dayOf},
                  {"weekly", counts.weekly.value_or(0), weekOf},
                  {"monthly", counts.monthly.value_or(0), monthOf}}} {}

  /// Why each of the archives stays, in their order; no reason: it does not. What is later than
  /// `now` stays and does not count: a clock that was wrong must not push out what is real.
  std::vector<Reasons> decide(const std::vector<std::time_t>& times, std::time_t now) const {
    std::vector<Reasons> reasons(times.size());
    std::vector<std::size_t> past;
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (times[i] > now) {
        reasons[i].emplace_back("dated in the future");
      } else {
        past.push_back(i);
      }
    }
    // Of one second, the one that comes later in the order is the newer one.
    std::stable_sort(past.begin(), past.end(),
                     [&times](std::size_t a, std::size_t b) { return times[a] < times[b]; });
    std::reverse(past.begin(), past.end());
    std::array<Bucket, 4> buckets = buckets_;
    for (std::size_t place = 0; place < past.size(); ++place) {
      for (Bucket& bucket : buckets) {
        take(bucket, times[past[place]], place, place + 1 == past.size(), reasons[past[place]]);
      }
    }
    return reasons;
  }

 private:
  struct Bucket {
    const char* name;
    unsigned left;
    std::int64_t (*periodOf)(std::time_t time, std::size_t place);
    std::optional<std::int64_t> period = {};  ///< The one that was kept last.
  };

  static void take(Bucket& bucket, std::time_t time, std::size_t place, bool isOldest,
                   Reasons& reasons) {
    if (bucket.left == 0) {
      return;
    }
    const std::int64_t period = bucket.periodOf(time, place);
    const bool isNew = bucket.period != period;
    if (isNew || isOldest) {
      reasons.push_back(isNew ? bucket.name : std::string("oldest ") + bucket.name);
      bucket.period = period;
      --bucket.left;
    }
  }

  static std::int64_t numberOf(std::time_t, std::size_t place) {
    return static_cast<std::int64_t>(place);
  }
  static std::int64_t dayOf(std::time_t time, std::size_t) {
    constexpr std::int64_t day = 86'400;
    const std::int64_t seconds = time;
    return (seconds - (seconds < 0 ? day - 1 : 0)) / day;
  }
  static std::int64_t weekOf(std::time_t time, std::size_t place) {
    // 1970 began on a Thursday. Counted on from the first Monday of all.
    const std::int64_t days = dayOf(time, place) + 3;
    return (days - (days < 0 ? 6 : 0)) / 7;
  }
  static std::int64_t monthOf(std::time_t time, std::size_t) {
    std::tm parts{};
    gmtime_r(&time, &parts);
    return std::int64_t{parts.tm_year} * 12 + parts.tm_mon;
  }

  std::array<Bucket, 4> buckets_;
};

}  // namespace wsferry::tool
