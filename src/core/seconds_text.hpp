#pragma once

#include <string>

#include "wsferry/core/clock.hpp"

namespace wsferry {

/// A duration for a message: `1.5 s`.
inline std::string secondsText(Duration duration) {
  std::string text = std::to_string(static_cast<double>(duration.count()) / 1000.0);
  text.erase(text.find('.') + 2);
  return text + " s";
}

}  // namespace wsferry
