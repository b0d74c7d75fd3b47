#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/strapi/detail/messages/server_words.hpp"
#include "wsferry/strapi/dispatcher.hpp"
#include "wsferry/strapi/loss.hpp"

namespace wsferry::strapi {

/// Counts the links that a destination skips, by its warnings: one for each, or, of newer servers,
/// for the first few of them, and a summary with their number. Thread-safe.
class SkippedLinks {
 public:
  void note(const Diagnostic& diagnostic) {
    const std::string_view message = diagnostic.message;
    if (diagnostic.kind != "warning") {
      return;
    }
    const std::lock_guard lock(mutex_);
    if (startsWith(message, "Skipping link")) {
      ++told_;
      if (examples_.size() < mostLossExamples) {
        examples_.push_back(printable(message, longestExample));
      }
    } else if (startsWith(message, "Links restore skipped")) {
      const std::string_view number = between(message, "skipped ", " ");
      summary_ = countOf(number);
    }
  }

  std::vector<Loss> losses() const {
    const std::lock_guard lock(mutex_);
    const std::uint64_t count = std::max(told_, summary_);
    return count == 0 ? std::vector<Loss>()
                      : std::vector<Loss>{{LossKind::skippedLink, count, examples_, false}};
  }

 private:
  static constexpr std::size_t longestExample = 300;

  mutable std::mutex mutex_;
  std::uint64_t told_ = 0;
  std::uint64_t summary_ = 0;
  std::vector<std::string> examples_;
};

}  // namespace wsferry::strapi
