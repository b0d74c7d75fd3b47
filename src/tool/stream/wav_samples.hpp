#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tool/commands/interruption.hpp"
#include "tool/stream/audio_input.hpp"
#include "tool/stream/audio_rate.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::tool {

/// A WAV file whose samples are sent without its header.
struct WavSamples {
  RawAudio audio;
  std::string start;                  ///< Samples that were read with the header.
  std::optional<std::uint64_t> size;  ///< Bytes of all samples; nothing: to the end of the input.
};

/// Reads the header, for a gateway that takes samples alone. @throws Error: invalidOption for what
/// is no WAV file, or of another kind than the gateway takes, with how to convert it; fileFailed
/// without any audio, and as requireWholeAudio() unless it `mayBeCut`; what `interruption` throws.
WavSamples readWavSamples(AudioInput& input, const gateway::Profile& profile, bool mayBeCut,
                          const Interruption& interruption);

}  // namespace wsferry::tool
