#pragma once

#include <cstddef>
#include <string>

namespace wsferry::gateway {

/// What an AudioQueue hands out at a time: audio, or a message sent in order with it.
struct AudioPiece {
  enum class Kind { audio, text, flush };
  /// The longest: the network's own queue stays short with it.
  static constexpr std::size_t maxSize = std::size_t{64} << 10;

  /// How much audio one holds; the last may hold less than `least`.
  struct Size {
    std::size_t least = 0;  ///< 0: each offer is a piece of its own, or several.
    std::size_t most = maxSize;
  };

  std::string bytes;
  Kind kind = Kind::audio;
};

}  // namespace wsferry::gateway
