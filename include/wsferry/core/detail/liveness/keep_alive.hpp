#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/keep_alive_options.hpp"

namespace wsferry {

enum class Liveness {
  unknown,  ///< Keep-alive is off, or a ping is overdue.
  alive,    ///< The peer was heard from recently, or takes what is sent.
  dead,     ///< Silent for the liveness window. Final.
};

/// Decides when to ping and whether the peer is alive. No clock and no I/O of its own: the owner
/// tells it the time and what happened, and does what it returns. Not thread-safe.
class KeepAlive {
 public:
  enum class Action { none, sendPing, declareDead };

  explicit KeepAlive(const KeepAliveOptions& options, TimePoint now)
      : options_(options), lastSign_(now), lastPing_(now), lookedAt_(now) {
    for (Duration* limit :
         {&options_.pingInterval, &options_.pongTimeout, &options_.livenessWindow}) {
      *limit = bounded(*limit);
    }
  }

  /// Any byte from the peer counts, not only a pong.
  void onSignOfLife(TimePoint when) {
    if (when > lastSign_) {
      lastSign_ = when;
      pinged_ = false;
    }
  }

  /// How many bytes wait for the network now; call it before and after sending (pings included),
  /// and before onTime(). Behind one large message neither a ping nor an answer gets through, so
  /// what the network accepts of it counts as a sign of life. Only bytes that had to wait count:
  /// the peer made room for them. Bytes accepted at once, as for a ping, prove nothing.
  void onUnsent(std::uint64_t bytes, TimePoint now) {
    const std::uint64_t taken = unsent_ - std::min(unsent_, bytes);
    if (taken > 0 && waited_ > 0) {
      onSignOfLife(now);
    }
    waited_ -= std::min(waited_, taken);
    seen_ -= std::min(seen_, taken);
    unsent_ = bytes;
    if (now - lookedAt_ >= lookInterval()) {
      waited_ = seen_;
      seen_ = bytes;
      lookedAt_ = now;
    }
  }

  /// Call it at or after nextEvent(), once everything that arrived was reported. `sendPing` means:
  /// send one now.
  [[nodiscard]] Action onTime(TimePoint now) {
    if (!enabled() || dead_) {
      return Action::none;
    }
    // While the process or the machine slept, it neither pinged nor listened.
    const bool slept = now - std::min(nextPing(), death()) >= std::max(options_.pongTimeout, nap);
    if (now >= death() && !slept) {
      dead_ = true;
      return Action::declareDead;
    }
    if (now >= nextPing() || slept) {
      lastPing_ = now;
      if (!pinged_ || slept) {
        pinged_ = true;
        firstPing_ = now;
      }
      return Action::sendPing;
    }
    return Action::none;
  }

  Liveness liveness(TimePoint now) const {
    if (dead_) {
      return Liveness::dead;
    }
    const bool pongOverdue = pinged_ && now - firstPing_ >= options_.pongTimeout;
    return enabled() && !pongOverdue ? Liveness::alive : Liveness::unknown;
  }

  /// When onTime() has something to do next, or onUnsent() should be called again; nothing if
  /// keep-alive is off or the peer is dead.
  std::optional<TimePoint> nextEvent() const {
    if (!enabled() || dead_) {
      return std::nullopt;
    }
    const TimePoint nextLook = unsent_ > 0 ? lookedAt_ + lookInterval() : TimePoint::max();
    return std::min({nextPing(), death(), nextLook});
  }

 private:
  /// A wake later than this, and than pongTimeout, means that the process slept.
  static constexpr Duration nap{1'000};

  bool enabled() const { return options_.pingInterval.count() > 0; }
  bool mortal() const { return options_.livenessWindow.count() > 0; }
  /// For output that does not flow. Bytes seen at two checks had to wait.
  Duration lookInterval() const { return std::max(options_.pingInterval / 20, Duration(1)); }
  TimePoint nextPing() const {
    const TimePoint usual =
        (pinged_ || options_.periodic ? lastPing_ : lastSign_) + options_.pingInterval;
    return pinged_ || !mortal() ? usual : std::min(usual, lastSign_ + options_.livenessWindow);
  }
  /// A peer that was not pinged is never dead.
  TimePoint death() const {
    return mortal() && pinged_
               ? std::max(lastSign_ + options_.livenessWindow, firstPing_ + options_.pongTimeout)
               : TimePoint::max();
  }

  KeepAliveOptions options_;
  TimePoint lastSign_;
  bool pinged_ = false;  ///< Since the last sign of life; then the first and the last ping's time.
  TimePoint firstPing_{};
  TimePoint lastPing_;
  bool dead_ = false;
  std::uint64_t unsent_ = 0;
  std::uint64_t seen_ = 0;    ///< Of these, those seen at the last check...
  std::uint64_t waited_ = 0;  ///< ... and those also seen at the check before.
  TimePoint lookedAt_;
};

}  // namespace wsferry
