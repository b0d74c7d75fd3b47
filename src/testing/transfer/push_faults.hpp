#pragma once

#include "testing/transfer/pushed_assets.hpp"
#include "testing/transfer/request.hpp"
#include "wsferry/testing/transfer_server.hpp"

namespace wsferry::testing {

/// What a push's server does wrong by request, and when: once. Not thread-safe.
class PushFaults {
 public:
  using Kind = TransferFaults::Kind;

  /// `faults` outlive it.
  explicit PushFaults(const TransferFaults& faults) : faults_(faults) {}

  /// A request is at hand. What is to be done wrong with it.
  Kind begin(const Request& request) {
    kind_ = isDue(request) ? faults_.kind : Kind::none;
    isDone_ = isDone_ || kind_ != Kind::none;
    return kind_;
  }

  /// It was carried out.
  void end(const Request& request) {
    if (request.action == "stream" && request.step == strapi::toString(faults_.step)) {
      ++batches_;
    }
    hasBegun_ =
        hasBegun_ || request.action == strapi::toString(strapi::TransferAction::beforeTransfer);
  }

  /// The one of the request at hand.
  Kind kind() const { return kind_; }

  /// Whether it takes the request with it.
  bool takesRequest() const;

  /// What the end of a step tells of what it stored.
  StepStatistics told(StepStatistics statistics) const {
    statistics.started -= kind_ == Kind::fewerStarted && statistics.started > 0 ? 1 : 0;
    statistics.finished -= kind_ == Kind::fewerFinished && statistics.finished > 0 ? 1 : 0;
    return statistics;
  }

 private:
  bool isDue(const Request& request) const;

  const TransferFaults& faults_;
  Kind kind_ = Kind::none;
  bool isDone_ = false;
  bool hasBegun_ = false;  ///< What the action close ends is a push, and no look.
  unsigned batches_ = 0;   ///< Of the fault's step.
};

}  // namespace wsferry::testing
