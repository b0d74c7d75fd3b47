#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <system_error>
#include <utility>

#include "wsferry/core/error.hpp"
#include "wsferry/strapi/remote_destination.hpp"

namespace wsferry::strapi {

/// The batches of a push that wait for their answers: how many there may be, and which failure
/// counts. A server answers in the order of the batches (protocol section 3), and failures of this
/// side come in any. No I/O; not thread-safe.
class SendWindow {
 public:
  struct Failure {
    std::error_code error;
    ErrorInfo info;
    TransferStage stage = TransferStage::entities;
    std::string contents;  ///< What the batch held.
  };

  explicit SendWindow(BatchWindow limits) : limits_(limits) {}

  /// Whether a batch of this size may be sent now. An empty window has room for any.
  bool hasPlace(std::size_t bytes) const;

  /// Adds a batch that is sent. Returns the number to complete it with.
  std::uint64_t add(std::size_t bytes, TransferStage stage, std::string contents);

  /// The answer to a batch; `error` is empty for success, which out of order is a failure. A second
  /// one for the same is ignored.
  void complete(std::uint64_t number, const std::error_code& error, ErrorInfo info);

  std::size_t unanswered() const { return unanswered_; }

  /// Whether everything sent is answered.
  bool isEmpty() const { return unanswered_ == 0; }

  /// Whether a batch failed: nothing more is to be sent.
  bool hasFailed() const { return failed_; }

  /// The failure of the earliest batch that failed, once all batches before it are answered; else
  /// null. It stays.
  const Failure* firstFailure() const;

 private:
  bool hasUnansweredBefore(std::uint64_t number) const;

  struct Slot {
    std::size_t bytes = 0;
    bool answered = false;
    Failure failure;  ///< Without an error as long as it has not failed.
  };

  BatchWindow limits_;
  std::deque<Slot> slots_;  ///< From the first that is unanswered or failed on.
  std::uint64_t firstNumber_ = 0;
  std::size_t unanswered_ = 0;
  std::size_t bytes_ = 0;
  bool failed_ = false;
};

inline bool SendWindow::hasPlace(std::size_t bytes) const {
  if (unanswered_ == 0) {
    return true;
  }
  return unanswered_ < limits_.batches && bytes <= limits_.bytes - std::min(bytes_, limits_.bytes);
}

inline std::uint64_t SendWindow::add(std::size_t bytes, TransferStage stage, std::string contents) {
  Slot slot;
  slot.bytes = bytes;
  slot.failure.stage = stage;
  slot.failure.contents = std::move(contents);
  slots_.push_back(std::move(slot));
  ++unanswered_;
  bytes_ += bytes;
  return firstNumber_ + slots_.size() - 1;
}

inline void SendWindow::complete(std::uint64_t number, const std::error_code& error,
                                 ErrorInfo info) {
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
        "The server answered a later message first: it does not store them in the order they were "
        "sent.";
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

inline bool SendWindow::hasUnansweredBefore(std::uint64_t number) const {
  const auto end = slots_.begin() + static_cast<std::ptrdiff_t>(number - firstNumber_);
  return std::any_of(slots_.begin(), end, [](const Slot& slot) { return !slot.answered; });
}

inline const SendWindow::Failure* SendWindow::firstFailure() const {
  const bool isSettled = !slots_.empty() && slots_.front().failure.error;
  return isSettled ? &slots_.front().failure : nullptr;
}

}  // namespace wsferry::strapi
