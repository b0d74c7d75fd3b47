#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "tool/audio/audio_input.hpp"
#include "tool/audio/wav_samples.hpp"
#include "tool/stream/stream_arguments.hpp"
#include "tool/terminal/interruption.hpp"

namespace wsferry::tool {

/// The audio as it is read, in chunks: its start, looked at before there is a stream, and its rate
/// if it is to be paced.
struct Audio {
  AudioInput& input;
  std::size_t chunkSize;
  Duration gathering;  ///< How long a recorder has to fill a chunk.
  std::string start;
  std::optional<double> pace;         ///< Bytes a second.
  std::optional<std::uint64_t> left;  ///< Bytes of audio that the header counts; else all there is.
  WavRest rest;                       ///< Behind what is left.
  std::uint64_t given = 0;            ///< What was read of it.
  std::uint64_t counted = 0;  ///< Bytes up to where a header that is sent, too, counts audio.

  /// The next chunk; empty as AudioInput::read(), and behind the audio.
  std::string read();

  /// Of bytes that were read, those that are audio.
  std::string audioIn(std::string bytes);

  /// Bytes of audio that the header counts, and the input did not have. To be asked at its end.
  std::uint64_t missing() const { return left ? *left : counted - std::min(counted, given); }

  /// Whether there is more audio. To be asked when nothing more is read.
  bool isLeft() { return left != 0U && (!start.empty() || !input.isAtEnd()); }
};

/// Reads the start: a recorder that died has to be noticed, and what is no audio or cannot be paced
/// refused, before the gateway is asked for a stream.
/// @throws Error: fileFailed without any audio, or with a WAV header alone; invalidOption for what
/// is refused; what `interruption` throws.
Audio beginAudio(AudioInput& input, const StreamRequest& request, const Interruption& interruption);

/// For a WAV file whose samples are sent without its header, and whose start was read.
Audio beginSamples(AudioInput& input, const StreamRequest& request, WavSamples samples,
                   const Interruption& interruption);

}  // namespace wsferry::tool
