#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/strapi/dispatcher.hpp"

namespace wsferry::strapi {

/// The streams of a pull, by process id: who takes their data, what is held for whom nobody knows
/// yet, how long each has been waited for, and which the server is about to send data of. A server
/// may send the first data of a process before the answer that names it (protocol section 4). Not
/// thread-safe.
class ProcessTable {
 public:
  using Subscriber = std::shared_ptr<ProcessSubscriber>;

  ProcessTable(std::size_t maxHeldBytes, Duration overallCap)
      : maxHeldBytes_(maxHeldBytes), overallCap_(overallCap) {}

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

  /// As onData(), for data that nobody takes any more.
  void onDataTooLate(const std::string& id, std::string uuid);

  /// The server may send the next message of the process whose data this was.
  void onAcknowledged(std::string_view uuid, TimePoint now);

  /// Takes out those that waited too long for data.
  [[nodiscard]] std::vector<Subscriber> expired(TimePoint now);

  /// Takes out all. What the server is about to send stays known.
  [[nodiscard]] std::vector<Subscriber> takeAll();

  /// Whether the server is about to send data, and waits for nobody.
  bool isDataDue() const;

  /// The steps that this is so for.
  std::vector<std::string> stepsWithDataDue() const;

  std::optional<TimePoint> nextDeadline() const;

  /// Since when data has been owed for the longest time; nothing if none is.
  std::optional<TimePoint> waitingSince() const;

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

}  // namespace wsferry::strapi
