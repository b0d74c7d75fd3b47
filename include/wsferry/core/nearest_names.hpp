#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wsferry {

/// By how many letters two names differ: inserted, omitted, replaced, or swapped with the next one.
[[nodiscard]] inline std::size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> beforeLast;
  std::vector<std::size_t> last(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    last[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], beforeLast[j - 2] + 1);
      }
    }
    beforeLast = std::exchange(last, std::move(row));
  }
  return last.back();
}

/// The names that somebody may have meant by `typed`, nearest first, at most `most`: those that
/// differ by a third of its letters or less. None if it is longer than any of them could be.
[[nodiscard]] inline std::vector<std::string> nearestNames(std::string_view typed,
                                                           const std::vector<std::string>& names,
                                                           std::size_t most = 3) {
  // At least one, for short names: `-u` and `-o`.
  const std::size_t farthest = std::max<std::size_t>(1, typed.size() / 3);
  std::vector<std::pair<std::size_t, std::string>> found;
  for (const std::string& name : names) {
    const bool isLonger = name.size() > typed.size();
    if ((isLonger ? name.size() - typed.size() : typed.size() - name.size()) > farthest) {
      continue;
    }
    const std::size_t distance = editDistance(typed, name);
    if (distance <= farthest) {
      found.emplace_back(distance, name);
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> result;
  for (auto& [distance, name] : found) {
    if (result.size() < most && (result.empty() || result.back() != name)) {
      result.push_back(std::move(name));
    }
  }
  return result;
}

}  // namespace wsferry
