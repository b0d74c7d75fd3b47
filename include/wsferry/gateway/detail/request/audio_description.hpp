#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/gateway/detail/messages/message_template.hpp"
#include "wsferry/gateway/detail/request/refuse_option.hpp"
#include "wsferry/gateway/detail/request/session_request.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// Whether what is sent before the audio, a first message or the request for the URL, has this
/// placeholder; not where the program gives its own in place of the profile's.
[[nodiscard]] bool hasPlaceholder(const StreamOptions& options, std::string_view name);

/// What placeholders stand for there. @throws as encodingName().
[[nodiscard]] PlaceholderValues placeholderValues(const StreamOptions& options,
                                                  const std::string& secret);

/// The gateway's name of the raw audio's encoding. @throws Error with Errc::invalidOption if it
/// takes no such audio.
[[nodiscard]] std::string encodingName(const StreamOptions& options);

/// Refuses a language, and audio, that the gateway cannot be told of, or does not take. @throws
/// Error with Errc::invalidOption.
void requireAudio(const StreamOptions& options);

namespace detail {

inline bool isPlaceholderIn(const std::string& message, std::string_view name) {
  if (message.empty()) {
    return false;
  }
  const auto names = placeholdersOf(message);
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A gateway that can be told the sample rate, and not the number of channels, takes one.
inline void requireForm(const StreamOptions& options, const RawAudio& audio) {
  const Profile& profile = options.profile;
  const auto hasPlace = [&](const std::string& parameter, std::string_view placeholder) {
    return !parameter.empty() || isPlaceholderIn(profile.firstMessage, placeholder) ||
           (asksForUrl(options) && isPlaceholderIn(profile.sessionRequest.body, placeholder));
  };
  if (audio.channels > 1 && hasPlace(profile.sampleRateParameter, "sampleRate") &&
      !hasPlace(profile.channelsParameter, "channels")) {
    refuse("rawAudio", "This gateway's profile has no place for a number of channels, so " +
                           std::to_string(audio.channels) +
                           " would be taken for one: send one channel");
  }
  if (profile.onlySampleRate != 0 && audio.sampleRate != profile.onlySampleRate) {
    refuse("rawAudio", "This gateway takes raw audio of " + std::to_string(profile.onlySampleRate) +
                           " Hz only, but this has " + std::to_string(audio.sampleRate) +
                           ": convert it");
  }
}

}  // namespace detail

inline bool hasPlaceholder(const StreamOptions& options, std::string_view name) {
  const bool isOwn = options.configuration.empty();
  if (!asksForUrl(options)) {
    return isOwn && detail::isPlaceholderIn(options.profile.firstMessage, name);
  }
  return detail::isPlaceholderIn(options.profile.firstMessage, name) ||
         (isOwn && detail::isPlaceholderIn(options.profile.sessionRequest.body, name));
}

inline PlaceholderValues placeholderValues(const StreamOptions& options,
                                           const std::string& secret) {
  PlaceholderValues values;
  if (!options.language.empty()) {
    values["language"] = options.language;
  }
  if (options.rawAudio) {
    const RawAudio& audio = *options.rawAudio;
    values["raw"] = "raw";
    values["encoding"] = encodingName(options);
    values["sampleRate"] = std::to_string(audio.sampleRate);
    values["channels"] = std::to_string(audio.channels);
    if (const std::size_t bytes = audio.bytesPerSecond(); bytes > 0) {
      values["bitDepth"] = std::to_string(bytes * 8 / audio.sampleRate / audio.channels);
    }
  }
  if (!secret.empty() && (asksForUrl(options) ||
                          options.credentials.placement == Credentials::Placement::firstMessage)) {
    values["token"] = secret;
  }
  return values;
}

inline std::string encodingName(const StreamOptions& options) {
  const auto& known = options.profile.encodings;
  const std::string& encoding = options.rawAudio->encoding;
  std::string names;
  for (const auto& [name, theirs] : known) {
    if (name == encoding) {
      return theirs;
    }
    names += (names.empty() ? "" : ", ") + name;
  }
  if (!known.empty()) {
    refuse("rawAudio", "This gateway does not take the encoding " + printable(encoding, 50) +
                           "; it takes " + names);
  }
  return encoding;
}

inline void requireAudio(const StreamOptions& options) {
  const Profile& profile = options.profile;
  if (!options.language.empty() && profile.languageParameter.empty() &&
      !hasPlaceholder(options, "language")) {
    refuse("language",
           options.configuration.empty()
               ? "This gateway's profile has no place for a language: set it in the configuration"
               : "The configuration replaces the message with the language: set it there");
  }
  if (!options.rawAudio) {
    if (profile.needsRawAudio && (profile.sessionRequest.url.empty() || asksForUrl(options))) {
      refuse("rawAudio",
             "This gateway reads no containers such as WAV: send samples without a header, and "
             "describe them (--raw-audio)");
    }
    return;
  }
  const RawAudio& audio = *options.rawAudio;
  if (audio.encoding.empty() || audio.sampleRate == 0 || audio.channels == 0) {
    refuse("rawAudio", "Raw audio needs an encoding, a sample rate and a number of channels");
  }
  static_cast<void>(encodingName(options));
  detail::requireForm(options, audio);
}

}  // namespace wsferry::gateway
