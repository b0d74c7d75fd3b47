#include "tool/options/value_options.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

namespace wsferry::tool {

namespace {

constexpr double longestMilliseconds = 10'000'000'000;
constexpr const char* digits = "0123456789";

bool looksLikeNumber(std::string_view text) {
  constexpr std::size_t longestShown = 16;
  const auto isPrintable = [](char c) { return c > ' ' && c <= '~'; };
  return !text.empty() && text.size() <= longestShown &&
         std::string_view("+-.0123456789").find(text.front()) != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), isPrintable);
}

std::optional<double> millisecondsOf(std::string_view unit, TimeUnit plain) {
  if (unit.empty()) {
    return plain == TimeUnit::seconds ? 1'000 : 1;
  }
  constexpr std::pair<std::string_view, double> units[] = {
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}};
  for (const auto& [name, milliseconds] : units) {
    if (unit == name) {
      return milliseconds;
    }
  }
  return std::nullopt;
}

// As a power of 1024.
std::optional<unsigned> unitOf(std::string_view unit) {
  constexpr std::string_view letters = "KMG";
  if (unit.empty() || unit == "B") {
    return 0;
  }
  const std::size_t power = letters.find(static_cast<char>(std::toupper(unit.front())));
  unit.remove_prefix(1);
  const bool isUnit = unit.empty() || unit == "B" || unit == "iB";
  return isUnit && power != std::string_view::npos ? std::optional(static_cast<unsigned>(power) + 1)
                                                   : std::nullopt;
}

}  // namespace

std::optional<Duration> parseDuration(std::string_view text, TimeUnit plain) {
  double number = 0;
  // Neither a sign nor "inf" nor "nan".
  const bool startsLikeOne = text.find_first_of("0123456789.") == 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (!startsLikeOne || error != std::errc()) {
    return std::nullopt;
  }
  const auto unit = millisecondsOf(text.substr(static_cast<std::size_t>(end - text.data())), plain);
  // What rounds to nothing is not taken for nothing, which may mean never.
  if (!unit || number * *unit > longestMilliseconds || (number > 0 && number * *unit < 1)) {
    return std::nullopt;
  }
  return Duration(std::llround(number * *unit));
}

std::optional<std::uint64_t> parseWholeNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

std::optional<std::uint64_t> parseSize(std::string_view text) {
  const std::size_t unitBegin = std::min(text.find_first_not_of(digits), text.size());
  const std::optional<std::uint64_t> number = parseWholeNumber(text.substr(0, unitBegin));
  const std::optional<unsigned> unit = unitOf(text.substr(unitBegin));
  if (!number || !unit || *number > std::numeric_limits<std::uint64_t>::max() >> (10 * *unit)) {
    return std::nullopt;
  }
  return *number << (10 * *unit);
}

CLI::Option* addParsedOption(CLI::App& command, const std::string& name, const std::string& text,
                             const std::string& what,
                             const std::function<bool(const std::string& typed)>& take) {
  const std::function<void(const std::string&)> read = [name, what,
                                                        take](const std::string& typed) {
    if (!take(typed)) {
      throw CLI::ValidationError(name + " takes " + what +
                                 (looksLikeNumber(typed) ? ", not " + typed : ""));
    }
  };
  return command.add_option_function(name, read, text);
}

CLI::Option* addDurationOption(CLI::App& command, const std::string& name, Duration& value,
                               bool zeroAllowed, const std::string& text, TimeUnit plain) {
  const std::string range =
      zeroAllowed ? "0, or a time from 1ms to 10000000s" : "a time from 1ms to 10000000s";
  return addParsedOption(command, name, text,
                         range + ", such as 30s, 500ms, 2m, 1h, or a number of " +
                             (plain == TimeUnit::seconds ? "seconds" : "milliseconds"),
                         [&value, zeroAllowed, plain](const std::string& typed) {
                           const std::optional<Duration> time = parseDuration(typed, plain);
                           if (!time || (*time == Duration::zero() && !zeroAllowed)) {
                             return false;
                           }
                           value = *time;
                           return true;
                         })
      ->type_name(plain == TimeUnit::seconds ? "SECONDS" : "MS");
}

CLI::Option* addSizeOption(CLI::App& command, const std::string& name, std::size_t& value,
                           std::size_t least, std::size_t most, const std::string& text) {
  return addParsedOption(command, name, text,
                         "a number of bytes from " + std::to_string(least) + " to " +
                             std::to_string(most) + ", such as 4096, 64K or 1M",
                         [&value, least, most](const std::string& typed) {
                           const std::optional<std::uint64_t> size = parseSize(typed);
                           if (!size || *size < least || *size > most) {
                             return false;
                           }
                           value = *size;
                           return true;
                         })
      ->type_name("BYTES");
}

CLI::Option* addChoiceOption(CLI::App& command, const std::string& name, std::string& value,
                             const std::vector<std::string>& choices, const std::string& text) {
  std::string placeholder;
  std::string list;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    placeholder += (i == 0 ? "" : "|") + choices[i];
    list += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + choices[i];
  }
  return addParsedOption(command, name, text, list,
                         [&value, choices](const std::string& typed) {
                           const bool known =
                               std::find(choices.begin(), choices.end(), typed) != choices.end();
                           if (known) {
                             value = typed;
                           }
                           return known;
                         })
      ->type_name(placeholder);
}

}  // namespace wsferry::tool
