#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"
#include "wsferry/strapi/detail/dispatch/process_table.hpp"
#include "wsferry/strapi/detail/messages/envelope.hpp"

namespace wsferry::strapi {

/// When the connection of a pull may be closed. A server without ServerAbility::survivesHangUp may
/// crash if the connection closes when it is about to send data. Unacknowledged data holds it back,
/// so the leave is over when everything due has arrived. No clock and no I/O of its own. Not
/// thread-safe.
class PullLeave {
 public:
  /// A batch of 1 MiB of links keeps a server of Strapi 4 busy for some 10 s.
  static constexpr Duration longest{15'000};

  /// `processes` outlives it.
  explicit PullLeave(ProcessTable& processes) : processes_(processes) {}

  /// The message of this uuid asks to start a step.
  void onStartSent(const Uuid& uuid, std::string step) { starts_.emplace(uuid, std::move(step)); }

  /// An answer. What a start is answered with makes the step's process known.
  void onAnswer(const Uuid& uuid, const Envelope& envelope) {
    const auto start = starts_.find(uuid);
    if (start == starts_.end()) {
      return;
    }
    if (envelope.error.empty() && !envelope.process.id.empty()) {
      processes_.onStarted(envelope.process.id, start->second);
    }
    starts_.erase(start);
  }

  /// Whether the server is about to send data.
  bool isDue() const { return !starts_.empty() || processes_.isDataDue(); }

  /// Begins at `now`. Returns when it ends at the latest.
  TimePoint begin(TimePoint now) { return *(until_ = now + longest); }

  bool isTaken() const { return until_.has_value(); }
  bool isOverdue(TimePoint now) const { return until_ && now >= *until_; }

  /// A message that came during the leave: returns whether it is over now. If a server's message
  /// cannot be read, its intentions are unknown, and there is no further wait.
  [[nodiscard]] bool endsWith(const std::string& payload) {
    try {
      const Envelope envelope = readEnvelope(payload);
      if (const auto uuid = envelope.hasUuid ? Uuid::parse(envelope.uuid) : std::nullopt) {
        onAnswer(*uuid, envelope);
      }
      if (envelope.isProcessData) {
        processes_.onDataTooLate(envelope.process.id, envelope.uuid);
      }
    } catch (const Error&) {
      return true;
    }
    return !isDue();
  }

  void end() { until_.reset(); }

 private:
  ProcessTable& processes_;
  std::unordered_map<Uuid, std::string> starts_;  ///< Of steps, without an answer yet.
  std::optional<TimePoint> until_;
};

}  // namespace wsferry::strapi
