#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/core/clock.hpp"

namespace wsferry::tool {

/// What audio without a header is.
struct RawAudio {
  std::string encoding;  ///< linear16, mulaw, flac, opus
  unsigned sampleRate = 0;
  unsigned channels = 0;

  /// Reads `encoding,rate,channels`. @throws Error with Errc::invalidOption.
  static RawAudio parse(const std::string& text);
};

/// When audio is due that goes out as fast as it plays. The clock runs from the first audio on;
/// what a stall held up is not caught up with, but for a moment's worth.
class AudioPace {
 public:
  explicit AudioPace(double bytesPerSecond) : bytesPerSecond_(bytesPerSecond) {}

  /// So many bytes were given out at `now`: when the next ones are due.
  TimePoint next(std::uint64_t bytes, TimePoint now);

 private:
  double bytesPerSecond_;
  std::optional<TimePoint> due_;
};

/// How many bytes a second of audio takes, by the start of a WAV file or by what raw audio is;
/// nothing where that cannot be told, as of a compressed format.
std::optional<double> bytesPerSecond(std::string_view start, const std::optional<RawAudio>& raw);

}  // namespace wsferry::tool
