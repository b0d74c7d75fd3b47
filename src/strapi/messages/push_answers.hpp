#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/strapi/dispatcher.hpp"

namespace wsferry::strapi {

// Readers of what a push's server says (protocol section 6), beside those of pull_answers.hpp.

/// How many records or assets a server began and finished to store in a step.
struct StepStats {
  std::uint64_t started = 0;
  std::uint64_t finished = 0;
};

/// The `stats` of the answer to a step's end; nothing where a server gives none, as those before
/// 5.20 do.
/// @throws Error with Errc::protocolViolation if they are no counts, or `ok` is not true.
std::optional<StepStats> readStepStats(std::string_view data);

/// Whether a server of this version works several messages off one after the other: 5.53.0 and
/// later. With older ones a second message in flight corrupts the transfer.
bool takesMessagesInFlight(std::string_view strapiVersion);

/// The folder that a server names when it has set its old upload files aside.
std::optional<std::string> readFilesBackup(const Diagnostic& diagnostic);

}  // namespace wsferry::strapi
