#pragma once

#include <cstddef>

namespace wsferry::gateway {

/// How fast Stream::streamFile() sends.
struct FilePace {
  /// Relative to real time: 1 as the audio plays, 2 twice as fast, from 0.01 to 1000; 0 as fast as
  /// the server accepts it.
  double speed = 1;

  /// Bytes per second of audio, for compressed audio. 0: from the header of a WAV file, or
  /// StreamOptions::rawAudio. Not used with a speed of 0.
  std::size_t bytesPerSecond = 0;

  static FilePace unpaced() { return {0, 0}; }
};

}  // namespace wsferry::gateway
