#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "wsferry/strapi/schema_comparison.hpp"

namespace wsferry::strapi {

/// Whether a server of this version works several messages off one after the other: 5.53.0 and
/// later. With older ones a second message in flight corrupts the transfer.
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

namespace detail {

// A version as semver 2.0 has it. Build metadata says nothing about precedence, and is left out.
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

inline std::optional<Version> parse(std::string_view text) {
  if (!text.empty() && text.front() == 'v') {
    text.remove_prefix(1);
  }
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
  // What a release adds to its own pre-releases is what its number says: 5.0.0 is a major release.
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
}  // namespace wsferry::strapi
