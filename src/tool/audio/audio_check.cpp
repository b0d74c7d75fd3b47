#include "tool/audio/audio_check.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "tool/terminal/shell_word.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/audio/input_kind.hpp"
#include "wsferry/gateway/detail/audio/wav_header.hpp"

namespace wsferry::tool {

namespace {

using gateway::detail::InputKind;
using gateway::detail::WavReader;

constexpr unsigned usualRate = 16'000;

[[noreturn]] void refuseAudio(std::string message) {
  throw Error(Errc::invalidOption, std::move(message));
}

[[noreturn]] void failWithoutAudio(const AudioInput& input, const std::string& why) {
  throw Error(Errc::fileFailed,
              "there is no audio in " + input.name() + ": " + why + ", and no stream was made");
}

bool takesLinear16(const gateway::Profile& profile) {
  const auto& known = profile.encodings;
  return known.empty() || std::any_of(known.begin(), known.end(), [](const auto& encoding) {
           return encoding.first == "linear16";
         });
}

}  // namespace

std::string firstAudio(AudioInput& input, std::size_t size, const Interruption& interruption) {
  std::string start = input.read(size);
  interruption.throwIfRequested();
  if (start.empty()) {
    failWithoutAudio(input, "it ended before its first byte");
  }
  return start;
}

bool readMore(AudioInput& input, std::string& start, std::size_t size) {
  const std::string more = input.read(size);
  start += more;
  return !more.empty();
}

bool readToSample(AudioInput& input, std::string& start, const Interruption& interruption) {
  bool isOver = false;
  while (!WavReader(start).hasAudio() && start.size() < farthestSample && !isOver) {
    isOver = !readMore(input, start, InputKind::enough);
  }
  interruption.throwIfRequested();
  if (isOver) {
    failWithoutAudio(input, "it has a WAV header only");
  }
  return WavReader(start).hasAudio();
}

void requireAudio(AudioInput& input, std::string& start, const Interruption& interruption) {
  while (InputKind(start).needsMore() && readMore(input, start, InputKind::enough)) {
  }
  interruption.throwIfRequested();
  const std::string_view kind = InputKind(start).otherThanAudio();
  if (!kind.empty()) {
    refuseAudio(input.name() + " is not audio, but " + std::string(kind) +
                ": nothing was sent. Give an audio file; --force-audio sends it as it is");
  }
  if (!WavReader(start).isWav()) {
    return;
  }
  if (!readToSample(input, start, interruption)) {
    refuseAudio(input.name() +
                " has its audio so far from its beginning that it cannot be checked: nothing was "
                "sent. --force-audio sends it as it is");
  }
  requireWholeAudio(input, start);
}

std::uint64_t countedBytes(const std::string& start) {
  const auto data = WavReader(start).data();
  return data && data->size ? data->offset + *data->size : 0;
}

std::string cutShort(const AudioInput& input, std::uint64_t missing) {
  return input.name() + " ends " + counted(missing, "byte", "bytes") +
         " before the audio that its header announces: it was truncated";
}

void requireWholeAudio(const AudioInput& input, const std::string& start) {
  const std::uint64_t end = countedBytes(start);
  const auto size = input.size();
  if (size && *size < end) {
    throw Error(Errc::fileFailed,
                cutShort(input, end - *size) +
                    ", and nothing was sent. Copy it again; --force-audio sends what is there");
  }
}

void requireNoHeader(AudioInput& input, std::string& start, bool isSamples,
                     const gateway::Profile& profile, const Interruption& interruption) {
  while (InputKind(start).mayBecomeContainer() && readMore(input, start, InputKind::enough)) {
  }
  interruption.throwIfRequested();
  const std::string_view container = InputKind(start).headerInRaw(isSamples);
  if (container.empty()) {
    return;
  }
  refuseAudio(
      input.name() + " has " + std::string(container) +
      (profile.needsRawAudio && !WavReader(start).isWav()
           ? ", and this gateway takes samples without one" + conversionFor(profile, input.path())
           : ": leave --raw-audio out, or send the header as sound with --force-audio"));
}

std::string conversionFor(const gateway::Profile& profile, const std::string& input) {
  if (!takesLinear16(profile)) {
    return {};
  }
  const std::string rate =
      std::to_string(profile.onlySampleRate != 0 ? profile.onlySampleRate : usualRate);
  return ": `ffmpeg -i " + shellWord(input) + " -f s16le -ac 1 -ar " + rate +
         " - | wsferry stream ... - --raw-audio linear16," + rate + ",1`";
}

}  // namespace wsferry::tool
