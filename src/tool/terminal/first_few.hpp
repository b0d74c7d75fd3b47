#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

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

}  // namespace wsferry::tool
