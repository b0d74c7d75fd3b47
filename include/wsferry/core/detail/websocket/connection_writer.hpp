#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/websocket/output_queue.hpp"

namespace wsferry {

/// The sending side of a connection: what waits for the socket, and when it is written. One write
/// is in progress at a time. No socket: the owner writes, and reports it. Not thread-safe, except
/// the statistics.
///
/// Small pieces go out together, because a system call costs more than a turn of the executor: a
/// little output waits for more until nothing was added in two turns, or until its time is up.
class ConnectionWriter {
 public:
  /// Holds for as long as it lives.
  class [[nodiscard]] Hold {
   public:
    explicit Hold(bool& flag) : flag_(flag) { flag_ = true; }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold() { flag_ = false; }

   private:
    bool& flag_;
  };

  // Safe from any thread.
  std::uint64_t bytesSent() const { return written_; }
  std::uint64_t messagesSent() const { return messages_; }
  /// Bytes that wait; none once the connection is over.
  std::uint64_t unsent() const { return unsent_; }

  /// All bytes ever queued: the position in the output after what was just sent.
  std::uint64_t queued() const { return queued_; }
  bool isAllWritten() const { return written_ == queued_; }

  // Output.

  void append(std::string_view bytes) {
    queue_.append(bytes);
    queued_ += bytes.size();
    if (isReplying_) {
      repliesEnd_ = queued_;
      replies_ += bytes.size();
    }
    unsent_ = queued_ - written_;
  }

  void onMessage() { ++messages_; }

  /// What was queued, for a caller that writes it instead.
  std::string takeAll() {
    written_ = queued_;
    unsent_ = 0;
    return queue_.takeAll();
  }

  /// More output is about to come: nothing is written meanwhile.
  Hold cork() { return Hold(isCorked_); }

  /// Whatever is queued meanwhile answers the peer.
  Hold reply() { return Hold(isReplying_); }

  /// Whether a peer that does not read makes us accumulate answers to its pings.
  bool isFlooded() const { return replies_ > repliesLimit; }

  // Gathering.

  /// Whether enough waits to be written without waiting for more.
  bool isMuch() const { return unsent_ >= gatheredSize; }
  bool mayGather() const { return !isWriting_ && !isCorked_ && !isGathering_; }

  void beginGathering(TimePoint now) {
    isGathering_ = true;
    hasGrace_ = true;
    queuedBefore_ = queued_;
    latest_ = now + gatheringTime;
  }

  /// A turn later: whether to wait for one more. Otherwise it should be written.
  [[nodiscard]] bool keepGathering(TimePoint now) {
    const bool grew = queued_ > queuedBefore_;
    isGathering_ = (grew || hasGrace_) && !isMuch() && now < latest_;
    hasGrace_ = grew;
    queuedBefore_ = queued_;
    return isGathering_;
  }

  // Writing.

  /// What to write now. Nothing while a write is in progress or more is about to come, and if
  /// nothing waits or can be written.
  [[nodiscard]] std::optional<std::string_view> beginWrite() {
    if (isWriting_ || isCorked_ || isDone()) {
      return std::nullopt;
    }
    isWriting_ = true;
    return queue_.beginWrite();
  }

  /// The socket took so many bytes of it.
  void endWrite(std::size_t size) {
    isWriting_ = false;
    queue_.consume(size);
    if (isStopped_) {
      return;
    }
    written_ += size;
    unsent_ = queued_ - written_;
    if (written_ >= repliesEnd_) {
      replies_ = 0;
    }
  }

  /// Whether there is nothing to write, now that nobody is about to: all is written, or will never
  /// be.
  bool isDone() const { return !isWriting_ && !isCorked_ && (isStopped_ || queue_.isEmpty()); }

  /// Nothing can be written any more.
  void stop() { isStopped_ = true; }

  /// The connection is over.
  void drop() {
    isStopped_ = true;
    unsent_ = 0;
  }

 private:
  // Less output than this may wait for more, at most this long.
  static constexpr std::uint64_t gatheredSize = std::uint64_t{16} << 10;
  static constexpr Duration gatheringTime{1};
  static constexpr std::size_t repliesLimit = std::size_t{1} << 20;

  OutputQueue queue_;
  bool isWriting_ = false;
  bool isCorked_ = false;
  bool isStopped_ = false;
  bool isReplying_ = false;
  std::size_t replies_ = 0;       ///< Bytes of answers that were not written when they came.
  std::uint64_t repliesEnd_ = 0;  ///< Where the last of them ends.
  bool isGathering_ = false;
  bool hasGrace_ = false;           ///< One more turn even if nothing was added.
  std::uint64_t queuedBefore_ = 0;  ///< A turn ago.
  TimePoint latest_;
  std::uint64_t queued_ = 0;
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> unsent_{0};
  std::atomic<std::uint64_t> messages_{0};
};

}  // namespace wsferry
