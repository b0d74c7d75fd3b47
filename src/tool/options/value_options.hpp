#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "wsferry/core/clock.hpp"

namespace wsferry::tool {

/// The unit of a number without one.
enum class TimeUnit { milliseconds, seconds };

/// A time as people type it: `500ms`, `30s`, `2m`, `1h`, with decimals too, or a plain number in
/// `plain`. Rounded to milliseconds; nothing for anything else, and for what is above 10000000 s.
std::optional<Duration> parseDuration(std::string_view text, TimeUnit plain);

/// A number of bytes as people type it: `4096`, `64K`, `64KB`, `64KiB`, `1M`, `1G`; all units are
/// powers of 1024. Nothing for anything else.
std::optional<std::uint64_t> parseSize(std::string_view text);

/// A whole number; nothing for anything else.
std::optional<std::uint64_t> parseWholeNumber(std::string_view text);

/// Declares an option whose value `take` reads. A value that it refuses, by `false`, ends parsing
/// with `what` it takes, and repeats it only if it looks like a number: others may be secrets.
CLI::Option* addParsedOption(CLI::App& command, const std::string& name, const std::string& text,
                             const std::string& what,
                             const std::function<bool(const std::string& typed)>& take);

/// A time from 1 ms to 10000000 s, or 0 where that means never.
CLI::Option* addDurationOption(CLI::App& command, const std::string& name, Duration& value,
                               bool zeroAllowed, const std::string& text,
                               TimeUnit plain = TimeUnit::seconds);

/// A size in bytes within a range.
CLI::Option* addSizeOption(CLI::App& command, const std::string& name, std::size_t& value,
                           std::size_t least, std::size_t most, const std::string& text);

/// A whole number within a range; `value` is of that type or an optional one.
template <class Value, class Number>
CLI::Option* addNumberOption(CLI::App& command, const std::string& name, Value& value, Number least,
                             Number most, const std::string& text) {
  static_assert(std::is_unsigned_v<Number>);
  return addParsedOption(
             command, name, text,
             "a whole number from " + std::to_string(least) + " to " + std::to_string(most),
             [&value, least, most](const std::string& typed) {
               const std::optional<std::uint64_t> number = parseWholeNumber(typed);
               if (!number || *number < least || *number > most) {
                 return false;
               }
               value = static_cast<Number>(*number);
               return true;
             })
      ->type_name("N");
}

/// One of some words.
CLI::Option* addChoiceOption(CLI::App& command, const std::string& name, std::string& value,
                             const std::vector<std::string>& choices, const std::string& text);

}  // namespace wsferry::tool
