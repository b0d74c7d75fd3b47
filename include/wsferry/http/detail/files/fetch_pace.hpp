#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <string>

#include "wsferry/core/clock.hpp"

namespace wsferry::http {

/// How many files are fetched at a time: `usual`; fewer after the server has asked for less, then
/// one more at a time as long as it does not; up to `most` if round trips are long, so that
/// connections mostly wait. Without I/O.
class FetchPace {
 public:
  /// From this round trip on the connection counts as long.
  static constexpr std::chrono::milliseconds longWay{20};

  FetchPace(unsigned usual, unsigned most)
      : usual_(std::max(usual, 1u)), most_(std::max(most, usual_)), now_(usual_) {}

  unsigned connections() const { return now_; }

  /// A file came whole, in `total` since it was requested, the head of the answer in `wait`.
  void came(Clock::duration wait, Clock::duration total) {
    // The shortest wait shows the round trip; longer ones show a busy server.
    roundTrip_ = std::min(roundTrip_, wait);
    const bool waitsMostly = roundTrip_ >= longWay && roundTrip_ * 2 >= total;
    if (now_ >= usual_) {
      now_ += waitsMostly && now_ < most_ ? 1 : 0;
    } else if (++cameInARow_ >= now_) {
      ++now_;
      cameInARow_ = 0;
    }
  }

  /// The server is overloaded, or connections to it break: never more than usual from now on.
  void slowDown() {
    most_ = usual_;
    now_ = std::max(now_ / 2, 1u);
    cameInARow_ = 0;
  }

 private:
  const unsigned usual_;
  unsigned most_;
  unsigned now_;
  unsigned cameInARow_ = 0;
  Clock::duration roundTrip_ = Clock::duration::max() / 2;
};

/// Until when servers are asked for nothing, because they said so for one of their files: a server
/// that cannot deliver one now cannot deliver the others either. Without I/O.
class FetchHold {
 public:
  /// Wishes without a file in between, before a server is no longer waited for.
  static constexpr unsigned mostInARow = 4;

  /// A shorter wish does not cancel a longer one. Wishes in answers to requests that were sent
  /// before the last wish was over count as one; this one was sent when it was `asked`.
  void hold(const std::string& server, TimePoint asked, TimePoint now, Duration wished) {
    Held& held = servers_[server];
    held.inARow += asked >= held.until ? 1 : 0;
    held.until = std::max(held.until, now + wished);
  }

  /// A wish for more time than there is: others of its files may still come.
  void passOver(const std::string& server) { ++servers_[server].inARow; }

  void came(const std::string& server) {
    if (const auto held = servers_.find(server); held != servers_.end()) {
      held->second.inARow = 0;
    }
  }

  /// How long that is from `now` on; 0 where the server may be asked.
  Clock::duration left(const std::string& server, TimePoint now) const {
    const auto held = servers_.find(server);
    const bool isHeld = held != servers_.end() && held->second.until > now;
    return isHeld ? held->second.until - now : Clock::duration{0};
  }

  /// Whether the server only ever wishes to be asked later.
  bool isLost(const std::string& server) const {
    const auto held = servers_.find(server);
    return held != servers_.end() && held->second.inARow >= mostInARow;
  }

 private:
  struct Held {
    TimePoint until = TimePoint::min();
    unsigned inARow = 0;
  };
  std::map<std::string, Held> servers_;
};

/// Whether going on by HTTP is worth it: not where the first files are something else or cannot be
/// had, nor where many in a row cannot be had later. Without I/O.
class FetchTrust {
 public:
  static constexpr unsigned mostInARow = 50;

  /// With `endsEarly`, by the first files; otherwise only by many in a row.
  explicit FetchTrust(bool endsEarly) : endsEarly_(endsEarly) {}

  void agreed() {
    ++agreed_;
    inARow_ = 0;
  }
  void disagreed() {
    ++disagreed_;
    ++inARow_;
    const bool isFirst = agreed_ + disagreed_ <= 100;
    isLost_ = isLost_ || inARow_ >= mostInARow ||
              (endsEarly_ && isFirst && disagreed_ >= 3 && disagreed_ > agreed_);
  }

  /// Whether any file has come by HTTP.
  bool hasAgreed() const { return agreed_ != 0; }

  bool isLost() const { return isLost_; }

 private:
  const bool endsEarly_;
  unsigned agreed_ = 0;
  unsigned disagreed_ = 0;
  unsigned inARow_ = 0;
  bool isLost_ = false;
};

}  // namespace wsferry::http
