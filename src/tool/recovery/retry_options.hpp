#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "wsferry/core/clock.hpp"

namespace wsferry::tool {

/// How often and how long to try, as typed.
struct RetryOptions {
  std::optional<unsigned> retries;
  Duration deadline{0};  ///< 0: none.

  /// Without a person at the terminal, who would see a failure and decide, it is tried again.
  unsigned retriesOrDefault(bool isOnTerminal) const {
    return retries.value_or(isOnTerminal ? 0 : 5);
  }
};

void addRetryOptions(CLI::App& command, RetryOptions& options);

/// Declares --retries alone, for what may be repeated while it has changed nothing.
void addRetriesOption(CLI::App& command, RetryOptions& options, const std::string& help);

}  // namespace wsferry::tool
