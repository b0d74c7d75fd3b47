#pragma once

#include <string>

#include "wsferry/core/error.hpp"

namespace wsferry::gateway {

/// @throws Error with Errc::invalidOption, always. `option` is the member concerned.
[[noreturn]] inline void refuse(const char* option, const std::string& message) {
  throw Error(Errc::invalidOption, message).ofOption(option);
}

}  // namespace wsferry::gateway
