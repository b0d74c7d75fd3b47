#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <system_error>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::strapi {

/// What a transfer has requested from its server: how much waits for an answer, whether one will
/// never come, and whether anybody still waits. No lock, no clock and no I/O; not thread-safe.
class AnswerLedger {
 public:
  using Span = Clock::duration;

  /// A request or batch is in progress.
  void onSent() { ++underWay_; }

  /// It is over, with an answer or without.
  void onOver(const std::error_code& error);

  /// A request was answered without an error after this time. The shortest counts.
  void onRoundTrip(Span span) { roundTrip_ = std::min(roundTrip_.value_or(span), span); }
  std::optional<Span> roundTrip() const { return roundTrip_; }

  /// Nobody waits any more.
  void interrupt() { interrupted_ = true; }
  bool isInterrupted() const { return interrupted_; }

  /// Whether a wait ends: because its condition holds (`isThere`), or because nobody waits any
  /// more, which takes precedence.
  bool endsWait(bool isThere) const { return isThere || interrupted_; }

  /// Whether the server has answered everything. Never once an answer is missing: the server may
  /// then still be working.
  bool isAnswered() const { return underWay_ == 0 && !isAnswerMissing_; }

  /// Whether isAnswered() stays as it is while nothing is sent.
  bool isSettled() const { return underWay_ == 0 || isAnswerMissing_; }

 private:
  std::uint64_t underWay_ = 0;
  bool isAnswerMissing_ = false;  ///< Something ended without the server's answer.
  bool interrupted_ = false;
  std::optional<Span> roundTrip_;
};

inline void AnswerLedger::onOver(const std::error_code& error) {
  --underWay_;
  isAnswerMissing_ = isAnswerMissing_ || (error && error != ErrorCondition::remote);
}

}  // namespace wsferry::strapi
