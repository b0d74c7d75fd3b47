#include "tool/recovery/retry_options.hpp"

#include "tool/options/value_options.hpp"

namespace wsferry::tool {

namespace {

const char* const recoveryGroup = "Recovery";

}  // namespace

void addRetriesOption(CLI::App& command, RetryOptions& options, const std::string& help) {
  addNumberOption(command, "--retries", options.retries, 0U, 1'000U,
                  help + " (default: 5, and 0 on a terminal)")
      ->group(recoveryGroup);
}

void addRetryOptions(CLI::App& command, RetryOptions& options) {
  addRetriesOption(
      command, options,
      "Start again this many times after a connection failure; files that have arrived are kept");
  addDurationOption(command, "--deadline", options.deadline, false,
                    "Give up, with exit code 4, if not done in this time (default: no limit)")
      ->group(recoveryGroup);
}

}  // namespace wsferry::tool
