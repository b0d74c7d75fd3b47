#pragma once

#include <algorithm>
#include <limits>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/retry_message_options.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// Whether the request keeps a server busy before it answers (protocol section 3, "The official
/// retry rule"): a push's deletes, commits or takes back.
inline bool keepsServerBusy(TransferKind kind, TransferAction action) {
  return kind == TransferKind::push &&
         (action == TransferAction::beforeTransfer || action == TransferAction::close ||
          action == TransferAction::rollback);
}

/// The same for the start or end of a step. Before a pull's assets a server counts them; a push's
/// old files are set aside before the new ones, and removed after them.
inline bool keepsServerBusy(TransferKind kind, TransferStage stage, StepAction action) {
  return stage == TransferStage::assets &&
         (kind == TransferKind::push || action == StepAction::start);
}

/// `retry`, with more time and more attempts if the request keeps a server busy.
inline RetryMessageOptions patient(RetryMessageOptions retry, bool keepsBusy) {
  if (keepsBusy) {
    constexpr auto longest = Duration::max().count() / 4;
    constexpr auto most = std::numeric_limits<unsigned>::max() / 6;
    retry.retryMessageTimeout = Duration(std::min(retry.retryMessageTimeout.count(), longest) * 4);
    retry.retryMessageMaxRetries = std::min(retry.retryMessageMaxRetries, most) * 6;
  }
  return retry;
}

}  // namespace wsferry::strapi
