#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
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
  static constexpr std::size_t maxPieceSize = 64 * 1024;

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

}  // namespace wsferry::gateway
