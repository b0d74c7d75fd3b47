#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/message.hpp"

namespace wsferry {

/// The receiving side of a connection: the buffer of the one read that may be in progress, the
/// waiting messages, and who gets them when. No socket: the owner reads, and reports it. Not
/// thread-safe, except the statistics.
class ConnectionReader {
 public:
  /// A buffer to read into.
  struct Buffer {
    char* data;
    std::size_t size;
  };

  /// @param queueLimit bytes of messages that may wait to be taken one by one.
  explicit ConnectionReader(std::size_t queueLimit) : queueLimit_(queueLimit) {}

  // Safe from any thread.
  std::uint64_t bytesReceived() const { return bytes_; }
  std::uint64_t messagesReceived() const { return messages_; }

  TimePoint lastReceived() const { return lastReceived_; }

  // Who gets the messages.

  /// From now on a listener gets them, as they come.
  void attach() { isAttached_ = true; }
  bool isAttached() const { return isAttached_; }
  /// Holds the listener's messages back.
  void pause(bool isPaused) { isPaused_ = isPaused; }

  // Reading.

  bool isReading() const { return isReading_; }
  /// Whether what is read could be kept or delivered.
  bool hasRoom() const { return !isPaused_ && !isFull(); }
  bool isFull() const { return !isAttached_ && waitingBytes_ > queueLimit_; }

  Buffer beginRead() {
    isReading_ = true;
    if (buffer_.empty()) {
      buffer_.resize(firstSize);
    }
    return {buffer_.data(), buffer_.size()};
  }

  /// The read is done; its bytes stay in the buffer until onUsed() or the next read.
  void endRead() { isReading_ = false; }

  void onReceived(std::size_t size, TimePoint now) {
    bytes_ += size;
    lastReceived_ = now;
  }

  /// The bytes of a read were used. The buffer grows while it is filled, and is released when it
  /// has been too large for long: a quiet connection costs little.
  void onUsed(std::size_t size) {
    smallReads_ = size < firstSize ? smallReads_ + 1 : 0;
    if (size == buffer_.size() && size < lastSize) {
      buffer_ = std::vector<char>(2 * size);
    } else if (smallReads_ >= smallReadsLimit && buffer_.size() > firstSize) {
      buffer_ = std::vector<char>(firstSize);
    }
  }

  // The messages.

  void add(MessageType type, std::string&& payload) {
    ++messages_;
    waitingBytes_ += payload.size() + sizeof(Message);
    Message& message = waiting_.emplace_back();
    message.type = type;
    message.payload = std::move(payload);
  }

  /// Whether there is a message for the listener now; none while it pauses.
  bool hasForListener() const { return isAttached_ && !isPaused_ && !waiting_.empty(); }

  /// Whether there is one to be taken.
  bool hasForCall() const { return !isAttached_ && !waiting_.empty(); }

  /// The next message, if there is one.
  [[nodiscard]] Message take() {
    Message message = std::move(waiting_.front());
    waiting_.pop_front();
    waitingBytes_ -= message.payload.size() + sizeof(Message);
    return message;
  }

  /// Whether no message is left to be taken.
  bool isEmpty() const { return waiting_.empty(); }

  /// Whether everything that came before a failure of the peer has been answered. A program that
  /// receives message by message may want to answer the last one, and has done so when it asks for
  /// the next.
  bool isWorkedOff(bool isReceiving) const { return isAttached_ || isReceiving || messages_ == 0; }

  /// Nobody is to get what waits.
  void clear() {
    waiting_.clear();
    waitingBytes_ = 0;
  }

  /// Whether to tell the listener now that the connection has ended: once, after the last message.
  [[nodiscard]] bool takeEnd() {
    return isAttached_ && waiting_.empty() && !std::exchange(isEndTaken_, true);
  }

 private:
  static constexpr std::size_t firstSize = std::size_t{4} << 10;
  static constexpr std::size_t lastSize = std::size_t{256} << 10;
  static constexpr unsigned smallReadsLimit = 4;

  std::size_t queueLimit_;
  bool isAttached_ = false;
  bool isPaused_ = false;
  bool isReading_ = false;
  std::vector<char> buffer_;
  unsigned smallReads_ = 0;  ///< In a row.
  TimePoint lastReceived_;
  std::deque<Message> waiting_;
  std::size_t waitingBytes_ = 0;
  bool isEndTaken_ = false;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> messages_{0};
};

}  // namespace wsferry
