#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/audio/audio_pace.hpp"
#include "wsferry/gateway/detail/audio/input_kind.hpp"
#include "wsferry/gateway/detail/audio/wav_header.hpp"
#include "wsferry/gateway/file_pace.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway::detail {

/// How a file of audio is sent: in messages of which size, and how fast.
struct FilePlan {
  /// The most of a file's start that is needed: a WAV header, and the first samples.
  static constexpr std::size_t longestStart = std::size_t{64} << 10;

  std::size_t chunk = 4096;
  std::optional<double> bytesPerSecond;  ///< None: as fast as it is accepted.
};

// Refuses what would be sent as sound although it is not, or contains no sound.
inline void requireAudioIn(const std::string& name, std::string_view start,
                           const std::optional<RawAudio>& raw) {
  const InputKind kind(start);
  const WavReader wav(start);
  if (start.empty() ||
      (!raw && wav.isWav() && !wav.hasAudio() && start.size() < FilePlan::longestStart)) {
    throw Error(Errc::fileFailed, "there is no audio in " + name);
  }
  if (!raw && !kind.otherThanAudio().empty()) {
    throw Error(Errc::invalidOption, name + " is not audio, but " +
                                         std::string(kind.otherThanAudio()) + ": nothing was sent");
  }
  const std::string_view header =
      raw ? kind.headerInRaw(raw->bytesPerSecond() > 0) : std::string_view();
  if (!header.empty()) {
    throw Error(Errc::invalidOption, name + " has " + std::string(header) +
                                         ", which would be sent as sound: leave out "
                                         "StreamOptions::rawAudio, or give a file of samples")
        .ofOption("rawAudio");
  }
}

/// From the `start` of the file `name`: its first bytes, FilePlan::longestStart at most, or all of
/// a shorter file. @throws Error: fileFailed if it has no audio; invalidOption if it is not audio
/// or not what `raw` says, and if its rate is needed but unknown.
inline FilePlan planFile(const std::string& name, std::string_view start,
                         const std::optional<RawAudio>& raw, const FilePace& pace) {
  constexpr Duration chunkTime{100};
  requireAudioIn(name, start, raw);
  // Other values would give a time beyond the clock's range.
  if (pace.speed != 0 && !(pace.speed >= 0.01 && pace.speed <= 1'000)) {
    throw Error(Errc::invalidOption, "the speed is 0, or from 0.01 to 1000").ofOption("speed");
  }
  std::optional<AudioRate> rate = audioRate(start, raw);
  if (pace.bytesPerSecond > 0) {
    rate = AudioRate{static_cast<double>(pace.bytesPerSecond), rate ? rate->frame : 1};
  }
  FilePlan plan;
  if (rate) {
    const std::size_t most = std::max<std::size_t>(FilePlan::longestStart / rate->frame, 1);
    plan.chunk = std::min({rate->bytesIn(chunkTime), most * rate->frame, FilePlan::longestStart});
  }
  if (pace.speed > 0) {
    if (!rate) {
      throw Error(Errc::invalidOption,
                  "How many bytes a second of " + name +
                      " takes is not known: give a WAV file, describe the samples with "
                      "StreamOptions::rawAudio, or give FilePace::bytesPerSecond")
          .ofOption("bytesPerSecond");
    }
    plan.bytesPerSecond = rate->bytesPerSecond * pace.speed;
  }
  return plan;
}

}  // namespace wsferry::gateway::detail
