#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "wsferry/gateway/profile.hpp"

namespace wsferry::gateway {

/// Why a profile cannot work.
struct ProfileFault {
  std::string member;  ///< By its path in the profile's JSON.
  std::string problem;
  std::optional<std::size_t> rule;  ///< The index of the rule that it is about.
};

/// The first fault of a profile, be it read or made in code; nothing if it can work.
[[nodiscard]] std::optional<ProfileFault> faultOf(const Profile& profile);

}  // namespace wsferry::gateway
