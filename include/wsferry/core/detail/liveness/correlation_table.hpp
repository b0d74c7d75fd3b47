#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/liveness/keep_alive.hpp"
#include "wsferry/core/retry_message_options.hpp"
#include "wsferry/core/uuid.hpp"

namespace wsferry {

/// The messages that wait for an answer: uuid -> completion, encoded text, attempts, deadline.
/// Each entry leaves the table exactly once, and whoever takes it out completes it. No clock, timer
/// or callback of its own: the owner arms one timer at nextDeadline() and calls due() when it
/// fires. Not thread-safe.
///
/// All operations are amortised O(log n): one heap of (deadline, generation) with lazy deletion.
template <class Completion>
class CorrelationTable {
 public:
  struct Entry {
    Completion completion;
    std::string text;  ///< The encoded message, for sending again.
    RetryMessageOptions retry;
    TimePoint sentFirst;
    unsigned repeats = 0;  ///< How often it was sent again.
    unsigned counted = 0;  ///< Time-outs that count against retryMessageMaxRetries.
  };

  enum class Verdict {
    resend,   ///< Send Due::text again.
    wait,     ///< Nothing to do; the next deadline is set.
    timedOut  ///< Give up: take the entry and complete it.
  };

  struct Due {
    Uuid uuid;
    Verdict verdict;
    std::string_view text;  ///< Valid until the entry is taken.
    const Entry* entry;     ///< The same.
  };

  explicit CorrelationTable(Duration overallCap)
      : overallCap_(std::max(bounded(overallCap), Duration(1))) {}

  std::size_t size() const { return slots_.size(); }

  /// Adds a message that is sent at `now` and returns its entry, valid until it is taken. Null if
  /// the uuid is in use: then nothing is changed, not even `completion`.
  [[nodiscard]] const Entry* add(const Uuid& uuid, std::string text,
                                 const RetryMessageOptions& retry, Completion&& completion,
                                 TimePoint now) {
    const auto [slot, added] = slots_.try_emplace(uuid);
    if (!added) {
      return nullptr;
    }
    slot->second.entry = Entry{std::move(completion), std::move(text), retry, now, 0, 0};
    schedule(uuid, slot->second, now);
    return &slot->second.entry;
  }

  /// The entry, valid until it is taken; null without one.
  [[nodiscard]] const Entry* find(const Uuid& uuid) const {
    const auto slot = slots_.find(uuid);
    return slot == slots_.end() ? nullptr : &slot->second.entry;
  }

  /// Takes an entry out; nothing if it has gone already (a late or repeated answer).
  [[nodiscard]] std::optional<Entry> take(const Uuid& uuid) {
    const auto slot = slots_.find(uuid);
    if (slot == slots_.end()) {
      return std::nullopt;
    }
    std::optional<Entry> entry(std::move(slot->second.entry));
    slots_.erase(slot);
    compact();
    return entry;
  }

  /// Takes some entry out, of a connection that is over; nothing from an empty table. Allocates no
  /// memory.
  [[nodiscard]] std::optional<Entry> takeAny() {
    const auto slot = slots_.begin();
    if (slot == slots_.end()) {
      heap_.clear();
      return std::nullopt;
    }
    std::optional<Entry> entry(std::move(slot->second.entry));
    slots_.erase(slot);
    return entry;
  }

  /// The entries whose deadline has come, each with what to do about it. An entry that is not given
  /// up already has its next deadline.
  ///
  /// While the peer is alive, the wait continues up to the overall cap, and repeats are not
  /// counted. While liveness is unknown, every repeat counts, and after the last one the message is
  /// given up. A message above RetryMessageOptions::resendSizeLimit is not sent again: it waits as
  /// long.
  [[nodiscard]] std::vector<Due> due(TimePoint now, Liveness liveness) {
    std::vector<Due> result;
    while (!heap_.empty() && heap_.front().deadline <= now) {
      const Node node = popFront();
      const auto slot = slots_.find(node.uuid);
      if (slot == slots_.end() || slot->second.generation != node.generation) {
        continue;
      }
      const Verdict verdict = judge(slot->second.entry, now, liveness);
      if (verdict != Verdict::timedOut) {
        schedule(node.uuid, slot->second, now);
      }
      result.push_back({node.uuid, verdict, slot->second.entry.text, &slot->second.entry});
    }
    return result;
  }

  /// When due() has something to say next.
  std::optional<TimePoint> nextDeadline() {
    while (!heap_.empty() && isStale(heap_.front())) {
      popFront();
    }
    return heap_.empty() ? std::nullopt : std::optional<TimePoint>(heap_.front().deadline);
  }

 private:
  struct Slot {
    Entry entry;
    std::uint64_t generation = 0;
  };

  struct Node {
    TimePoint deadline;
    std::uint64_t generation;
    Uuid uuid;

    // std::push_heap keeps the largest first; the earliest deadline must be in front.
    friend bool operator<(const Node& a, const Node& b) { return a.deadline > b.deadline; }
  };

  Verdict judge(Entry& entry, TimePoint now, Liveness liveness) const {
    if (now - entry.sentFirst >= overallCap_) {
      return Verdict::timedOut;
    }
    if (liveness != Liveness::alive && entry.counted++ >= entry.retry.retryMessageMaxRetries) {
      return Verdict::timedOut;
    }
    if (entry.text.size() > entry.retry.resendSizeLimit) {
      return Verdict::wait;
    }
    ++entry.repeats;
    return Verdict::resend;
  }

  void schedule(const Uuid& uuid, Slot& slot, TimePoint now) {
    slot.generation = ++lastGeneration_;
    // A deadline that has passed would come again forever.
    const Duration timeout =
        std::clamp(slot.entry.retry.retryMessageTimeout, Duration(1), overallCap_);
    const TimePoint deadline = std::min(now + timeout, slot.entry.sentFirst + overallCap_);
    heap_.push_back({deadline, slot.generation, uuid});
    std::push_heap(heap_.begin(), heap_.end());
  }

  Node popFront() {
    std::pop_heap(heap_.begin(), heap_.end());
    const Node node = heap_.back();
    heap_.pop_back();
    return node;
  }

  bool isStale(const Node& node) const {
    const auto slot = slots_.find(node.uuid);
    return slot == slots_.end() || slot->second.generation != node.generation;
  }

  // Answers in time leave their node behind; without this the heap would grow with every message.
  void compact() {
    if (heap_.size() < 64 || heap_.size() < 2 * slots_.size()) {
      return;
    }
    heap_.erase(std::remove_if(heap_.begin(), heap_.end(),
                               [this](const Node& node) { return isStale(node); }),
                heap_.end());
    std::make_heap(heap_.begin(), heap_.end());
  }

  Duration overallCap_;
  std::unordered_map<Uuid, Slot> slots_;
  std::vector<Node> heap_;
  std::uint64_t lastGeneration_ = 0;
};

}  // namespace wsferry
