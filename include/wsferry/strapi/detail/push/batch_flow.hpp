#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/push/send_pace.hpp"
#include "wsferry/strapi/detail/push/send_window.hpp"

namespace wsferry::strapi {

/// When a push's next batch goes out: the window limits how many are in flight, the pace how many
/// of those help, and after a failure none follows. No clock and no I/O; not thread-safe.
class BatchFlow {
 public:
  /// One batch in flight until this is called.
  void setWindow(BatchWindow limits) { window_ = SendWindow(limits); }

  /// A stage begins: its batches have a different cost.
  void onStage() { pace_.onStage(); }

  /// The condition to wait for before a batch of this size: it may be sent, or a failure is known
  /// that forbids it.
  bool isReadyFor(std::size_t bytes, const std::optional<SendPace::Span>& roundTrip);

  /// The condition to wait for after the last batch: all are answered, or the failure is known.
  bool isDrained() const { return window_.isEmpty() || window_.firstFailure() != nullptr; }

  /// @throws Error: that of the first batch that failed.
  void throwIfFailed() const;

  /// Adds a batch that is sent. Returns the number to end it with.
  std::uint64_t add(std::size_t bytes, TransferStage stage, std::string contents) {
    return window_.add(bytes, stage, std::move(contents));
  }

  /// A batch is over, with an answer or without.
  void onOver(std::uint64_t number, const std::error_code& error, ErrorInfo info, TimePoint sent,
              TimePoint now) {
    pace_.onAnswer(sent, now);
    window_.complete(number, error, std::move(info));
  }

 private:
  SendWindow window_{BatchWindow{1, 0}};
  SendPace pace_;
};

inline bool BatchFlow::isReadyFor(std::size_t bytes,
                                  const std::optional<SendPace::Span>& roundTrip) {
  if (roundTrip) {
    pace_.setRoundTrip(*roundTrip);
  }
  if (window_.hasFailed()) {
    return window_.firstFailure() != nullptr;
  }
  return window_.isEmpty() ||
         (window_.hasPlace(bytes) && window_.unanswered() < pace_.batchesInFlight());
}

inline void BatchFlow::throwIfFailed() const {
  const SendWindow::Failure* const failure = window_.firstFailure();
  if (failure == nullptr) {
    return;
  }
  const bool isAboutContents =
      failure->error == ErrorCondition::remote || failure->error == Errc::timedOut;
  const SubjectKind kind =
      failure->stage == TransferStage::assets ? SubjectKind::asset : SubjectKind::record;
  throw Error(failure->error, failure->info)
      .at(toString(failure->stage), kind, isAboutContents ? failure->contents : std::string());
}

}  // namespace wsferry::strapi
