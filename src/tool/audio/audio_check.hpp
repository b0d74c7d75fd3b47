#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tool/audio/audio_input.hpp"
#include "tool/terminal/interruption.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::tool {

/// Within which the audio of a WAV file has to begin: pictures may come before it.
inline constexpr std::size_t farthestSample = std::size_t{1} << 20;

/// The first bytes, at most `size`: a recorder that died has to be noticed before there is a
/// stream. @throws Error: fileFailed where there are none; what `interruption` throws.
std::string firstAudio(AudioInput& input, std::size_t size, const Interruption& interruption);

/// Adds what there is to the start that was read, at most `size` bytes. False at the end, and after
/// a signal.
bool readMore(AudioInput& input, std::string& start, std::size_t size);

/// Of a WAV file: reads to its first sample, as a recorder may write a header and die. False where
/// that is farther than it is looked for. @throws Error: fileFailed for a WAV header alone; what
/// `interruption` throws.
[[nodiscard]] bool readToSample(AudioInput& input, std::string& start,
                                const Interruption& interruption);

/// Reads as much more as it takes to tell whether it is audio. @throws Error: invalidOption for
/// what is no audio; as readToSample(), and as requireWholeAudio().
void requireAudio(AudioInput& input, std::string& start, const Interruption& interruption);

/// Of a WAV file whose start that is, the bytes up to the end of its audio by its header; 0 where
/// that does not tell.
std::uint64_t countedBytes(const std::string& start);

/// How many bytes of a WAV file did not come, in words.
std::string cutShort(const AudioInput& input, std::uint64_t missing);

/// Of a WAV file whose start that is. @throws Error: fileFailed where the file ends before its
/// audio does by its header.
void requireWholeAudio(const AudioInput& input, const std::string& start);

/// What is said to be raw must not begin with the header of a container, which would be sent as
/// sound. Of an encoding that may have one, such as flac, WAV only is refused. @throws Error:
/// invalidOption; what `interruption` throws.
void requireNoHeader(AudioInput& input, std::string& start, bool isSamples,
                     const gateway::Profile& profile, const Interruption& interruption);

/// ": " and the command that makes samples for the gateway of a file or of `-`; empty where it
/// takes none that are known here.
std::string conversionFor(const gateway::Profile& profile, const std::string& input);

}  // namespace wsferry::tool
