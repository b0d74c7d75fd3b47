#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "wsferry/core/clock.hpp"

namespace wsferry::strapi {

/// How many batches in flight keep a server busy. A server that works longer on a batch than the
/// next one takes to arrive gains nothing from more, and holds in memory what it cannot store yet:
/// a gigabyte of files then takes a gigabyte there. Fed with round trips and answers; no clock of
/// its own. Not thread-safe.
class SendPace {
 public:
  using Time = Clock::time_point;
  using Span = Clock::duration;

  /// How long a request takes that costs the server little.
  void setRoundTrip(Span span) { roundTrip_ = span; }

  /// A stage begins: its batches have a different cost.
  void onStage() { work_.reset(); }

  /// A batch that was sent at `sent` is answered. Answers come in the order of the batches.
  void onAnswer(Time sent, Time now) {
    // Had the server been idle, the answer would have come a round trip and the work later.
    const Time begun = std::max(sent + roundTrip_.value_or(Span::zero()), lastAnswer_);
    const Span work = std::max(now - begun, Span::zero());
    work_ = work_ ? *work_ + (work - *work_) / 8 : work;
    lastAnswer_ = now;
  }

  /// As many as hide a round trip; two as long as nothing is known.
  unsigned batchesInFlight() const {
    if (!work_ || !roundTrip_) {
      return 2;
    }
    // A quarter of a batch's work is not worth another batch in the server's memory.
    const Span worth = *roundTrip_ - *work_ / 4;
    if (worth <= Span::zero()) {
      return 1;
    }
    const Span work = std::max(*work_, Span(std::chrono::microseconds(1)));
    const auto more = (worth + work - Span(1)) / work;
    return 1 + static_cast<unsigned>(std::min<decltype(more)>(more, most));
  }

 private:
  static constexpr unsigned most = 1'000'000;

  std::optional<Span> roundTrip_;
  std::optional<Span> work_;  ///< Of the server on a batch, smoothed.
  Time lastAnswer_{};
};

}  // namespace wsferry::strapi
