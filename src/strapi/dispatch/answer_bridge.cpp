#include "wsferry/strapi/detail/dispatch/answer_bridge.hpp"

namespace wsferry::strapi {

void throwCancelled() {
  throw Error(Errc::cancelled, "The transfer was cancelled.");
}

void AnswerBridge::begin(CallState& call) {
  const std::lock_guard lock(mutex_);
  ledger_.onSent();
  call.isRequest = true;
  call.sent = Clock::now();
}

AnswerBridge::Lock AnswerBridge::wait(const Condition& isThere) {
  Lock lock(mutex_);
  changed_.wait(lock, [&] { return ledger_.endsWait(isThere()); });
  if (ledger_.isInterrupted()) {
    throwCancelled();
  }
  return lock;
}

AnswerBridge::Lock AnswerBridge::waitUntil(TimePoint deadline, const Condition& isThere) {
  Lock lock(mutex_);
  changed_.wait_until(lock, deadline, isThere);
  return lock;
}

AnswerBridge::Lock AnswerBridge::waitAnyway(const Condition& isThere) {
  Lock lock(mutex_);
  changed_.wait(lock, isThere);
  return lock;
}

bool AnswerBridge::waitUntilAnswered(TimePoint deadline) {
  const Lock lock = waitUntil(deadline, [this] { return ledger_.isSettled(); });
  return ledger_.isAnswered();
}

void AnswerBridge::interrupt() noexcept {
  change([](AnswerLedger& ledger) { ledger.interrupt(); });
}

void AnswerBridge::throwIfInterrupted() {
  const Lock lock(mutex_);
  if (ledger_.isInterrupted()) {
    throwCancelled();
  }
}

}  // namespace wsferry::strapi
