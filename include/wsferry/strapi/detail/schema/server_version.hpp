#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "wsferry/strapi/schema_comparison.hpp"

namespace wsferry::strapi {

namespace detail {

// A version by semver 2.0. Build metadata does not affect precedence, and is left out.
struct Version {
  std::array<std::uint64_t, 3> numbers{};  // major, minor, patch
  std::vector<std::string_view> preRelease;
};

inline bool isDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

inline std::optional<std::uint64_t> numberOf(std::string_view text) {
  std::uint64_t value = 0;
  if (!isDigits(text) || (text.size() > 1 && text.front() == '0') ||
      std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) {
    return std::nullopt;
  }
  return value;
}

inline std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto dot = text.find('.');
    parts.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(dot + 1);
  }
}

inline bool isPreReleasePart(std::string_view part) {
  constexpr std::string_view allowed =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";
  return !part.empty() && part.find_first_not_of(allowed) == std::string_view::npos &&
         (!isDigits(part) || numberOf(part));
}

inline std::optional<Version> parseVersion(std::string_view text) {
  text = text.substr(0, text.find('+'));
  Version version;
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    version.preRelease = split(text.substr(dash + 1));
    text = text.substr(0, dash);
  }
  const auto parts = split(text);
  if (parts.size() != version.numbers.size() ||
      !std::all_of(version.preRelease.begin(), version.preRelease.end(), isPreReleasePart)) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto number = numberOf(parts[i]);
    if (!number) {
      return std::nullopt;
    }
    version.numbers[i] = *number;
  }
  return version;
}

// The narrowest strategy that accepts the difference of two versions whose text differs; ignore if
// only that does.
inline VersionStrategy strategyFor(const Version& first, const Version& second) {
  if (first.numbers == second.numbers && first.preRelease == second.preRelease) {
    return VersionStrategy::exact;
  }
  // A release differs from its own pre-releases at the level of its number: 5.0.0 is a major
  // release.
  if (first.preRelease.empty() != second.preRelease.empty()) {
    const Version& early = first.preRelease.empty() ? second : first;
    const Version& other = first.preRelease.empty() ? first : second;
    const bool otherIsLater = early.numbers <= other.numbers;
    if (otherIsLater && early.numbers[1] == 0 && early.numbers[2] == 0) {
      return VersionStrategy::ignore;
    }
    if (early.numbers == other.numbers) {
      return early.numbers[2] == 0 ? VersionStrategy::major : VersionStrategy::minor;
    }
  }
  if (first.numbers[0] != second.numbers[0]) {
    return VersionStrategy::ignore;
  }
  if (first.numbers[1] != second.numbers[1]) {
    return VersionStrategy::major;
  }
  return first.numbers[2] != second.numbers[2] ? VersionStrategy::minor : VersionStrategy::patch;
}

}  // namespace detail

/// Abilities of servers that a transfer uses but not every server has (protocol section 11). What a
/// server announces in its answer to `init` counts; its version is then only for people.
enum class ServerAbility {
  /// Remembers the uuids of a connection, so that a message that is sent again is not handled
  /// again (protocol section 3, "Retransmission"). Others store the records of a push twice.
  /// Published packages: 4.11.0 has no such memory, 4.11.1 has, as has its client the repeats.
  remembersMessages,

  /// Says at the end of a push's step how many records or files it began and finished to store.
  stepStats,

  /// Sends and verifies checksums of assets. Announced by `checksums`.
  checksums,

  /// Survives the end of a pull's connection when it is about to send data; others may crash
  /// (protocol section 4). Announced by `checksums`, which was introduced with it.
  survivesHangUp,

  /// Accepts assets as base64, not only as arrays of numbers. Announced by `assetEncoding`; from
  /// 5.43 on servers accept both without saying so.
  base64Assets,

  /// Handles the messages of a connection one after another, so that several batches of a push may
  /// be in flight. On other servers the second one corrupts the transfer (protocol section 3).
  messagesInFlight,

  /// Reports types, links and files that it omits from a pull; others omit them silently.
  omissionWarnings,
};

/// The first release that has it.
constexpr std::array<std::uint64_t, 3> firstVersionWith(ServerAbility ability) {
  switch (ability) {
    case ServerAbility::remembersMessages:
      return {4, 11, 1};
    case ServerAbility::stepStats:
      return {5, 20, 0};
    case ServerAbility::checksums:
    case ServerAbility::survivesHangUp:
      return {5, 43, 0};
    case ServerAbility::base64Assets:
      return {5, 48, 1};
    case ServerAbility::messagesInFlight:
      return {5, 53, 0};
    case ServerAbility::omissionWarnings:
      break;
  }
  return {5, 54, 0};
}

/// Whether a server of that version has it; false if it is not a version.
inline bool hasAbility(std::string_view strapiVersion, ServerAbility ability) {
  const auto version = detail::parseVersion(strapiVersion);
  const auto first = firstVersionWith(ability);
  // A version with a suffix, such as 5.53.0-beta.1, comes before the one without.
  return version &&
         (version->preRelease.empty() ? version->numbers >= first : version->numbers > first);
}

/// For a person: "Strapi before 5.43".
inline std::string serversWithout(ServerAbility ability) {
  const auto first = firstVersionWith(ability);
  return "Strapi before " + std::to_string(first[0]) + "." + std::to_string(first[1]) +
         (first[2] == 0 ? "" : "." + std::to_string(first[2]));
}

}  // namespace wsferry::strapi
