#include "tool/series/retention_options.hpp"

#include <string>

#include "tool/options/value_options.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

void addRetentionOptions(CLI::App& command, RetentionOptions& options,
                         const std::string& dryRunText) {
  const std::string retention = "Retention";
  const auto add = [&](const char* name, std::optional<unsigned>& count, const char* text) {
    addNumberOption(command, name, count, 0U, 1'000'000U, text)->group(retention);
  };
  add("--keep-last", options.counts.last, "Keep the last N archives, and remove others");
  add("--keep-daily", options.counts.daily,
      "Keep the last archive of each of the last N days that have one; days begin at midnight UTC");
  add("--keep-weekly", options.counts.weekly, "The same for weeks, which begin on Monday");
  add("--keep-monthly", options.counts.monthly, "The same for months");
  command.add_flag("--dry-run", options.dryRun, dryRunText)->group(retention);
}

void checkRetention(const RetentionOptions& options) {
  if (options.counts.areGiven() && !options.counts.keepAny()) {
    throw Error(Errc::invalidOption,
                "the --keep options keep nothing: one of them needs to be 1 "
                "or more");
  }
  if (options.dryRun && !options.counts.areGiven()) {
    throw Error(Errc::invalidOption,
                "--dry-run shows which archives --keep-last, --keep-daily, --keep-weekly and "
                "--keep-monthly would keep: give one of them");
  }
}

}  // namespace wsferry::tool
