#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/testing/content.hpp"

namespace wsferry::testing {

/// What the connections of a server share: its content, and where a push is stored. Thread-safe.
class PushTarget {
 public:
  struct Counts {
    unsigned commits = 0;
    unsigned rollbacks = 0;
    unsigned teardowns = 0;
    unsigned overlapping = 0;
  };

  PushTarget(std::shared_ptr<const Content> content,
             std::optional<archive::ArchiveDestinationOptions> options)
      : options_(std::move(options)), content_(std::move(content)) {}

  /// Where a push is stored, if pushes are accepted.
  const std::optional<archive::ArchiveDestinationOptions>& options() const { return options_; }

  /// What is served now.
  std::shared_ptr<const Content> content() const {
    const std::lock_guard lock(mutex_);
    return content_;
  }
  void replaceContent(std::shared_ptr<const Content> content) {
    const std::lock_guard lock(mutex_);
    content_ = std::move(content);
  }

  /// Held by the one push that is open; nothing if there is one.
  std::shared_ptr<void> occupy() {
    const std::lock_guard lock(mutex_);
    if (!occupant_.expired()) {
      return nullptr;
    }
    auto occupant = std::make_shared<int>();
    occupant_ = occupant;
    return occupant;
  }

  Counts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }
  void count(unsigned Counts::*counter) {
    const std::lock_guard lock(mutex_);
    ++(counts_.*counter);
  }

 private:
  const std::optional<archive::ArchiveDestinationOptions> options_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Content> content_;
  std::weak_ptr<void> occupant_;
  Counts counts_;
};

}  // namespace wsferry::testing
