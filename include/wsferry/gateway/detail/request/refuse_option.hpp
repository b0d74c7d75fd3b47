#pragma once

#include <string>

#include "wsferry/core/error.hpp"

namespace wsferry::gateway {

/// @throws Error with Errc::invalidOption, always.
[[noreturn]] inline void refuse(const std::string& message) {
  throw Error(Errc::invalidOption, message);
}

}  // namespace wsferry::gateway
