#pragma once

#include <algorithm>
#include <optional>

#include "wsferry/core/clock.hpp"

namespace wsferry {

/// When to ping, and when to believe that the peer is gone.
struct KeepAliveOptions {
  /// A ping is sent when there was no sign of life for this long. 0 switches keep-alive off:
  /// liveness is then unknown, and a silent peer is noticed only by unanswered messages. Default 20
  /// s.
  Duration pingInterval{20'000};

  /// Pings every pingInterval, also while the peer is heard from: for a peer that drops clients
  /// which say nothing. Default false.
  bool periodic = false;

  /// A ping not answered within this makes liveness unknown. Default 20 s.
  Duration pongTimeout{20'000};

  /// A peer that sent nothing at all for this long, and took nothing, is dead: every pending call
  /// fails with Errc::connectionLost. Default 90 s, because a server that works on one thread can
  /// be silent for tens of seconds. 0: silence never counts as death.
  Duration livenessWindow{90'000};

  /// The longest wait for one answer, or for the next data of a stage, from a peer that lives.
  /// Default 1 h.
  Duration overallCap{3'600'000};
};

enum class Liveness {
  unknown,  ///< Keep-alive is off, or a ping is overdue.
  alive,    ///< The peer was heard from recently, or takes what is sent.
  dead,     ///< Silent for the liveness window. Final.
};

/// Decides when to ping and whether the peer lives. No clock and no I/O of its own: the owner tells
/// it the time and what happened, and does what it returns. Not thread-safe.
class KeepAlive {
 public:
  enum class Action { none, sendPing, declareDead };

  explicit KeepAlive(const KeepAliveOptions& options, TimePoint now)
      : options_(options), lastSign_(now), lastPing_(now) {}

  /// Any byte from the peer counts, not only a pong; and so does any that the network took for it:
  /// behind one large message neither a ping nor an answer comes through.
  void onSignOfLife(TimePoint when) {
    if (when > lastSign_) {
      lastSign_ = when;
      pinged_ = false;
    }
  }

  /// To be called at or after nextEvent(). `sendPing` means: send one now.
  Action onTime(TimePoint now) {
    if (!enabled() || dead_) {
      return Action::none;
    }
    if (now >= death()) {
      dead_ = true;
      return Action::declareDead;
    }
    if (now >= nextPing()) {
      lastPing_ = now;
      if (!pinged_) {
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

  /// When onTime() has something to do next; nothing when keep-alive is off or the peer is dead.
  std::optional<TimePoint> nextEvent() const {
    if (!enabled() || dead_) {
      return std::nullopt;
    }
    return std::min(nextPing(), death());
  }

 private:
  bool enabled() const { return options_.pingInterval.count() > 0; }
  TimePoint nextPing() const {
    return (pinged_ || options_.periodic ? lastPing_ : lastSign_) + options_.pingInterval;
  }
  TimePoint death() const {
    const bool mortal = options_.livenessWindow.count() > 0;
    return mortal ? lastSign_ + options_.livenessWindow : TimePoint::max();
  }

  KeepAliveOptions options_;
  TimePoint lastSign_;
  bool pinged_ = false;  ///< Since the last sign of life; then the first and the last ping's time.
  TimePoint firstPing_{};
  TimePoint lastPing_;
  bool dead_ = false;
};

}  // namespace wsferry
