#include "tool/stream/audio_start.hpp"

#include <algorithm>
#include <utility>

#include "tool/audio/audio_check.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

// A speaker does not notice it, and a block of most recorders is shorter.
constexpr Duration leastGathering{100};

void refuseUnfit(Audio& audio, const StreamRequest& request, const Interruption& interruption) {
  if (request.forceAudio) {
    return;
  }
  if (request.rawAudio) {
    const bool isSamples = request.rawAudio->bytesPerSecond() > 0;
    requireNoHeader(audio.input, audio.start, isSamples, request.stream.profile, interruption);
  } else {
    requireAudio(audio.input, audio.start, interruption);
  }
}

std::optional<AudioRate> findRate(Audio& audio, const StreamRequest& request) {
  if (request.bytesPerSecond > 0) {
    return AudioRate{static_cast<double>(request.bytesPerSecond), 1};
  }
  for (;;) {
    const auto rate = audioRate(audio.start, request.rawAudio);
    if (rate || audio.start.size() >= farthestSample ||
        !readMore(audio.input, audio.start, farthestSample)) {
      return rate;
    }
  }
}

void useRate(Audio& audio, const StreamRequest& request, const AudioRate& rate) {
  if (request.realTime) {
    audio.pace = rate.bytesPerSecond;
  }
  if (request.chunkTime > Duration::zero()) {
    audio.chunkSize = std::min(rate.bytesIn(request.chunkTime), largestChunk);
  }
}

void setPace(Audio& audio, const StreamRequest& request, const Interruption& interruption) {
  if (!request.realTime && request.chunkTime == Duration::zero()) {
    return;
  }
  const std::optional<AudioRate> rate = findRate(audio, request);
  interruption.throwIfRequested();
  if (!rate) {
    throw Error(
        Errc::invalidOption,
        std::string(request.realTime ? "--real-time" : "--chunk-ms") +
            " needs to know how many bytes a second of audio takes: give a WAV file, describe the "
            "audio with --raw-audio linear16, mulaw or alaw, or give --bytes-per-second");
  }
  useRate(audio, request, *rate);
}

}  // namespace

std::string Audio::read() {
  if (left == 0U) {
    rest.passChunks(input, start);
    left.reset();
  }
  const std::size_t wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(chunkSize, left.value_or(chunkSize)));
  input.fill(start, wanted, gathering);
  std::string bytes = start.substr(0, wanted);
  start.erase(0, bytes.size());
  return audioIn(std::move(bytes));
}

std::string Audio::audioIn(std::string bytes) {
  if (left) {
    bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), *left)));
    *left -= bytes.size();
  }
  given += bytes.size();
  return bytes;
}

Audio beginAudio(AudioInput& input, const StreamRequest& request,
                 const Interruption& interruption) {
  Audio audio{input,
              request.chunkSize,
              std::max(leastGathering, request.chunkTime),
              firstAudio(input, request.chunkSize, interruption),
              std::nullopt,
              std::nullopt,
              {}};
  refuseUnfit(audio, request, interruption);
  if (!request.rawAudio) {
    audio.counted = countedBytes(audio.start);
  }
  setPace(audio, request, interruption);
  return audio;
}

Audio beginSamples(AudioInput& input, const StreamRequest& request, WavSamples samples,
                   const Interruption& interruption) {
  Audio audio{input,
              request.chunkSize,
              std::max(leastGathering, request.chunkTime),
              std::move(samples.start),
              std::nullopt,
              samples.size,
              samples.rest};
  setPace(audio, request, interruption);
  return audio;
}

}  // namespace wsferry::tool
