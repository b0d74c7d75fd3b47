#pragma once

#include <string>

#include "wsferry/core/clock.hpp"

namespace wsferry {

/// A duration for a message: `1.5 s`.
inline std::string secondsText(Duration duration) {
  // In integers: the text of a floating-point number depends on the program's locale.
  return std::to_string(duration.count() / 1000) + "." +
         std::to_string(duration.count() % 1000 / 100) + " s";
}

}  // namespace wsferry
