#include "tool/audio/wav_samples.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "tool/audio/audio_check.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/audio/input_kind.hpp"
#include "wsferry/gateway/detail/audio/wav_header.hpp"

namespace wsferry::tool {

namespace {

using gateway::detail::InputKind;
using gateway::detail::WavHeader;
using gateway::detail::WavReader;

constexpr std::size_t wavBlock = 4096;
// What is looked at behind the samples waits meanwhile.
constexpr std::uint64_t largestRest = std::uint64_t{1} << 20;
constexpr std::size_t chunkHeaderSize = 8;

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

// Samples may look like a name, and another file behind this one is no chunk of it.
bool isChunkName(std::string_view name) {
  return name != "RIFF" && name != "RF64" && name != "BW64" &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// Of what programs write behind the samples without counting it.
bool isKnownName(std::string_view name) {
  constexpr std::string_view known[] = {"LIST", "id3 ", "ID3 ", "bext", "iXML", "_PMX",
                                        "cue ", "smpl", "inst", "JUNK", "PAD "};
  return std::find(std::begin(known), std::end(known), name) != std::end(known);
}

struct Chunk {
  std::string_view name;
  std::uint64_t end = 0;  ///< Behind its start, without padding.
};

bool readUpTo(AudioInput& input, std::string& start, std::size_t size) {
  while (start.size() < size && readMore(input, start, std::min(size - start.size(), wavBlock))) {
  }
  return start.size() >= size;
}

std::optional<Chunk> chunkAt(AudioInput& input, std::string& start, std::size_t at) {
  if (!readUpTo(input, start, at + chunkHeaderSize)) {
    return std::nullopt;
  }
  std::uint64_t size = 0;
  for (std::size_t i = chunkHeaderSize; i-- > chunkHeaderSize / 2;) {
    size = size << 8 | static_cast<unsigned char>(start[at + i]);
  }
  return Chunk{std::string_view(start).substr(at, 4), chunkHeaderSize + size};
}

void pass(AudioInput& input, std::string& start, std::uint64_t size) {
  while (size > 0 && (!start.empty() || readMore(input, start, wavBlock))) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(size, start.size()));
    start.erase(0, count);
    size -= count;
  }
}

// Where all that follows is chunks whose sizes lead to its end, that is how much; else 0.
std::size_t chunksToEnd(AudioInput& input, std::string& start) {
  std::size_t at = 0;
  while (const auto chunk = chunkAt(input, start, at)) {
    if (!isChunkName(chunk->name) || at + chunk->end > largestRest ||
        !readUpTo(input, start, at + static_cast<std::size_t>(chunk->end))) {
      return 0;
    }
    at += static_cast<std::size_t>(chunk->end);
    at += chunk->end % 2 == 1 && readUpTo(input, start, at + 1) ? 1 : 0;
  }
  return start.size() == at ? at : 0;
}

}  // namespace

void WavRest::passChunks(AudioInput& input, std::string& start) const {
  std::uint64_t inHeader = counted;
  if (isPadded && readUpTo(input, start, 1) && start[0] == '\0') {
    pass(input, start, 1);
    inHeader -= std::min<std::uint64_t>(inHeader, 1);
  }
  // What the header counts behind the samples is no audio, unless it has counted too few of them.
  const auto first = chunkAt(input, start, 0);
  if (inHeader > 0 && first && isChunkName(first->name) && first->end <= inHeader + 1) {
    pass(input, start, inHeader);
  }
  for (auto chunk = chunkAt(input, start, 0); chunk && isKnownName(chunk->name);
       chunk = chunkAt(input, start, 0)) {
    pass(input, start, chunk->end + chunk->end % 2);
  }
  start.erase(0, chunksToEnd(input, start));
}

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
            ? std::string("has no header that describes its samples, and this gateway takes "
                          "samples: describe them with --raw-audio, or convert the file")
            : "has " + std::string(container) +
                  ", and this gateway takes samples without one, or in a WAV file");
  }
  if (!readToSample(input, start, interruption)) {
    refuseSamples(input, profile, "has its samples too far from its beginning");
  }
  const WavReader reader(start);
  const auto header = reader.header();
  const auto data = reader.data();
  if (!header || !data) {
    refuseSamples(input, profile, "does not say what its samples are");
  }
  if (!mayBeCut) {
    requireWholeAudio(input, start);
  }
  WavSamples samples{audioOf(*header, input, profile), start.substr(data->offset), data->size, {}};
  if (const std::uint64_t end = countedBytes(start); end > 0) {
    samples.rest.counted = std::max(reader.end().value_or(0), end) - end;
    samples.rest.isPadded = *data->size % 2 == 1;
  }
  return samples;
}

}  // namespace wsferry::tool
