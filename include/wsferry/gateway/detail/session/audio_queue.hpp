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
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// Audio between the program's threads and the connection: bounded, and counted to the byte. All
/// functions may be called from any thread; one thread at a time takes.
class AudioQueue : public std::enable_shared_from_this<AudioQueue> {
 public:
  /// The longest piece that take() gives: the network's own queue stays short with it.
  static constexpr std::size_t maxPieceSize = std::size_t{64} << 10;

  AudioQueue(std::size_t limit, WhenFull whenFull) : limit_(limit), whenFull_(whenFull) {}

  /// Offers audio, and says whether who takes was waiting for it: he has to take() again.
  [[nodiscard]] bool offer(std::string bytes, Completion<std::error_code> completion);

  /// The same without waiting for room: the result, or nothing, and `bytes` as they were, if
  /// offer() would wait.
  [[nodiscard]] std::optional<std::error_code> tryOffer(std::string& bytes, bool& awaited);

  /// The next bytes to send; never empty. Nothing: all is taken, and offer() tells of more.
  [[nodiscard]] std::optional<std::string> take();

  /// Takes no more offers, unless it did so before; what waits is still given out.
  void close(std::error_code error);

  /// Drops what waits, and refuses offers with `error` from now on. How many bytes that were.
  std::uint64_t drop(std::error_code error);

  bool isEmpty() const;

  struct Counters {
    std::uint64_t queued = 0;
    std::uint64_t taken = 0;
    std::uint64_t dropped = 0;  ///< Offered, and neither taken nor given back to who offered it.
  };
  Counters counters() const;

 private:
  struct Waiter {
    std::uint64_t id;
    std::string bytes;
    Completion<std::error_code> completion;
  };

  std::optional<std::error_code> admit(std::string& bytes);
  bool fits(std::size_t size) const;
  void push(std::string bytes);
  void dropOldestFor(std::size_t size);
  void cancel(std::uint64_t waiter);

  const std::size_t limit_;
  const WhenFull whenFull_;
  mutable std::mutex mutex_;
  std::deque<std::string> chunks_;
  std::size_t frontTaken_ = 0;  ///< Of the first chunk.
  std::list<Waiter> waiters_;
  std::uint64_t lastWaiter_ = 0;
  bool awaited_ = false;  ///< The last take() gave nothing.
  std::optional<std::error_code> closed_;
  Counters counters_;
};

inline bool AudioQueue::offer(std::string bytes, Completion<std::error_code> completion) {
  std::error_code result;
  bool awaited = false;
  {
    const std::lock_guard lock(mutex_);
    const auto admitted = admit(bytes);
    if (!admitted) {
      const std::uint64_t id = ++lastWaiter_;
      // By any type: what waits here was not taken.
      completion.onCancel([weak = weak_from_this(), id](asio::cancellation_type) {
        if (const auto self = weak.lock()) {
          self->cancel(id);
        }
      });
      waiters_.push_back({id, std::move(bytes), std::move(completion)});
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
  const auto admitted = admit(bytes);
  awaited = !chunks_.empty() && std::exchange(awaited_, false);
  return admitted;
}

inline std::optional<std::string> AudioQueue::take() {
  std::string piece;
  std::vector<Completion<std::error_code>> admitted;
  {
    const std::lock_guard lock(mutex_);
    if (chunks_.empty()) {
      awaited_ = true;
      return std::nullopt;
    }
    std::string& front = chunks_.front();
    const std::size_t size = std::min(front.size() - frontTaken_, maxPieceSize);
    const bool isWhole = size == front.size();
    const bool isLast = frontTaken_ + size == front.size();
    piece = isWhole ? std::move(front) : front.substr(frontTaken_, size);
    frontTaken_ += size;
    if (isLast) {
      chunks_.pop_front();
      frontTaken_ = 0;
    }
    counters_.queued -= size;
    counters_.taken += size;
    while (!waiters_.empty() && fits(waiters_.front().bytes.size())) {
      push(std::move(waiters_.front().bytes));
      admitted.push_back(std::move(waiters_.front().completion));
      waiters_.pop_front();
    }
  }
  for (auto& completion : admitted) {
    completion({});
  }
  return piece;
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
    dropped = std::exchange(counters_.queued, 0);
    std::deque<std::string>().swap(chunks_);
    frontTaken_ = 0;
    waiters.swap(waiters_);
    for (const Waiter& waiter : waiters) {
      dropped += waiter.bytes.size();
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
  return chunks_.empty() && waiters_.empty();
}

inline AudioQueue::Counters AudioQueue::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

// What becomes of the bytes at once; nothing if they have to wait.
inline std::optional<std::error_code> AudioQueue::admit(std::string& bytes) {
  if (closed_) {
    return closed_;
  }
  if (bytes.empty()) {
    return std::error_code();
  }
  if (!waiters_.empty() || !fits(bytes.size())) {
    switch (whenFull_) {
      case WhenFull::block:
        return std::nullopt;
      case WhenFull::reject:
        return make_error_code(Errc::queueFull);
      case WhenFull::dropOldest:
        dropOldestFor(bytes.size());
        break;
    }
  }
  push(std::move(bytes));
  return std::error_code();
}

inline bool AudioQueue::fits(std::size_t size) const {
  return counters_.queued == 0 || (size <= limit_ && counters_.queued <= limit_ - size);
}

inline void AudioQueue::push(std::string bytes) {
  counters_.queued += bytes.size();
  chunks_.push_back(std::move(bytes));
}

inline void AudioQueue::dropOldestFor(std::size_t size) {
  while (!chunks_.empty() && !fits(size)) {
    const std::size_t dropped = chunks_.front().size() - std::exchange(frontTaken_, 0);
    counters_.queued -= dropped;
    counters_.dropped += dropped;
    chunks_.pop_front();
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
