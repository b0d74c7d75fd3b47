#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wsferry::tool {

/// What audio without a header is.
struct RawAudio {
  std::string encoding;  ///< linear16, mulaw, flac, opus
  unsigned sampleRate = 0;
  unsigned channels = 0;

  /// Reads `encoding,rate,channels`. @throws Error with Errc::invalidOption.
  static RawAudio parse(const std::string& text);
};

/// How many bytes a second of audio takes, by the start of a WAV file or by what raw audio is;
/// nothing where that cannot be told, as of a compressed format.
std::optional<double> bytesPerSecond(std::string_view start, const std::optional<RawAudio>& raw);

}  // namespace wsferry::tool
