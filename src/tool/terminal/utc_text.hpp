#pragma once

#include <array>
#include <ctime>
#include <string>

namespace wsferry::tool {

/// A time in UTC, in a form of strftime() of up to 63 characters.
inline std::string utcText(std::time_t time, const char* form) {
  std::tm parts{};
  std::array<char, 64> text{};
  if (::gmtime_r(&time, &parts) == nullptr ||
      std::strftime(text.data(), text.size(), form, &parts) == 0) {
    return "an unknown time";
  }
  return text.data();
}

}  // namespace wsferry::tool
