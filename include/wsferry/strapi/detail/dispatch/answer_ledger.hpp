#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <system_error>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::strapi {

/// What a transfer has asked its server: how much waits for an answer, whether one will never come,
/// and whether anybody still waits. No lock, no clock and no I/O; not thread-safe.
class AnswerLedger {
 public:
  using Span = Clock::duration;

  /// A request or batch is under way.
  void onSent() { ++underWay_; }

  /// It is over, with an answer or without.
  void onOver(const std::error_code& error);

  /// A request was answered without an error after this time. The shortest counts.
  void onRoundTrip(Span span) { roundTrip_ = std::min(roundTrip_.value_or(span), span); }
  std::optional<Span> roundTrip() const { return roundTrip_; }

  /// Nobody waits any more.
  void interrupt() { interrupted_ = true; }
  bool isInterrupted() const { return interrupted_; }

  /// Whether a wait ends: what it is for `isThere`, or nobody waits any more, which counts more.
  bool endsWait(bool isThere) const { return isThere || interrupted_; }

  /// Whether the server has answered everything. Never once an answer is missing: the server then
  /// may be at work still.
  bool isAnswered() const { return underWay_ == 0 && !isAnswerMissing_; }

  /// Whether isAnswered() stays as it is while nothing is sent.
  bool isSettled() const { return underWay_ == 0 || isAnswerMissing_; }

 private:
  std::uint64_t underWay_ = 0;
  bool isAnswerMissing_ = false;  ///< Something is over without the server's answer.
  bool interrupted_ = false;
  std::optional<Span> roundTrip_;
};

inline void AnswerLedger::onOver(const std::error_code& error) {
  --underWay_;
  isAnswerMissing_ = isAnswerMissing_ || (error && error != ErrorCondition::remote);
}

}  // namespace wsferry::strapi
