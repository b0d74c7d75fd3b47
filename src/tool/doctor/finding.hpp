#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tool/report/exit_code.hpp"

namespace wsferry::tool {

enum class FindingState { pass, warn, fail, skip };

/// What one check has found.
struct Finding {
  std::string check;  ///< Its name, in one word.
  FindingState state = FindingState::pass;
  std::string text;                    ///< In one line.
  std::string remedy;                  ///< The same; empty where there is nothing to do.
  std::string error;                   ///< Of a fail: errorName().
  ExitCode exitCode = ExitCode::done;  ///< Of a fail.
  std::vector<std::pair<std::string, std::string>> values;  ///< For programs, as JSON text.

  Finding& with(std::string name, const std::string& value);
  Finding& with(std::string name, const std::vector<std::string>& value);
  Finding& with(std::string name, std::uint64_t value);
  Finding& with(std::string name, std::int64_t value);
  Finding& with(std::string name, double value);
  Finding& with(std::string name, bool value);
};

inline Finding passed(std::string check, std::string text) {
  return {std::move(check), FindingState::pass, std::move(text), {}, {}, ExitCode::done, {}};
}

inline Finding warned(std::string check, std::string text, std::string remedy) {
  return {std::move(check),
          FindingState::warn,
          std::move(text),
          std::move(remedy),
          {},
          ExitCode::done,
          {}};
}

/// One that cannot be made.
inline Finding skipped(std::string check, std::string why) {
  return {std::move(check), FindingState::skip, std::move(why), {}, {}, ExitCode::done, {}};
}

/// The failure as every command tells it, with its remedy. `adminUrl` as for reportFailure().
Finding failed(std::string check, const std::exception& failure, std::string_view adminUrl);

/// One in words of its own.
Finding failed(std::string check, std::error_code error, std::string text, std::string remedy);

}  // namespace wsferry::tool
