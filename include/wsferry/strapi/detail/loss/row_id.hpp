#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wsferry/core/detail/json/json_number.hpp"

namespace wsferry::strapi {

/// The row's id that the JSON text is, also written as 1.0 or 1e0; nothing for a document's id, and
/// for what is none.
inline std::optional<std::uint64_t> rowIdOf(std::string_view json) {
  std::uint64_t id = 0;
  const char* end = json.data() + json.size();
  const auto result = std::from_chars(json.data(), end, id);
  if (result.ec == std::errc() && result.ptr == end) {
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

}  // namespace wsferry::strapi
