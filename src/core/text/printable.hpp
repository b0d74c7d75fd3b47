#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wsferry {

/// Peer's text for a message: control characters become blanks, and it is cut at `maxSize` bytes.
std::string printable(std::string_view text, std::size_t maxSize);

}  // namespace wsferry
