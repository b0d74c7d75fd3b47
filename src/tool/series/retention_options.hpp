#pragma once

#include <CLI/CLI.hpp>

#include "tool/series/retention_rule.hpp"

namespace wsferry::tool {

/// Which archives to keep, as typed.
struct RetentionOptions {
  RetentionCounts counts;
  bool dryRun = false;
};

/// `dryRunText` says what --dry-run does.
void addRetentionOptions(CLI::App& command, RetentionOptions& options,
                         const std::string& dryRunText);

/// @throws Error with Errc::invalidOption for counts that keep nothing, and --dry-run without any.
void checkRetention(const RetentionOptions& options);

}  // namespace wsferry::tool
