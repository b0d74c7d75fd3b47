#pragma once

#include <algorithm>
#include <cstdint>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/liveness/keep_alive.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// Whether pings are sent, whose answers are signs of life.
inline bool sendsPings(KeepAliveMode mode) {
  return mode == KeepAliveMode::ping || mode == KeepAliveMode::both;
}

/// When to send something so that the server does not drop the stream, and when to consider the
/// line dead (protocol section 8). No clock and no I/O of its own: the owner tells it the time and
/// what happened, and does what it returns. Not thread-safe.
class LineWatch {
 public:
  enum class Action {
    none,
    keepAlive,       ///< Send a sign of life.
    warnIdle,        ///< Nothing else was sent for a long time.
    declareDead,     ///< Pings are not answered.
    declareStalled,  ///< The network accepts nothing.
    declareIgnored   ///< The server acknowledges nothing.
  };

  /// @see StreamOptions
  struct Options {
    KeepAliveMode keepAlive = KeepAliveMode::ping;
    Duration keepAliveInterval{0};
    Duration pongTimeout{0};
    Duration idleWarning{0};
    Duration sendTimeout{0};
  };

  /// `requested` is when the stream was requested: the earliest time from which silence may count.
  LineWatch(const Options& options, TimePoint now, TimePoint requested);

  /// A message goes out.
  void onSent(TimePoint now, bool isKeepAlive);

  /// How many bytes wait for the network now. Call it before and after sending, and when the
  /// network has accepted everything, so that what it accepted and how long that waited is known.
  void onUnsent(std::uint64_t bytes, TimePoint now);

  /// Whether audio waits for the server to acknowledge earlier audio. An acknowledgement ends the
  /// wait, even if the next one follows at once.
  void onHeldBack(bool isHeld, TimePoint now);

  void onReceived(TimePoint when) { keepAlive_.onSignOfLife(when); }

  /// We are not reading from the peer, so neither its silence nor a stalled send means anything: it
  /// may be waiting for us. Call it whenever the time is checked meanwhile, and at the end.
  void onPaused(TimePoint now);

  /// Nothing more will be sent or expected.
  void stop() { stopped_ = true; }

  /// What is due; call it until it returns nothing.
  [[nodiscard]] Action onTime(TimePoint now);

  /// When onTime() has something to do next; TimePoint::max() if never.
  TimePoint nextEvent() const;

  TimePoint lastSent() const { return lastSent_; }
  TimePoint lastContentSent() const { return lastContentSent_; }

 private:
  TimePoint idleWarningAt() const;
  TimePoint stallAt() const;
  TimePoint ignoredAt() const;

  KeepAlive keepAlive_;
  Duration idleWarning_;
  Duration sendTimeout_;
  TimePoint lastSent_;
  TimePoint lastContentSent_;  ///< Anything but keep-alive.
  bool warned_ = false;
  std::uint64_t unsent_ = 0;
  TimePoint lastTaken_;  ///< When the network accepted something, or had nothing to accept.
  TimePoint heldSince_ = TimePoint::max();
  bool stopped_ = false;
};

namespace detail {

inline KeepAliveOptions keepAliveOptions(const LineWatch::Options& options) {
  KeepAliveOptions result;
  result.periodic = true;
  result.pingInterval =
      options.keepAlive == KeepAliveMode::off ? Duration(0) : options.keepAliveInterval;
  result.pongTimeout = options.pongTimeout;
  result.livenessWindow = sendsPings(options.keepAlive) && options.pongTimeout.count() > 0
                              ? options.keepAliveInterval + options.pongTimeout
                              : Duration(0);
  return result;
}

}  // namespace detail

inline LineWatch::LineWatch(const Options& options, TimePoint now, TimePoint requested)
    : keepAlive_(detail::keepAliveOptions(options), now),
      idleWarning_(options.idleWarning),
      sendTimeout_(options.sendTimeout),
      lastSent_(requested),
      lastContentSent_(requested),
      lastTaken_(now) {}

inline void LineWatch::onSent(TimePoint now, bool isKeepAlive) {
  lastSent_ = now;
  if (!isKeepAlive) {
    lastContentSent_ = now;
    warned_ = false;
  }
}

inline void LineWatch::onUnsent(std::uint64_t bytes, TimePoint now) {
  keepAlive_.onUnsent(bytes, now);
  if (bytes < unsent_ || unsent_ == 0) {
    lastTaken_ = now;
  }
  unsent_ = bytes;
}

inline void LineWatch::onHeldBack(bool isHeld, TimePoint now) {
  if (!isHeld) {
    heldSince_ = TimePoint::max();
  } else if (heldSince_ == TimePoint::max()) {
    heldSince_ = now;
  }
}

inline void LineWatch::onPaused(TimePoint now) {
  keepAlive_.onSignOfLife(now);
  lastTaken_ = now;
  heldSince_ = heldSince_ == TimePoint::max() ? heldSince_ : now;
}

inline LineWatch::Action LineWatch::onTime(TimePoint now) {
  if (stopped_) {
    return Action::none;
  }
  if (now >= stallAt()) {
    stopped_ = true;
    return Action::declareStalled;
  }
  if (now >= ignoredAt()) {
    stopped_ = true;
    return Action::declareIgnored;
  }
  switch (keepAlive_.onTime(now)) {
    case KeepAlive::Action::sendPing:
      return Action::keepAlive;
    case KeepAlive::Action::declareDead:
      stopped_ = true;
      return Action::declareDead;
    case KeepAlive::Action::none:
      break;
  }
  if (now >= idleWarningAt()) {
    warned_ = true;
    return Action::warnIdle;
  }
  return Action::none;
}

inline TimePoint LineWatch::nextEvent() const {
  if (stopped_) {
    return TimePoint::max();
  }
  return std::min(
      {keepAlive_.nextEvent().value_or(TimePoint::max()), idleWarningAt(), stallAt(), ignoredAt()});
}

inline TimePoint LineWatch::idleWarningAt() const {
  return warned_ || idleWarning_.count() == 0 ? TimePoint::max() : lastContentSent_ + idleWarning_;
}

inline TimePoint LineWatch::stallAt() const {
  return unsent_ == 0 ? TimePoint::max() : lastTaken_ + sendTimeout_;
}

inline TimePoint LineWatch::ignoredAt() const {
  return heldSince_ == TimePoint::max() ? TimePoint::max() : heldSince_ + sendTimeout_;
}

}  // namespace wsferry::gateway
