#include "gateway/session/line_watch.hpp"

#include <algorithm>

namespace wsferry::gateway {
namespace {

KeepAliveOptions keepAliveOptions(const LineWatch::Options& options) {
  KeepAliveOptions result;
  result.periodic = true;
  result.pingInterval =
      options.keepAlive == KeepAliveMode::off ? Duration(0) : options.keepAliveInterval;
  const bool answersExpected =
      options.keepAlive == KeepAliveMode::ping || options.keepAlive == KeepAliveMode::both;
  result.pongTimeout = options.pongTimeout;
  result.livenessWindow = answersExpected && options.pongTimeout.count() > 0
                              ? options.keepAliveInterval + options.pongTimeout
                              : Duration(0);
  return result;
}

}  // namespace

LineWatch::LineWatch(const Options& options, TimePoint now, TimePoint requested)
    : keepAlive_(keepAliveOptions(options), now),
      idleWarning_(options.idleWarning),
      sendTimeout_(options.sendTimeout),
      lastSent_(requested),
      lastContentSent_(requested),
      lastTaken_(now) {}

void LineWatch::onSent(TimePoint now, bool isKeepAlive) {
  lastSent_ = now;
  if (!isKeepAlive) {
    lastContentSent_ = now;
    warned_ = false;
  }
}

void LineWatch::onUnsent(std::uint64_t bytes, TimePoint now) {
  keepAlive_.onUnsent(bytes, now);
  if (bytes < unsent_ || unsent_ == 0) {
    lastTaken_ = now;
  }
  unsent_ = bytes;
}

void LineWatch::onPaused(TimePoint now) {
  keepAlive_.onSignOfLife(now);
  lastTaken_ = now;
}

LineWatch::Action LineWatch::onTime(TimePoint now) {
  if (stopped_) {
    return Action::none;
  }
  if (now >= stallAt()) {
    stopped_ = true;
    return Action::declareStalled;
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

TimePoint LineWatch::nextEvent() const {
  if (stopped_) {
    return TimePoint::max();
  }
  return std::min({keepAlive_.nextEvent().value_or(TimePoint::max()), idleWarningAt(), stallAt()});
}

TimePoint LineWatch::idleWarningAt() const {
  return warned_ || idleWarning_.count() == 0 ? TimePoint::max() : lastContentSent_ + idleWarning_;
}

TimePoint LineWatch::stallAt() const {
  return unsent_ == 0 ? TimePoint::max() : lastTaken_ + sendTimeout_;
}

}  // namespace wsferry::gateway
