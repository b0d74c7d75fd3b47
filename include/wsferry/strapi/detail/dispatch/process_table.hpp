#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/strapi/dispatcher.hpp"

namespace wsferry::strapi {

/// The steps of a pull that are under way, by process id: who takes their data, what is held for
/// whom nobody knows yet, how long each has been waited for, and which the server is about to send
/// data of. A server may send the first data of a process before the answer that names it (protocol
/// section 4). Not thread-safe.
class ProcessTable {
 public:
  using Subscriber = std::shared_ptr<ProcessSubscriber>;

  ProcessTable(std::size_t maxHeldBytes, Duration overallCap)
      : maxHeldBytes_(maxHeldBytes), overallCap_(bounded(overallCap)) {}

  /// The server has named the process of a step.
  void onStarted(const std::string& id, const std::string& step);

  /// What to deliver now, in order.
  [[nodiscard]] std::vector<ProcessData> subscribe(const std::string& id,
                                                   std::weak_ptr<ProcessSubscriber> subscriber,
                                                   TimePoint now);

  void unsubscribe(const std::string& id);

  struct Delivery {
    Subscriber subscriber;  ///< Empty if the data is held or dropped: nothing to do.
    ProcessData data;
  };

  /// @throws Error: queueFull when too much would be held, protocolViolation after the end.
  [[nodiscard]] Delivery onData(const std::string& id, ProcessData data);

  /// As onData(), for data that is no longer wanted.
  void onDataTooLate(const std::string& id, std::string uuid);

  /// The server may send the next message of the process whose data this was.
  void onAcknowledged(std::string_view uuid, TimePoint now);

  /// Takes out those that waited too long for data.
  [[nodiscard]] std::vector<Subscriber> expired(TimePoint now);

  /// Abandons all, and calls `tell(subscriber)` for those that expected more. Allocates no memory.
  /// What the server is about to send remains known.
  template <class Tell>
  void abandonAll(const Tell& tell);

  /// Whether the server is about to send data, and waits for nobody.
  bool isDataDue() const;

  /// The steps that this is so for.
  std::vector<std::string> stepsWithDataDue() const;

  std::optional<TimePoint> nextDeadline() const;

  struct Wait {
    TimePoint since;
    std::string step;  ///< Empty if it is not known.
  };
  /// For the data that has been owed for the longest time; nothing if none is.
  std::optional<Wait> longestWait() const;

 private:
  enum class State { waiting, open, ended, abandoned };

  struct Process {
    State state = State::waiting;  ///< Data came, nobody subscribed yet.
    std::weak_ptr<ProcessSubscriber> subscriber;
    std::deque<ProcessData> held;
    std::string step;  ///< If known.
    std::string lastUuid;
    bool isDataDue = false;
    std::optional<TimePoint> waitingSince;  ///< Data is owed by the server since then.
  };

  void hold(Process& process, ProcessData data);

  std::size_t maxHeldBytes_;
  Duration overallCap_;
  std::size_t heldBytes_ = 0;
  std::map<std::string, Process> processes_;
};

namespace detail {

inline constexpr std::ptrdiff_t maxUnknown = 64;

}  // namespace detail

inline void ProcessTable::onStarted(const std::string& id, const std::string& step) {
  Process& process = processes_[id];
  process.step = step;
  process.isDataDue = process.lastUuid.empty();
}

inline std::vector<ProcessData> ProcessTable::subscribe(const std::string& id,
                                                        std::weak_ptr<ProcessSubscriber> subscriber,
                                                        TimePoint now) {
  Process& process = processes_[id];
  process.subscriber = std::move(subscriber);
  process.state = State::open;
  process.waitingSince = now;
  process.isDataDue = process.lastUuid.empty();
  std::vector<ProcessData> early;
  for (ProcessData& data : std::exchange(process.held, {})) {
    heldBytes_ -= data.message.size();
    process.waitingSince.reset();
    process.state = data.ended ? State::ended : State::open;
    early.push_back(std::move(data));
  }
  return early;
}

inline void ProcessTable::unsubscribe(const std::string& id) {
  const auto found = processes_.find(id);
  if (found != processes_.end() && found->second.state != State::ended) {
    found->second.state = State::abandoned;
    found->second.waitingSince.reset();
  }
}

inline ProcessTable::Delivery ProcessTable::onData(const std::string& id, ProcessData data) {
  const auto isUnknown = [](const auto& entry) { return entry.second.state == State::waiting; };
  if (processes_.count(id) == 0 &&
      std::count_if(processes_.begin(), processes_.end(), isUnknown) >= detail::maxUnknown) {
    throw Error(Errc::queueFull, "The server sent data for more than " +
                                     std::to_string(detail::maxUnknown) +
                                     " steps that were not requested.");
  }
  Process& process = processes_[id];
  process.lastUuid = data.uuid;
  process.isDataDue = false;
  process.waitingSince.reset();
  switch (process.state) {
    case State::waiting:
      hold(process, std::move(data));
      return {};
    case State::ended:
      // Its id is not said: it is the server's word, of any length.
      throw Error(Errc::protocolViolation, "The server sent data for a step that it had ended.");
    case State::abandoned:
      return {};
    case State::open:
      break;
  }
  if (data.ended) {
    process.state = State::ended;
  }
  return {process.subscriber.lock(), std::move(data)};
}

inline void ProcessTable::hold(Process& process, ProcessData data) {
  // There is always room for a first message, however large, if the process was requested or
  // nothing else is held: the server waits for its acknowledgement.
  const bool hasPlace = heldBytes_ + data.message.size() <= maxHeldBytes_ ||
                        (process.held.empty() && (!process.step.empty() || heldBytes_ == 0));
  heldBytes_ += data.message.size();
  if (!hasPlace) {
    throw Error(Errc::queueFull, "The server sent more than " + std::to_string(maxHeldBytes_) +
                                     " bytes of data for steps that were not requested.");
  }
  process.held.push_back(std::move(data));
}

inline void ProcessTable::onDataTooLate(const std::string& id, std::string uuid) {
  Process& process = processes_[id];
  process.lastUuid = std::move(uuid);
  process.isDataDue = false;
}

inline void ProcessTable::onAcknowledged(std::string_view uuid, TimePoint now) {
  for (auto& [id, process] : processes_) {
    if (process.state == State::open && process.lastUuid == uuid) {
      process.waitingSince = now;
      process.isDataDue = true;
    }
  }
}

inline std::vector<ProcessTable::Subscriber> ProcessTable::expired(TimePoint now) {
  std::vector<Subscriber> result;
  for (auto& [id, process] : processes_) {
    if (process.waitingSince && now - *process.waitingSince >= overallCap_) {
      process.waitingSince.reset();
      process.state = State::abandoned;
      if (auto subscriber = process.subscriber.lock()) {
        result.push_back(std::move(subscriber));
      }
    }
  }
  return result;
}

template <class Tell>
void ProcessTable::abandonAll(const Tell& tell) {
  for (auto& [id, process] : processes_) {
    const bool wasOpen = std::exchange(process.state, State::abandoned) == State::open;
    process.waitingSince.reset();
    process.held.clear();
    const auto subscriber = wasOpen ? process.subscriber.lock() : nullptr;
    if (subscriber) {
      tell(*subscriber);
    }
  }
  heldBytes_ = 0;
}

inline bool ProcessTable::isDataDue() const {
  return std::any_of(processes_.begin(), processes_.end(),
                     [](const auto& entry) { return entry.second.isDataDue; });
}

inline std::vector<std::string> ProcessTable::stepsWithDataDue() const {
  std::vector<std::string> steps;
  for (const auto& [id, process] : processes_) {
    if (process.isDataDue && !process.step.empty()) {
      steps.push_back(process.step);
    }
  }
  return steps;
}

inline std::optional<TimePoint> ProcessTable::nextDeadline() const {
  const auto wait = longestWait();
  return wait ? std::optional(wait->since + overallCap_) : std::nullopt;
}

inline std::optional<ProcessTable::Wait> ProcessTable::longestWait() const {
  const Process* longest = nullptr;
  for (const auto& [id, process] : processes_) {
    if (process.waitingSince &&
        (longest == nullptr || *process.waitingSince < *longest->waitingSince)) {
      longest = &process;
    }
  }
  return longest != nullptr ? std::optional(Wait{*longest->waitingSince, longest->step})
                            : std::nullopt;
}

}  // namespace wsferry::strapi
