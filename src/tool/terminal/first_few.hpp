#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/size_format.hpp"

namespace wsferry::tool {

/// Lets the first few of a kind through, and counts the others. Kinds are words of our own: of
/// those of a peer there is no end.
class FirstFew {
 public:
  explicit FirstFew(std::uint64_t most = 10) : most_(most) {}

  bool admits(const std::string& kind) { return ++counts_[kind] <= most_; }

  /// `4,711 more, not shown: ...` for each kind of which some were held back; begins anew.
  std::vector<std::string> takeHeldBack() {
    std::vector<std::string> lines;
    for (const auto& [kind, count] : std::exchange(counts_, {})) {
      if (count > most_) {
        lines.push_back(formatCount(count - most_) + " more, not shown: " + kind);
      }
    }
    return lines;
  }

 private:
  std::uint64_t most_;
  std::map<std::string, std::uint64_t> counts_;
};

/// The first `most` in a row, printable, and how many more there are: `a, b and 3 more`.
inline std::string listedFew(const std::vector<std::string>& items, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < items.size() && i < most; ++i) {
    text += (i == 0 ? "" : ", ") + printable(items[i], 100);
  }
  return items.size() > most ? text + " and " + formatCount(items.size() - most) + " more" : text;
}

}  // namespace wsferry::tool
