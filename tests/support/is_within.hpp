#pragma once

#include <string_view>

namespace support {

/// Whether `slice` is a view of a part of `text`, or empty.
inline bool isWithin(std::string_view slice, std::string_view text) {
  return slice.empty() ||
         (slice.data() >= text.data() && slice.data() + slice.size() <= text.data() + text.size());
}

}  // namespace support
