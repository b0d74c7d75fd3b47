#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "wsferry/core/detail/text/sha256.hpp"

namespace wsferry::http {

/// A few of many files, each equally likely: the names with the smallest hashes. One seed gives the
/// same files in any order, and a name that occurs twice is one file.
class FileSample {
 public:
  FileSample(std::size_t most, std::uint64_t seed) : most_(most), seed_(std::to_string(seed)) {}

  void add(std::string_view name) {
    hash_.update(seed_);
    hash_.update("/");
    hash_.update(name);
    names_.emplace(hash_.hex(), name);
    if (names_.size() > most_) {
      names_.erase(std::prev(names_.end()));
    }
  }

  /// The names, in order.
  std::set<std::string, std::less<>> names() const {
    std::set<std::string, std::less<>> names;
    for (const auto& [rank, name] : names_) {
      names.insert(name);
    }
    return names;
  }

 private:
  const std::size_t most_;
  const std::string seed_;
  Sha256 hash_;
  std::map<std::string, std::string> names_;  ///< By their rank.
};

}  // namespace wsferry::http
