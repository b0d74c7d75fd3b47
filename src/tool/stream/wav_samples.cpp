#include "tool/stream/wav_samples.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "tool/stream/audio_check.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/audio/input_kind.hpp"
#include "wsferry/gateway/detail/audio/wav_header.hpp"

namespace wsferry::tool {

namespace {

using gateway::detail::InputKind;
using gateway::detail::WavHeader;
using gateway::detail::WavReader;

// Within which the samples of a WAV file have to begin: pictures may come before them.
constexpr std::size_t farthestSample = std::size_t{1} << 20;
constexpr std::size_t wavBlock = 4096;

[[noreturn]] void refuseSamples(const AudioInput& input, const gateway::Profile& profile,
                                const std::string& why) {
  throw Error(Errc::invalidOption, input.name() + " " + why + conversionFor(profile, input.path()));
}

// As RawAudio names them; empty for what no gateway takes.
std::string encodingOf(const WavHeader& header) {
  switch (header.format) {
    case WavHeader::pcm:
      return header.bitsPerSample == 16 ? "linear16" : "";
    case WavHeader::muLaw:
      return "mulaw";
    case WavHeader::aLaw:
      return "alaw";
    default:
      return "";
  }
}

RawAudio audioOf(const WavHeader& header, const AudioInput& input,
                 const gateway::Profile& profile) {
  RawAudio audio;
  audio.encoding = encodingOf(header);
  audio.sampleRate = header.sampleRate;
  audio.channels = header.channels;
  const auto& known = profile.encodings;
  const bool isTaken = known.empty() || std::any_of(known.begin(), known.end(), [&](const auto& e) {
                         return e.first == audio.encoding;
                       });
  if (audio.encoding.empty() || !isTaken || audio.sampleRate == 0 || audio.channels == 0) {
    refuseSamples(input, profile, "has samples of a kind that this gateway does not take");
  }
  return audio;
}

}  // namespace

WavSamples readWavSamples(AudioInput& input, const gateway::Profile& profile, bool mayBeCut,
                          const Interruption& interruption) {
  std::string start = firstAudio(input, wavBlock, interruption);
  while (InputKind(start).mayBecomeContainer() && readMore(input, start, wavBlock)) {
  }
  interruption.throwIfRequested();
  if (!WavReader(start).isWav()) {
    const std::string_view container = InputKind(start).container();
    refuseSamples(
        input, profile,
        container.empty()
            ? std::string("has no header that says what its samples are, and this gateway "
                          "takes samples: say it with --raw-audio, or convert the file")
            : "has " + std::string(container) +
                  ", and this gateway takes samples without one, or in a WAV file");
  }
  while (!WavReader(start).hasAudio() && start.size() < farthestSample &&
         readMore(input, start, wavBlock)) {
  }
  interruption.throwIfRequested();
  const WavReader reader(start);
  const auto header = reader.header();
  const auto data = reader.data();
  if (!reader.hasAudio() || !data || !header) {
    throw Error(Errc::fileFailed, "there is no audio in " + input.name() +
                                      ": it has a WAV header only, and no stream was made");
  }
  if (!mayBeCut) {
    requireWholeAudio(input, start);
  }
  WavSamples samples{audioOf(*header, input, profile), {}, data->size};
  samples.start = start.substr(data->offset);
  return samples;
}

}  // namespace wsferry::tool
