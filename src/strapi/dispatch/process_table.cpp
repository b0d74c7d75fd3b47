#include "strapi/dispatch/process_table.hpp"

#include <algorithm>
#include <utility>

namespace wsferry::strapi {
namespace {

constexpr std::ptrdiff_t maxUnknown = 64;

}  // namespace

void ProcessTable::onStarted(const std::string& id, const std::string& step) {
  Process& process = processes_[id];
  process.step = step;
  process.isDataDue = process.lastUuid.empty();
}

std::vector<ProcessData> ProcessTable::subscribe(const std::string& id,
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

void ProcessTable::unsubscribe(const std::string& id) {
  const auto found = processes_.find(id);
  if (found != processes_.end() && found->second.state != State::ended) {
    found->second.state = State::abandoned;
    found->second.waitingSince.reset();
  }
}

ProcessTable::Delivery ProcessTable::onData(const std::string& id, ProcessData data) {
  const auto isUnknown = [](const auto& entry) { return entry.second.state == State::waiting; };
  if (processes_.count(id) == 0 &&
      std::count_if(processes_.begin(), processes_.end(), isUnknown) >= maxUnknown) {
    throw Error(Errc::queueFull, "The server sent data for more than " +
                                     std::to_string(maxUnknown) +
                                     " streams that were not asked for.");
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
      throw Error(Errc::protocolViolation,
                  "The server sent data for a stream that it had ended (process " + id + ").");
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

void ProcessTable::hold(Process& process, ProcessData data) {
  heldBytes_ += data.message.size();
  if (heldBytes_ > maxHeldBytes_) {
    throw Error(Errc::queueFull, "The server sent more than " + std::to_string(maxHeldBytes_) +
                                     " bytes of data for streams that were not asked for.");
  }
  process.held.push_back(std::move(data));
}

void ProcessTable::onDataTooLate(const std::string& id, std::string uuid) {
  Process& process = processes_[id];
  process.lastUuid = std::move(uuid);
  process.isDataDue = false;
}

void ProcessTable::onAcknowledged(std::string_view uuid, TimePoint now) {
  for (auto& [id, process] : processes_) {
    if (process.state == State::open && process.lastUuid == uuid) {
      process.waitingSince = now;
      process.isDataDue = true;
    }
  }
}

std::vector<ProcessTable::Subscriber> ProcessTable::expired(TimePoint now) {
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

std::vector<ProcessTable::Subscriber> ProcessTable::takeAll() {
  std::vector<Subscriber> result;
  for (auto& [id, process] : processes_) {
    if (process.state == State::open) {
      if (auto subscriber = process.subscriber.lock()) {
        result.push_back(std::move(subscriber));
      }
    }
    process.state = State::abandoned;
    process.waitingSince.reset();
    process.held.clear();
  }
  heldBytes_ = 0;
  return result;
}

bool ProcessTable::isDataDue() const {
  return std::any_of(processes_.begin(), processes_.end(),
                     [](const auto& entry) { return entry.second.isDataDue; });
}

std::vector<std::string> ProcessTable::stepsWithDataDue() const {
  std::vector<std::string> steps;
  for (const auto& [id, process] : processes_) {
    if (process.isDataDue && !process.step.empty()) {
      steps.push_back(process.step);
    }
  }
  return steps;
}

std::optional<TimePoint> ProcessTable::nextDeadline() const {
  const auto since = waitingSince();
  return since ? std::optional(*since + overallCap_) : std::nullopt;
}

std::optional<TimePoint> ProcessTable::waitingSince() const {
  std::optional<TimePoint> earliest;
  for (const auto& [id, process] : processes_) {
    if (process.waitingSince) {
      earliest = earliest ? std::min(*earliest, *process.waitingSince) : *process.waitingSince;
    }
  }
  return earliest;
}

}  // namespace wsferry::strapi
