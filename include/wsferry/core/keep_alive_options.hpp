#pragma once

#include "wsferry/core/clock.hpp"

namespace wsferry {

/// When to ping, and when to believe that the peer is gone.
struct KeepAliveOptions {
  /// A ping is sent after this long without a sign of life. 0 switches keep-alive off: liveness is
  /// then unknown, and only unanswered messages reveal a silent peer. Default 20 s.
  Duration pingInterval{20'000};

  /// Pings every pingInterval, even while the peer is sending: for a peer that drops silent
  /// clients. Default false.
  bool periodic = false;

  /// A ping not answered within this makes liveness unknown. Default 20 s.
  Duration pongTimeout{20'000};

  /// A peer that has sent and accepted nothing at all for this long is dead if a ping has been
  /// unanswered for pongTimeout: every pending call fails with Errc::connectionLost. A program that
  /// was asleep meanwhile pings first. Default 90 s, because a server that works on one thread can
  /// be silent for tens of seconds. 0: silence never counts as death.
  Duration livenessWindow{90'000};

  /// The longest wait for one answer, or for the next data of a stage, from a live peer; then
  /// Errc::timedOut. Default 1 h.
  Duration overallCap{3'600'000};
};

}  // namespace wsferry
