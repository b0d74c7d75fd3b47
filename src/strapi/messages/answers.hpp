#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/error.hpp"
#include "wsferry/strapi/init.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

// The only readers of what requests are answered with (protocol sections 2, 4 and 6). All throw
// Error with Errc::protocolViolation if a needed member is missing; unknown members are ignored.

[[nodiscard]] InitAnswer readInitAnswer(std::string_view data);

[[nodiscard]] Metadata readMetadata(std::string_view data);

[[nodiscard]] std::vector<Schema> readSchemas(std::string_view data);

struct StartAnswer {
  std::string processID;
  StageTotals totals;
};
[[nodiscard]] StartAnswer readStartAnswer(std::string_view data);

/// How many records or assets a server began and finished to store in a step.
struct StepStats {
  std::uint64_t started = 0;
  std::uint64_t finished = 0;
};

/// The `stats` of the answer to a step's end; nothing where a server gives none, as those without
/// ServerAbility::stepStats do.
/// @throws Error with Errc::protocolViolation also if they are no counts, or `ok` is not true.
[[nodiscard]] std::optional<StepStats> readStepStats(std::string_view data);

/// The error for a step that the server ended with `error`, with ErrorCause::brokenStep. `error`
/// is often just `{}`; the reason then is in the last diagnostic about an error, if it gave one.
/// The subject is the file that the server could not read, if `error` is one of its system.
[[nodiscard]] Error processFailed(TransferStage stage, std::string_view error,
                                  std::string_view diagnostic = {});

}  // namespace wsferry::strapi
