#pragma once

#include <ostream>
#include <string>

#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/terminal.hpp"

namespace wsferry::tool {

/// A line of a terminal that the next one replaces.
class LiveLine {
 public:
  /// An empty text removes it.
  void show(const Terminal& terminal, const std::string& text) {
    if (isThere_ || !text.empty()) {
      terminal.stream << "\r\033[K" << clipped(text, terminal.columns() - 1) << std::flush;
      isThere_ = !text.empty();
    }
  }

 private:
  bool isThere_ = false;
};

}  // namespace wsferry::tool
