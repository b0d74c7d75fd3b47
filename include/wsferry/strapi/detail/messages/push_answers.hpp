#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
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

namespace detail {

[[noreturn]] inline void throwWrong(const char* what) {
  throw Error(Errc::protocolViolation,
              std::string("The server's answer to the end of a step ") + what + ".");
}

inline std::uint64_t readCount(JsonCursor& cursor) {
  const std::string_view text = cursor.skipValue();
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) {
    throwWrong("has `stats` that are no counts");
  }
  return count;
}

inline StepStats readStats(JsonCursor& cursor) {
  StepStats stats;
  std::string_view key;
  while (cursor.nextKey(key)) {
    if (jsonStringEquals(key, "started")) {
      stats.started = readCount(cursor);
    } else if (jsonStringEquals(key, "finished")) {
      stats.finished = readCount(cursor);
    } else {
      cursor.skipValue();
    }
  }
  return stats;
}

}  // namespace detail

inline std::optional<StepStats> readStepStats(std::string_view data) {
  std::optional<StepStats> stats;
  JsonCursor cursor(data);
  if (!cursor.enterObject()) {
    return stats;
  }
  std::string_view key;
  while (cursor.nextKey(key)) {
    if (jsonStringEquals(key, "stats")) {
      if (!cursor.enterObject()) {
        detail::throwWrong("has `stats` that are no object");
      }
      stats = detail::readStats(cursor);
    } else if (jsonStringEquals(key, "ok")) {
      if (cursor.skipValue() != "true") {
        detail::throwWrong("has an `ok` that is not true");
      }
    } else {
      cursor.skipValue();
    }
  }
  return stats;
}

inline bool takesMessagesInFlight(std::string_view strapiVersion) {
  constexpr std::array<unsigned, 3> first = {5, 53, 0};
  std::array<unsigned, 3> version{};
  const char* at = strapiVersion.data();
  const char* const end = at + strapiVersion.size();
  for (std::size_t i = 0; i < version.size(); ++i) {
    if (i > 0 && (at == end || *at++ != '.')) {
      return false;
    }
    const auto [next, error] = std::from_chars(at, end, version[i]);
    if (error != std::errc()) {
      return false;
    }
    at = next;
  }
  // A version with a suffix, such as 5.53.0-beta.1, comes before the one without.
  return at == end ? version >= first : version > first;
}

inline std::optional<std::string> readFilesBackup(const Diagnostic& diagnostic) {
  constexpr std::string_view words = "created assets backup directory ";
  if (diagnostic.message.compare(0, words.size(), words) != 0) {
    return std::nullopt;
  }
  return printable(std::string_view(diagnostic.message).substr(words.size()), 1000);
}

}  // namespace wsferry::strapi
