#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/platform/egress_options.hpp"

namespace wsferry::platform {

/// How reading results ended.
enum class EgressOutcome {
  complete,    ///< The service ended its answer in good order, or EgressOptions::count was reached,
               ///< and every line was a result.
  incomplete,  ///< Results are missing: the answer broke off and could not be resumed, or lines
               ///< could not be read.
  failed,      ///< The service sent an error instead of a result.
  refused,     ///< There never was an answer with results.
  cancelled    ///< Closed or destroyed on this side.
};

WSFERRY_API std::string_view toString(EgressOutcome value) noexcept;

struct EgressVerdict {
  EgressOutcome outcome = EgressOutcome::cancelled;
  std::error_code error;            ///< Empty for complete.
  ErrorInfo info;                   ///< What happened and what to do.
  gateway::ErrorResponse response;  ///< The service's own words, if it gave any.

  std::uint64_t results = 0;     ///< Delivered ones; none in the raw format.
  std::uint64_t bytes = 0;       ///< In the raw format.
  std::uint64_t repeats = 0;     ///< Results that came again, and were not delivered again.
  std::uint64_t unreadable = 0;  ///< Lines that are not results, or are too long.
  unsigned reconnections = 0;
  /// Partial results with text that never became final: for each topic, processor and channel the
  /// last one that no final one followed. At most 64 topics.
  std::vector<gateway::Response> openPartials;
  std::vector<EgressPosition> positions;  ///< For EgressOptions::resume of another reader.

  [[nodiscard]] bool isSuccess() const { return outcome == EgressOutcome::complete; }
};

/// What a reader delivers.
struct EgressEvent {
  enum class Kind {
    result,        ///< `result`.
    bytes,         ///< `text`: some bytes of raw results, as they come.
    problem,       ///< A line that is not a result: `message` says why, `text` is its start.
    reconnecting,  ///< The answer broke off, and is being resumed: `message` says why.
    end            ///< `verdict`. The last event, repeated from then on.
  };
  Kind kind = Kind::end;
  gateway::Response result;
  std::string text;
  std::string message;
  EgressVerdict verdict;
};

}  // namespace wsferry::platform
