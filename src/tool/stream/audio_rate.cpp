#include "tool/stream/audio_rate.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tool/options/selection_options.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

// How late audio may be, as timers are, and be caught up with.
constexpr std::chrono::milliseconds mostDebt{200};

constexpr std::size_t riffHeaderSize = 12;
constexpr std::size_t chunkHeaderSize = 8;
constexpr std::size_t byteRateOffset = 8;  // In the chunk `fmt `.

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && value > 0 ? std::optional(value) : std::nullopt;
}

std::optional<std::uint32_t> littleEndian(std::string_view bytes, std::size_t offset) {
  if (offset + 4 > bytes.size()) {
    return std::nullopt;
  }
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
  }
  return value;
}

std::optional<double> wavRate(std::string_view start) {
  // RF64 and BW64 are for more than 4 GiB; their first chunk holds the sizes.
  const std::string_view form = start.substr(0, 4);
  const bool isRiff = form == "RIFF" || form == "RF64" || form == "BW64";
  if (!isRiff || start.size() < riffHeaderSize || start.substr(8, 4) != "WAVE") {
    return std::nullopt;
  }
  std::size_t chunk = riffHeaderSize;
  while (const auto size = littleEndian(start, chunk + 4)) {
    if (start.substr(chunk, 4) == "fmt ") {
      const auto rate = littleEndian(start, chunk + chunkHeaderSize + byteRateOffset);
      return rate && *rate > 0 ? std::optional<double>(*rate) : std::nullopt;
    }
    // Chunks are padded to an even size.
    chunk += chunkHeaderSize + *size + *size % 2;
  }
  return std::nullopt;
}

}  // namespace

RawAudio RawAudio::parse(const std::string& text) {
  const std::vector<std::string> items = listItems(text);
  if (items.size() == 3 && !items[0].empty()) {
    const auto rate = number(items[1]);
    const auto channels = number(items[2]);
    if (rate && channels) {
      return {items[0], *rate, *channels};
    }
  }
  throw Error(Errc::invalidOption,
              "--raw-audio takes ENCODING,RATE,CHANNELS, such as linear16,16000,1");
}

TimePoint AudioPace::next(std::uint64_t bytes, TimePoint now) {
  const std::chrono::duration<double> played(static_cast<double>(bytes) / bytesPerSecond_);
  const TimePoint begun = std::max(due_.value_or(now), now - mostDebt);
  due_ = begun + std::chrono::duration_cast<Clock::duration>(played);
  return *due_;
}

std::optional<double> bytesPerSecond(std::string_view start, const std::optional<RawAudio>& raw) {
  if (!raw) {
    return wavRate(start);
  }
  const double samples = static_cast<double>(raw->sampleRate) * raw->channels;
  if (raw->encoding == "linear16") {
    return 2 * samples;
  }
  return raw->encoding == "mulaw" ? std::optional(samples) : std::nullopt;
}

}  // namespace wsferry::tool
