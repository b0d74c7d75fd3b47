#pragma once

#include <string>

#include "wsferry/gateway/detail/audio/audio_pace.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::tool {

/// What audio without a header is, as typed.
struct RawAudio : gateway::RawAudio {
  /// Reads `encoding,rate,channels`. @throws Error with Errc::invalidOption.
  static RawAudio parse(const std::string& text);
};

using gateway::detail::AudioPace;
using gateway::detail::AudioRate;
using gateway::detail::audioRate;

}  // namespace wsferry::tool
