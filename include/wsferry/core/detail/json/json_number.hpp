#pragma once

#include <limits>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>

namespace wsferry {

/// The value of a JSON number, given as its text; infinity for one that is too large. strtod would
/// read it by the program's locale, and not every standard library has from_chars for it.
inline double jsonNumberOf(std::string_view number) {
  std::istringstream stream{std::string(number)};
  stream.imbue(std::locale::classic());
  double value = 0;
  stream >> value;
  return stream.fail() ? std::numeric_limits<double>::infinity() : value;
}

}  // namespace wsferry
