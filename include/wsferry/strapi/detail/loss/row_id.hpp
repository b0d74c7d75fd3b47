#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/json/json_number.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"

namespace wsferry::strapi {

/// The row id in the JSON text, also written as 1.0 or 1e0; nothing for a document's id, and for
/// anything else.
inline std::optional<std::uint64_t> rowIdOf(std::string_view json) {
  if (const auto id = wholeNumber(json)) {
    return id;
  }
  if (json.empty() || json.find_first_not_of("0123456789.eE+-") != std::string_view::npos) {
    return std::nullopt;
  }
  constexpr double mostExact = 9007199254740992;  // Up to it a number is one integer.
  const double value = jsonNumberOf(json);
  const bool isId = value >= 0 && value <= mostExact && std::floor(value) == value;
  return isId ? std::optional(static_cast<std::uint64_t>(value)) : std::nullopt;
}

/// The same for an id as given: a program's own source may give it as a string.
inline std::optional<std::uint64_t> givenRowIdOf(std::string_view json) {
  return rowIdOf(isJsonString(json) ? rawJsonStringOf(json) : json);
}

}  // namespace wsferry::strapi
