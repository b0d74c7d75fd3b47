#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>

#include "wsferry/core/uuid.hpp"

namespace wsferry::strapi {

/// The last messages that were sent once and are answered: sending again did not cause a second
/// answer to one of them, which means that a push may be stored twice. Not thread-safe.
class AnsweredOnce {
 public:
  /// As many as a large window of a push.
  static constexpr std::size_t most = 64;

  void add(const Uuid& uuid) {
    uuids_.push_back(uuid);
    if (uuids_.size() > most) {
      uuids_.pop_front();
    }
  }

  bool contains(const Uuid& uuid) const {
    return std::find(uuids_.begin(), uuids_.end(), uuid) != uuids_.end();
  }

 private:
  std::deque<Uuid> uuids_;
};

}  // namespace wsferry::strapi
