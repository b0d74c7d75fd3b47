#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <system_error>

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

  /// Whether a batch of this size may be sent now. An empty window has a place for any.
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

}  // namespace wsferry::strapi
