#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wsferry::archive {

/// Keeps the first problems, each cut where it repeats too much of the archive, and counts the
/// rest.
class ProblemList {
 public:
  void add(std::string problem) {
    if (problems_.size() < limit) {
      if (problem.size() > longest) {
        cut(problem);
      }
      problems_.push_back(std::move(problem));
    } else {
      ++more_;
    }
  }

  void append(ProblemList other) {
    for (std::string& problem : other.problems_) {
      add(std::move(problem));
    }
    more_ += other.more_;
  }

  /// Leaves the list empty.
  std::vector<std::string> take() {
    if (more_ > 0) {
      problems_.push_back("and " + std::to_string(more_) + " more");
    }
    more_ = 0;
    return std::exchange(problems_, {});
  }

 private:
  // Before a character of UTF-8, not within.
  static void cut(std::string& problem) {
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(problem[end]) & 0xC0) == 0x80) {
      --end;
    }
    problem.erase(end);
    problem += "...";
  }

  static constexpr std::size_t limit = 100;
  static constexpr std::size_t longest = 2000;
  std::vector<std::string> problems_;
  std::uint64_t more_ = 0;
};

}  // namespace wsferry::archive
