#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace wsferry::gateway {

/// How many messages with audio may wait for the server's acknowledgement. Not thread-safe.
class AudioWindow {
 public:
  /// 0: any number.
  explicit AudioWindow(unsigned limit) : limit_(limit) {}

  void onSent() { ++sent_; }

  /// `number` is that of the last message that has arrived, the first being 1; without one, the
  /// next. False if no such message was sent.
  bool onAcknowledged(std::optional<std::uint64_t> number) {
    const std::uint64_t reached = number.value_or(acknowledged_ + 1);
    if (reached > sent_) {
      return false;
    }
    acknowledged_ = std::max(acknowledged_, reached);
    return true;
  }

  /// No more may be sent until some are acknowledged.
  [[nodiscard]] bool isFull() const { return limit_ > 0 && unacknowledged() >= limit_; }

  std::uint64_t sent() const { return sent_; }
  std::uint64_t unacknowledged() const { return sent_ - acknowledged_; }

 private:
  unsigned limit_;
  std::uint64_t sent_ = 0;
  std::uint64_t acknowledged_ = 0;
};

}  // namespace wsferry::gateway
