#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/session/audio_piece.hpp"
#include "wsferry/gateway/detail/session/line_watch.hpp"
#include "wsferry/gateway/detail/session/verdict_rule.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// What a stream needs of its options while it runs: kept small, because there may be many streams.
struct StreamSettings {
  Profile profile;
  VerdictRules rules;
  LineWatch::Options line;
  AudioPiece::Size pieces;
  EgressFormat format = EgressFormat::events;
  bool awaitsMetadata = true;
  Duration metadataTimeout{0};
  Duration drainTimeout{0};
  Duration uploadTimeout{0};
  Duration closeTimeout{0};
};

/// @throws Error with Errc::invalidOption for a time limit without meaning.
StreamSettings makeStreamSettings(const StreamOptions& options);

namespace detail {

// Ten years: deadlines stay within the clock's range.
inline constexpr Duration longest = bounded(Duration::max());

inline void requireNotNegative(Duration value, const std::string& name) {
  if (value < Duration::zero() || value > longest) {
    throw Error(Errc::invalidOption, name + " is " + std::to_string(value.count()) +
                                         " ms; it must lie between 0 and ten years")
        .ofOption(name);
  }
}

inline void requirePositive(Duration value, const std::string& name) {
  requireNotNegative(value, name);
  if (value == Duration::zero()) {
    throw Error(Errc::invalidOption, name + " is 0; it must be positive").ofOption(name);
  }
}

inline void requireTimeLimits(const StreamOptions& options) {
  requirePositive(options.sendTimeout, "sendTimeout");
  requirePositive(options.drainTimeout, "drainTimeout");
  requirePositive(options.uploadTimeout, "uploadTimeout");
  requirePositive(options.closeTimeout, "closeTimeout");
  requirePositive(options.inactivityLimit, "inactivityLimit");
  requirePositive(options.idleLimit, "idleLimit");
  requirePositive(options.connection.connectTimeout, "connection.connectTimeout");
  requireNotNegative(options.pongTimeout, "pongTimeout");
  requireNotNegative(options.idleWarning, "idleWarning");
  requireNotNegative(options.keepAliveInterval, "keepAliveInterval");
  if (options.waitForMetadata) {
    requirePositive(options.metadataTimeout, "metadataTimeout");
  }
}

// By the profile's durations, in whole samples.
inline AudioPiece::Size sizeByDurations(const StreamOptions& options, std::size_t rate,
                                        std::size_t frame) {
  AudioPiece::Size size;
  const auto bytesOf = [&](Duration duration) {
    return static_cast<std::size_t>(duration.count()) * rate / 1'000 / frame * frame;
  };
  if (options.profile.leastAudio.count() > 0) {
    size.least = bytesOf(options.profile.leastAudio) + frame;
  }
  // Whatever is there divides into pieces if the largest has twice the least.
  size.most = std::max(size.most, 2 * size.least);
  if (options.profile.mostAudio.count() > 0) {
    size.most = std::min(size.most, bytesOf(options.profile.mostAudio));
    size.least = std::min(size.least, size.most / 2 / frame * frame);
  }
  return size;
}

inline AudioPiece::Size pieceSizeOf(const StreamOptions& options) {
  const Profile& profile = options.profile;
  const std::size_t rate = options.rawAudio ? options.rawAudio->bytesPerSecond() : 0;
  const std::size_t frame =
      rate > 0 ? std::max<std::size_t>(rate / options.rawAudio->sampleRate, 1) : 1;
  AudioPiece::Size size = rate > 0 ? sizeByDurations(options, rate, frame) : AudioPiece::Size();
  if (profile.mostAudioBytes > 0) {
    size.most =
        std::min(size.most, std::max<std::size_t>(profile.mostAudioBytes / frame, 1) * frame);
    size.least = std::min(size.least, size.most / 2 / frame * frame);
  }
  const std::size_t least = (profile.leastAudioBytes + frame - 1) / frame * frame;
  size.least = std::max(size.least, std::min(least, size.most / 2 / frame * frame));
  if (size.least > 0 && profile.mostAudio.count() == 0 && profile.mostAudioBytes == 0) {
    // Gathered no further than is needed.
    size.most = std::min(size.most, 2 * size.least);
  }
  return size;
}

}  // namespace detail

inline StreamSettings makeStreamSettings(const StreamOptions& options) {
  detail::requireTimeLimits(options);
  StreamSettings settings;
  settings.profile = options.profile;
  settings.rules.egress = options.egress.value_or(true);
  settings.rules.closeCompletes = options.profile.closeCompletes;
  settings.rules.hasTemplate = !options.profile.templateParameter.empty();
  settings.rules.authenticationErrors = std::move(settings.profile.authenticationErrors);
  settings.rules.authorizationErrors = std::move(settings.profile.authorizationErrors);
  settings.rules.passingErrors = std::move(settings.profile.passingErrors);
  settings.rules.inactivityLimit = options.inactivityLimit;
  settings.rules.idleLimit = options.idleLimit;
  settings.line = {options.keepAlive, options.keepAliveInterval, options.pongTimeout,
                   options.idleWarning, options.sendTimeout};
  settings.pieces = detail::pieceSizeOf(options);
  settings.format = options.format;
  settings.awaitsMetadata =
      options.waitForMetadata && options.profile.sendsMetadata && settings.rules.egress;
  settings.metadataTimeout = options.metadataTimeout;
  settings.drainTimeout = options.drainTimeout;
  settings.uploadTimeout = options.uploadTimeout;
  settings.closeTimeout = options.closeTimeout;
  return settings;
}

}  // namespace wsferry::gateway
