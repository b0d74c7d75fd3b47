#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wsferry::archive {

/// Keeps the first problems and counts the rest.
class ProblemList {
 public:
  void add(std::string problem) {
    if (problems_.size() < limit) {
      problems_.push_back(std::move(problem));
    } else {
      ++more_;
    }
  }

  std::vector<std::string> take() {
    if (more_ > 0) {
      problems_.push_back("and " + std::to_string(more_) + " more");
    }
    return std::move(problems_);
  }

 private:
  static constexpr std::size_t limit = 100;
  std::vector<std::string> problems_;
  std::uint64_t more_ = 0;
};

}  // namespace wsferry::archive
