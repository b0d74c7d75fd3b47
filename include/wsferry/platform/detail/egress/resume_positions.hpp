#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "wsferry/platform/egress_options.hpp"

namespace wsferry::platform {

/// A reader's position, and what it has seen: a service that resumes may start with the last
/// result, or long before it. Memory is bounded. Not thread-safe.
class ResumePositions {
 public:
  enum class Look {
    fresh,    ///< Has not come before.
    repeat,   ///< Has.
    unplaced  ///< Does not give its position: reading cannot be resumed after it.
  };

  explicit ResumePositions(const std::vector<EgressPosition>& known = {},
                           std::size_t remembered = 65'536)
      : remembered_(remembered) {
    for (const EgressPosition& position : known) {
      look(position.sinkTopicName, position.messageId);
    }
  }

  // The set has views of the queue's strings, which a copy would not share.
  ResumePositions(const ResumePositions&) = delete;
  ResumePositions& operator=(const ResumePositions&) = delete;

  /// Notes a result by its topic and id.
  Look look(const std::string& topic, const std::string& id) {
    if (topic.empty() || id.empty()) {
      isResumable_ = false;
      return Look::unplaced;
    }
    std::string key = topic + '\n' + id;
    if (seen_.count(key) != 0) {
      return Look::repeat;
    }
    last_[topic] = id;
    bytes_ += key.size();
    order_.push_back(std::move(key));
    seen_.insert(order_.back());
    while (order_.size() > remembered_ || bytes_ > mostBytes) {
      bytes_ -= order_.front().size();
      seen_.erase(order_.front());
      order_.pop_front();
    }
    return Look::fresh;
  }

  /// Whether every result so far had a position.
  bool isResumable() const { return isResumable_; }

  /// The last of each topic.
  std::vector<EgressPosition> positions() const {
    std::vector<EgressPosition> result;
    for (const auto& [topic, id] : last_) {
      result.push_back({topic, id});
    }
    return result;
  }

 private:
  static constexpr std::size_t mostBytes = std::size_t{16} << 20;

  std::size_t remembered_;
  std::map<std::string, std::string> last_;
  std::deque<std::string> order_;  ///< Topic and id, oldest first; its strings stay where they are.
  std::unordered_set<std::string_view> seen_;
  std::size_t bytes_ = 0;
  bool isResumable_ = true;
};

}  // namespace wsferry::platform
