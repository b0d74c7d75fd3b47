#pragma once

#include <string>
#include <string_view>

#include "gateway/messages/message_template.hpp"
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

}  // namespace wsferry::gateway
