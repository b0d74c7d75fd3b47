#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/uuid.hpp"

namespace wsferry::strapi {

/// Distinguishes Strapi's transfer endpoint from other WebSocket servers by how a conversation
/// begins: a server that speaks first in another form, or leaves the first requests unanswered, is
/// not one. No clock and no I/O of its own. Not thread-safe.
class OpeningWatch {
 public:
  /// A request that is overdue.
  struct Overdue {
    std::string label;
    bool isFirst = false;  ///< Nothing has been answered yet.
  };

  explicit OpeningWatch(Duration limit) : limit_(bounded(limit)) {}

  /// `label` is the request's name, as of Dispatcher. Others than those which open a transfer, and
  /// which every server answers soon, are not watched.
  void onSent(const Uuid& uuid, std::string_view label, TimePoint now) {
    for (const char* opening :
         {"command init", "action bootstrap", "action getMetadata", "action getSchemas"}) {
      if (label == opening) {
        requests_.push_back({uuid, std::string(label), now + limit_});
      }
    }
  }

  void onEnded(const Uuid& uuid) {
    requests_.erase(std::remove_if(requests_.begin(), requests_.end(),
                                   [&](const Request& request) { return request.uuid == uuid; }),
                    requests_.end());
  }

  void onAnswered(const Uuid& uuid) {
    answered_ = true;
    strange_.clear();
    onEnded(uuid);
  }

  /// A message has come that is not part of the protocol.
  void onStrange(std::string_view message) {
    if (!answered_ && strange_.empty()) {
      strange_ = message.substr(0, 200);
    }
  }

  /// A message of another protocol that came before any answer; empty if none did.
  const std::string& strange() const { return strange_; }
  bool isAnswered() const { return answered_; }

  /// The first request that is unanswered for too long. If that proves nothing, because the peer
  /// may be dead, the next check is a little later.
  std::optional<Overdue> overdue(TimePoint now, bool isAlive) {
    for (Request& request : requests_) {
      if (now >= request.due && isAlive) {
        return Overdue{request.label, !answered_};
      }
      request.due = now >= request.due ? now + std::max(limit_ / 18, Duration(1)) : request.due;
    }
    return std::nullopt;
  }

  std::optional<TimePoint> nextDeadline() const {
    const auto earliest =
        std::min_element(requests_.begin(), requests_.end(),
                         [](const Request& a, const Request& b) { return a.due < b.due; });
    return earliest == requests_.end() ? std::nullopt : std::optional(earliest->due);
  }

 private:
  struct Request {
    Uuid uuid;
    std::string label;
    TimePoint due;
  };

  Duration limit_;
  std::vector<Request> requests_;
  bool answered_ = false;
  std::string strange_;
};

}  // namespace wsferry::strapi
