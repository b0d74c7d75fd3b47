#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "tool/audio/audio_input.hpp"
#include "tool/audio/audio_rate.hpp"
#include "tool/terminal/interruption.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::tool {

/// What a WAV file has behind the samples that its header counts.
struct WavRest {
  std::uint64_t counted = 0;  ///< Bytes of it that the header counts, too.
  bool isPadded = false;      ///< A byte of padding comes first.

  /// Reads on, and passes over the file's own chunks, which are no audio. What is left is audio
  /// that the header has not counted, as of a recorder that was killed. `start`: what was read of
  /// it.
  void passChunks(AudioInput& input, std::string& start) const;
};

/// A WAV file whose samples are sent without its header.
struct WavSamples {
  RawAudio audio;
  std::string start;                  ///< Samples that were read with the header.
  std::optional<std::uint64_t> size;  ///< Bytes of all samples; nothing: to the end of the input.
  WavRest rest;
};

/// Reads the header, for a gateway that takes samples alone. @throws Error: invalidOption for what
/// is no WAV file, or of another kind than the gateway takes, with how to convert it; fileFailed
/// without any audio, and as requireWholeAudio() unless it `mayBeCut`; what `interruption` throws.
WavSamples readWavSamples(AudioInput& input, const gateway::Profile& profile, bool mayBeCut,
                          const Interruption& interruption);

}  // namespace wsferry::tool
