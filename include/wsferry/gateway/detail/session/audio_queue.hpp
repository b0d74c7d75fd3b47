#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/session/audio_piece.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// Audio, and messages sent in order with it, between the program's threads and the connection:
/// bounded, and counted to the byte. All functions may be called from any thread; only one thread
/// at a time takes.
class AudioQueue : public std::enable_shared_from_this<AudioQueue> {
 public:
  AudioQueue(std::size_t limit, WhenFull whenFull, AudioPiece::Size pieces)
      : limit_(limit), whenFull_(whenFull), pieces_(pieces) {}
  AudioQueue(std::size_t limit, WhenFull whenFull)
      : AudioQueue(limit, whenFull, AudioPiece::Size{}) {}

  /// Queues a message after the audio accepted so far. It does not wait for room; waiting messages
  /// may have as many bytes as audio at most: Errc::queueFull.
  [[nodiscard]] std::error_code offerMessage(std::string text, AudioPiece::Kind kind,
                                             bool& awaited);

  /// Offers audio, and says whether the taker was waiting for it and has to call take() again.
  [[nodiscard]] bool offer(std::string bytes, Completion<std::error_code> completion) {
    return offer(std::move(bytes), std::move(completion), false);
  }

  /// This much audio will be offered by offerExpected(), as for a file: the queue is not empty
  /// before that, and dropping it also drops what is expected. False if it accepts no more offers.
  [[nodiscard]] bool expect(std::uint64_t bytes);
  /// As offer(), for expected audio: close() does not end it, and it waits for room, whatever
  /// `whenFull` is.
  [[nodiscard]] bool offerExpected(std::string bytes, Completion<std::error_code> completion) {
    return offer(std::move(bytes), std::move(completion), true);
  }
  void expectNoMore();

  /// The same without waiting for room: the result, or nothing, and `bytes` as they were, if
  /// offer() would wait.
  [[nodiscard]] std::optional<std::error_code> tryOffer(std::string& bytes, bool& awaited);

  /// What to send next. Nothing if all is taken, or there is too little for a piece; offer()
  /// announces more.
  [[nodiscard]] std::optional<AudioPiece> take();

  /// Accepts no more offers; what waits is still handed out.
  void close(std::error_code error);

  /// Drops what waits, and refuses offers with `error` from now on. Returns how many bytes were
  /// dropped.
  std::uint64_t drop(std::error_code error);

  bool isEmpty() const;

  struct Counters {
    std::uint64_t queued = 0;
    std::uint64_t taken = 0;
    std::uint64_t dropped = 0;  ///< Offered, but neither taken nor returned to the caller.
  };
  Counters counters() const;

 private:
  struct Waiter {
    std::uint64_t id;
    std::string bytes;
    Completion<std::error_code> completion;
    bool isExpected;
  };

  struct Chunk {
    std::string bytes;
    AudioPiece::Kind kind = AudioPiece::Kind::audio;
  };

  [[nodiscard]] bool offer(std::string bytes, Completion<std::error_code> completion,
                           bool isExpected);
  std::optional<std::error_code> admit(std::string& bytes, bool isExpected);
  std::optional<AudioPiece> takeMessage();
  std::size_t nextSize() const;
  std::string takeAudio(std::size_t size);
  bool fits(std::size_t size) const;
  void push(std::string bytes, bool isExpected);
  void dropOldestFor(std::size_t size);
  void cancel(std::uint64_t waiter);

  const std::size_t limit_;
  const WhenFull whenFull_;
  const AudioPiece::Size pieces_;
  mutable std::mutex mutex_;
  std::deque<Chunk> chunks_;
  std::size_t frontTaken_ = 0;    ///< Of the first chunk.
  std::size_t messageBytes_ = 0;  ///< Of messages among them.
  std::list<Waiter> waiters_;
  std::uint64_t lastWaiter_ = 0;
  bool awaited_ = false;  ///< The last take() returned nothing.
  std::optional<std::error_code> closed_;
  bool dropped_ = false;
  std::uint64_t expected_ = 0;  ///< What waits for room included.
  Counters counters_;
};

inline bool AudioQueue::offer(std::string bytes, Completion<std::error_code> completion,
                              bool isExpected) {
  std::error_code result;
  bool awaited = false;
  {
    const std::lock_guard lock(mutex_);
    const auto admitted = admit(bytes, isExpected);
    if (!admitted) {
      const std::uint64_t id = ++lastWaiter_;
      // By any type: what waits here was not taken.
      completion.onCancel([weak = weak_from_this(), id](asio::cancellation_type) {
        if (const auto self = weak.lock()) {
          self->cancel(id);
        }
      });
      waiters_.push_back({id, std::move(bytes), std::move(completion), isExpected});
      return false;
    }
    result = *admitted;
    awaited = !chunks_.empty() && std::exchange(awaited_, false);
  }
  completion.completeAtOnce(result);
  return awaited;
}

inline std::optional<std::error_code> AudioQueue::tryOffer(std::string& bytes, bool& awaited) {
  const std::lock_guard lock(mutex_);
  const auto admitted = admit(bytes, false);
  awaited = !chunks_.empty() && std::exchange(awaited_, false);
  return admitted;
}

inline std::error_code AudioQueue::offerMessage(std::string text, AudioPiece::Kind kind,
                                                bool& awaited) {
  const std::lock_guard lock(mutex_);
  awaited = false;
  if (closed_) {
    return *closed_;
  }
  if (messageBytes_ + text.size() > limit_) {
    return Errc::queueFull;
  }
  messageBytes_ += text.size();
  chunks_.push_back({std::move(text), kind});
  awaited = std::exchange(awaited_, false);
  return {};
}

inline std::optional<AudioPiece> AudioQueue::take() {
  AudioPiece piece;
  std::vector<Completion<std::error_code>> admitted;
  {
    const std::lock_guard lock(mutex_);
    if (auto message = takeMessage()) {
      return message;
    }
    const std::size_t size = nextSize();
    if (size == 0) {
      awaited_ = true;
      return std::nullopt;
    }
    piece.bytes = takeAudio(size);
    counters_.queued -= size;
    counters_.taken += size;
    while (!waiters_.empty() && fits(waiters_.front().bytes.size())) {
      push(std::move(waiters_.front().bytes), waiters_.front().isExpected);
      admitted.push_back(std::move(waiters_.front().completion));
      waiters_.pop_front();
    }
  }
  for (auto& completion : admitted) {
    completion({});
  }
  return piece;
}

// Nothing if audio is next.
inline std::optional<AudioPiece> AudioQueue::takeMessage() {
  if (chunks_.empty() || chunks_.front().kind == AudioPiece::Kind::audio) {
    return std::nullopt;
  }
  AudioPiece piece{std::move(chunks_.front().bytes), chunks_.front().kind};
  messageBytes_ -= piece.bytes.size();
  chunks_.pop_front();
  return piece;
}

// How much audio the next piece holds; 0 if it must wait.
inline std::size_t AudioQueue::nextSize() const {
  if (chunks_.empty()) {
    return 0;
  }
  const std::size_t front = chunks_.front().bytes.size() - frontTaken_;
  if (pieces_.least == 0) {
    return std::min(front, pieces_.most);
  }
  std::size_t total = front;
  bool isLast = closed_ && waiters_.empty() && expected_ == 0;
  for (std::size_t i = 1; i < chunks_.size() && total < pieces_.most + pieces_.least; ++i) {
    if (chunks_[i].kind != AudioPiece::Kind::audio) {
      isLast = true;
      break;
    }
    total += chunks_[i].bytes.size();
  }
  if (total <= pieces_.most && isLast) {
    return total;
  }
  // What is left must be enough for another piece.
  return total < 2 * pieces_.least ? 0 : std::min(total - pieces_.least, pieces_.most);
}

inline std::string AudioQueue::takeAudio(std::size_t size) {
  if (frontTaken_ == 0 && chunks_.front().bytes.size() == size) {
    std::string whole = std::move(chunks_.front().bytes);
    chunks_.pop_front();
    return whole;
  }
  std::string bytes;
  while (bytes.size() < size) {
    const std::string& front = chunks_.front().bytes;
    const std::size_t part = std::min(front.size() - frontTaken_, size - bytes.size());
    bytes.append(front, frontTaken_, part);
    frontTaken_ += part;
    if (frontTaken_ == front.size()) {
      chunks_.pop_front();
      frontTaken_ = 0;
    }
  }
  return bytes;
}

inline bool AudioQueue::expect(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  expected_ += closed_ ? 0 : bytes;
  return !closed_;
}

inline void AudioQueue::expectNoMore() {
  const std::lock_guard lock(mutex_);
  expected_ = 0;
}

inline void AudioQueue::close(std::error_code error) {
  const std::lock_guard lock(mutex_);
  if (!closed_) {
    closed_ = error;
  }
}

inline std::uint64_t AudioQueue::drop(std::error_code error) {
  std::list<Waiter> waiters;
  std::uint64_t dropped = 0;
  {
    const std::lock_guard lock(mutex_);
    closed_ = error;
    dropped_ = true;
    dropped = std::exchange(counters_.queued, 0) + std::exchange(expected_, 0);
    std::deque<Chunk>().swap(chunks_);
    frontTaken_ = 0;
    messageBytes_ = 0;
    waiters.swap(waiters_);
    for (const Waiter& waiter : waiters) {
      dropped += waiter.isExpected ? 0 : waiter.bytes.size();
    }
    counters_.dropped += dropped;
  }
  for (Waiter& waiter : waiters) {
    waiter.completion(error);
  }
  return dropped;
}

inline bool AudioQueue::isEmpty() const {
  const std::lock_guard lock(mutex_);
  return chunks_.empty() && waiters_.empty() && expected_ == 0;
}

inline AudioQueue::Counters AudioQueue::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

// What becomes of the bytes at once; nothing if they have to wait.
inline std::optional<std::error_code> AudioQueue::admit(std::string& bytes, bool isExpected) {
  if (isExpected ? dropped_ : closed_.has_value()) {
    return closed_;
  }
  if (bytes.empty()) {
    return std::error_code();
  }
  if (!waiters_.empty() || !fits(bytes.size())) {
    switch (isExpected ? WhenFull::block : whenFull_) {
      case WhenFull::block:
        return std::nullopt;
      case WhenFull::reject:
        return make_error_code(Errc::queueFull);
      case WhenFull::dropOldest:
        dropOldestFor(bytes.size());
        break;
    }
  }
  push(std::move(bytes), isExpected);
  return std::error_code();
}

// A queue that has too little for a piece accepts any amount: otherwise nothing would ever be taken
// from it.
inline bool AudioQueue::fits(std::size_t size) const {
  return counters_.queued < std::max<std::size_t>(2 * pieces_.least, 1) ||
         (size <= limit_ && counters_.queued <= limit_ - size);
}

inline void AudioQueue::push(std::string bytes, bool isExpected) {
  expected_ -= isExpected ? std::min<std::uint64_t>(expected_, bytes.size()) : 0;
  counters_.queued += bytes.size();
  chunks_.push_back({std::move(bytes), AudioPiece::Kind::audio});
}

// Messages stay.
inline void AudioQueue::dropOldestFor(std::size_t size) {
  for (std::size_t i = 0; i < chunks_.size() && !fits(size);) {
    if (chunks_[i].kind != AudioPiece::Kind::audio) {
      ++i;
      continue;
    }
    const std::size_t taken = i == 0 ? std::exchange(frontTaken_, 0) : 0;
    const std::size_t dropped = chunks_[i].bytes.size() - taken;
    counters_.queued -= dropped;
    counters_.dropped += dropped;
    chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

inline void AudioQueue::cancel(std::uint64_t waiter) {
  Completion<std::error_code> completion;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(waiters_.begin(), waiters_.end(),
                                    [waiter](const Waiter& each) { return each.id == waiter; });
    if (found == waiters_.end()) {
      return;
    }
    completion = std::move(found->completion);
    waiters_.erase(found);
  }
  completion(Errc::cancelled);
}

}  // namespace wsferry::gateway
