#pragma once

#include <ctime>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "tool/series/series_archive.hpp"

namespace wsferry::tool {

/// Whether an archive cannot have been made when its name says: a clock was wrong, or somebody has
/// renamed it. A day more may be another clock that is a little wrong.
inline bool isAheadOfClock(const SeriesArchive& archive, std::time_t now) {
  return archive.time > now + std::time_t{86'400};
}

/// What a series offers as its newest archive.
struct LatestArchive {
  std::string name;                ///< Empty if there is none.
  std::vector<std::string> ahead;  ///< Those that are dated ahead of the clock.
};

/// The newest one of `archives`, which are sorted by time. One that is marked as incomplete is
/// behind all that are not, and one that is ahead of the clock behind both: it would stay the
/// newest for good.
inline LatestArchive latestOf(const std::vector<SeriesArchive>& archives, std::time_t now,
                              const std::function<bool(const SeriesArchive&)>& isIncomplete) {
  LatestArchive latest;
  std::tuple<bool, bool> best;
  for (const SeriesArchive& archive : archives) {
    const bool isAhead = isAheadOfClock(archive, now);
    const std::tuple<bool, bool> rank(!isAhead, !isIncomplete(archive));
    if (latest.name.empty() || rank >= best) {
      latest.name = archive.name;
      best = rank;
    }
    if (isAhead) {
      latest.ahead.push_back(archive.name);
    }
  }
  return latest;
}

}  // namespace wsferry::tool
