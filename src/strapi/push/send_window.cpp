#include "strapi/push/send_window.hpp"

#include <algorithm>
#include <utility>

namespace wsferry::strapi {

bool SendWindow::hasPlace(std::size_t bytes) const {
  if (unanswered_ == 0) {
    return true;
  }
  return unanswered_ < limits_.messages && bytes <= limits_.bytes - std::min(bytes_, limits_.bytes);
}

std::uint64_t SendWindow::add(std::size_t bytes, TransferStage stage, std::string contents) {
  Slot slot;
  slot.bytes = bytes;
  slot.failure.stage = stage;
  slot.failure.contents = std::move(contents);
  slots_.push_back(std::move(slot));
  ++unanswered_;
  bytes_ += bytes;
  return firstNumber_ + slots_.size() - 1;
}

void SendWindow::complete(std::uint64_t number, const std::error_code& error, ErrorInfo info) {
  if (number < firstNumber_ || number - firstNumber_ >= slots_.size()) {
    return;
  }
  Slot& slot = slots_[static_cast<std::size_t>(number - firstNumber_)];
  if (std::exchange(slot.answered, true)) {
    return;
  }
  --unanswered_;
  bytes_ -= slot.bytes;
  // What was not answered ends in any order.
  const bool isOutOfOrder = !error && hasUnansweredBefore(number);
  if (isOutOfOrder) {
    failed_ = true;
    slot.failure.error = Errc::protocolViolation;
    slot.failure.info.message =
        "The server answered a later message first: it does not store them in the order that they "
        "were sent in.";
  } else if (error) {
    failed_ = true;
    slot.failure.error = error;
    slot.failure.info = std::move(info);
  }
  while (!slots_.empty() && slots_.front().answered && !slots_.front().failure.error) {
    slots_.pop_front();
    ++firstNumber_;
  }
}

bool SendWindow::hasUnansweredBefore(std::uint64_t number) const {
  const auto end = slots_.begin() + static_cast<std::ptrdiff_t>(number - firstNumber_);
  return std::any_of(slots_.begin(), end, [](const Slot& slot) { return !slot.answered; });
}

const SendWindow::Failure* SendWindow::firstFailure() const {
  const bool isSettled = !slots_.empty() && slots_.front().failure.error;
  return isSettled ? &slots_.front().failure : nullptr;
}

}  // namespace wsferry::strapi
