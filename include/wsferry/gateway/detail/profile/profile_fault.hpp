#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace wsferry::gateway {

/// Why a profile cannot work.
struct ProfileFault {
  std::string member;  ///< By its path in the profile's JSON.
  std::string problem;
  std::optional<std::size_t> rule;  ///< The index of the rule that it is about.
};

namespace detail {

using Fault = std::optional<ProfileFault>;

}  // namespace detail

}  // namespace wsferry::gateway
