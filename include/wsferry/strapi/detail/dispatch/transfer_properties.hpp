#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// What is known of a connection's transfer once `init` is answered. Thread-safe.
class TransferProperties {
 public:
  void set(TransferID id, TransferKind kind, bool survivesHangUp) {
    const std::lock_guard lock(mutex_);
    id_ = std::move(id.value);
    kind_ = kind;
    survivesHangUp_ = survivesHangUp;
  }

  std::string id() const {
    const std::lock_guard lock(mutex_);
    return id_;
  }

  std::optional<TransferKind> kind() const {
    const std::lock_guard lock(mutex_);
    return kind_;
  }

  /// Whether the server may have to be given time before the connection is closed: PullLeave.
  bool mayNeedLeave() const {
    const std::lock_guard lock(mutex_);
    return !survivesHangUp_ && kind_ != TransferKind::push;
  }

 private:
  mutable std::mutex mutex_;
  std::string id_;
  std::optional<TransferKind> kind_;
  bool survivesHangUp_ = false;
};

}  // namespace wsferry::strapi
