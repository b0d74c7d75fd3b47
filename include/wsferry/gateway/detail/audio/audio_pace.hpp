#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wsferry/core/clock.hpp"
#include "wsferry/gateway/detail/audio/wav_header.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway::detail {

/// When audio sent at playback speed is due. The clock runs from the first audio on; after a stall
/// only a moment's worth is caught up.
class AudioPace {
 public:
  explicit AudioPace(double bytesPerSecond) : bytesPerSecond_(bytesPerSecond) {}

  /// This many bytes were handed out at `now`: returns when the next ones are due.
  TimePoint next(std::uint64_t bytes, TimePoint now) {
    const std::chrono::duration<double> played(static_cast<double>(bytes) / bytesPerSecond_);
    const TimePoint begun = std::max(due_.value_or(now), now - mostDebt);
    due_ = begun + std::chrono::duration_cast<Clock::duration>(played);
    return *due_;
  }

 private:
  // How late audio may be, because of timers, and still be caught up.
  static constexpr std::chrono::milliseconds mostDebt{200};

  double bytesPerSecond_;
  std::optional<TimePoint> due_;
};

/// How much room audio takes.
struct AudioRate {
  double bytesPerSecond = 0;
  std::size_t frame = 1;  ///< Bytes of a sample of all channels; 1 if unknown.

  /// Whole samples, at least one.
  std::size_t bytesIn(Duration duration) const {
    const double bytes = bytesPerSecond * static_cast<double>(duration.count()) / 1'000;
    return std::max<std::size_t>(static_cast<std::size_t>(bytes) / frame, 1) * frame;
  }
};

/// From the start of a WAV file or the description of raw audio; nothing if unknown, as for a
/// compressed format.
inline std::optional<AudioRate> audioRate(std::string_view start,
                                          const std::optional<RawAudio>& raw) {
  std::optional<double> rate;
  unsigned samples = 1;
  if (raw) {
    samples = raw->sampleRate;
    rate = static_cast<double>(raw->bytesPerSecond());
  } else if (const auto header = WavReader(start).header()) {
    samples = header->isUncompressed() ? header->sampleRate : 0;
    rate = header->bytesPerSecond();
  }
  if (!rate || *rate <= 0) {
    return std::nullopt;
  }
  const double frame = samples == 0 ? 1 : *rate / samples;
  return AudioRate{*rate, std::max<std::size_t>(static_cast<std::size_t>(frame), 1)};
}

}  // namespace wsferry::gateway::detail
