#pragma once

#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>

#include "wsferry/core/clock.hpp"
#include "wsferry/strapi/detail/dispatch/answer_bridge.hpp"
#include "wsferry/strapi/detail/dispatch/sure_end.hpp"
#include "wsferry/strapi/detail/push/batch_flow.hpp"
#include "wsferry/strapi/dispatcher.hpp"

namespace wsferry::strapi {

/// A batch in progress. @see BatchEnd
struct SentBatch {
  std::shared_ptr<AnswerBridge> bridge;
  std::shared_ptr<BatchFlow> flow;  ///< Guarded by the bridge.
  std::uint64_t number = 0;
  TimePoint sent = Clock::now();

  void operator()(const std::error_code& error, Answer answer) const {
    bridge->change([&](AnswerLedger& ledger) {
      ledger.onOver(error);
      flow->onOver(number, error, std::move(answer.error), sent, Clock::now());
    });
  }
};

/// The handler that a batch completes with.
using BatchEnd = SureEnd<SentBatch, Answer>;

}  // namespace wsferry::strapi
