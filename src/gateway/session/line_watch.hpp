#pragma once

#include <cstdint>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/keep_alive.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// When to say something lest the server drops the stream, and when to believe that the line is
/// dead (protocol section 8). No clock and no I/O of its own: the owner tells it the time and what
/// happened, and does what it returns. Not thread-safe.
class LineWatch {
 public:
  enum class Action {
    none,
    keepAlive,      ///< Send a sign of life.
    warnIdle,       ///< Nothing else was sent for long.
    declareDead,    ///< Pings are not answered.
    declareStalled  ///< The network takes nothing.
  };

  /// @see StreamOptions
  struct Options {
    KeepAliveMode keepAlive = KeepAliveMode::ping;
    Duration keepAliveInterval{0};
    Duration pongTimeout{0};
    Duration idleWarning{0};
    Duration sendTimeout{0};
  };

  /// `requested` is when the stream was asked for, as far back as that may be told as silence.
  LineWatch(const Options& options, TimePoint now, TimePoint requested);

  /// A message goes out.
  void onSent(TimePoint now, bool isKeepAlive);

  /// So many bytes wait for the network now. To be told before and after sending, and when it has
  /// taken everything, so that what it took and how long that waited shows.
  void onUnsent(std::uint64_t bytes, TimePoint now);

  void onReceived(TimePoint when) { keepAlive_.onSignOfLife(when); }

  /// The peer is not listened to, so that its silence says nothing, nor that it takes nothing: it
  /// may wait for us. To be told whenever time is looked at meanwhile, and at the end.
  void onPaused(TimePoint now);

  /// Nothing is to be sent or expected any more.
  void stop() { stopped_ = true; }

  /// What is due; to be asked until it is nothing.
  Action onTime(TimePoint now);

  /// When onTime() has something to do next; TimePoint::max() if never.
  TimePoint nextEvent() const;

  TimePoint lastSent() const { return lastSent_; }
  TimePoint lastContentSent() const { return lastContentSent_; }

 private:
  TimePoint idleWarningAt() const;
  TimePoint stallAt() const;

  KeepAlive keepAlive_;
  Duration idleWarning_;
  Duration sendTimeout_;
  TimePoint lastSent_;
  TimePoint lastContentSent_;  ///< Anything but keep-alive.
  bool warned_ = false;
  std::uint64_t unsent_ = 0;
  TimePoint lastTaken_;  ///< When the network took something, or had nothing to take.
  bool stopped_ = false;
};

}  // namespace wsferry::gateway
