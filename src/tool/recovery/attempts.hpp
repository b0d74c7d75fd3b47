#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tool/recovery/retry_rule.hpp"
#include "tool/recovery/unfinished_parts.hpp"
#include "tool/report/transfer_report.hpp"
#include "tool/terminal/interruption.hpp"

namespace wsferry::tool {

/// Does something in as many attempts as it takes and is allowed, all that it is given together.
class Attempts {
 public:
  struct Limits {
    unsigned retries = 0;
    Duration deadline{0};  ///< For all together; 0: none.
  };

  /// `parts` may be null. All outlive it.
  Attempts(const Limits& limits, UnfinishedParts* parts, TransferReport& report,
           Interruption& interruption);

  /// Calls `attempt` until it does not fail, or fails in a way that another attempt does not change
  /// or that `mayRepeat`, asked after a failure, does not allow. @throws Error: that failure;
  /// cancelled by a signal, and timedOut when the deadline passes.
  void repeat(const std::function<void()>& attempt, const std::function<bool()>& mayRepeat = {});

  /// The same for an archive that is made. `attempt` gets the paths of unfinished ones: each takes
  /// the records anew, so that they belong together, and the files from what earlier ones have
  /// left.
  TransferOutcome run(
      const std::function<TransferOutcome(const std::vector<std::string>& unfinished)>& attempt);

  unsigned count() const { return count_; }  ///< Attempts so far, the one that runs among them.
  std::optional<TimePoint> deadline() const { return deadline_; }

 private:
  void afterFailure(const Error& error);
  [[noreturn]] void giveUp(const Error& error);
  void pause(Duration pause, const std::function<void()>& tell);

  const Limits limits_;
  UnfinishedParts* const parts_;
  TransferReport& report_;
  Interruption& interruption_;
  const TimePoint begin_;
  const std::optional<TimePoint> deadline_;
  RetryRule rule_;
  unsigned count_ = 1;
};

}  // namespace wsferry::tool
