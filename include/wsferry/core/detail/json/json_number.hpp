#pragma once

#include <limits>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>

namespace wsferry {

/// The value of a JSON number, given as its text; infinity, of its sign, for one that is
/// too large. strtod would
/// read it by the program's locale, and not every standard library has from_chars for it.
inline double jsonNumberOf(std::string_view number) {
  std::istringstream stream{std::string(number)};
  stream.imbue(std::locale::classic());
  double value = 0;
  stream >> value;
  if (!stream.fail()) {
    return value;
  }
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return number.substr(0, 1) == "-" ? -infinity : infinity;
}

}  // namespace wsferry
