#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wsferry {

/// The form for a count: `one`, or `many`, also for zero.
inline std::string_view formOf(std::uint64_t count, std::string_view one, std::string_view many) {
  return count == 1 ? one : many;
}

/// A count with its noun, and perhaps what follows: "1 link leads", "2 links lead".
inline std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count).append(" ").append(formOf(count, one, many));
}

}  // namespace wsferry
