#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/gateway/detail/messages/placeholders.hpp"

namespace wsferry::gateway {

/// The names of the placeholders in a message, in order. @throws Error with Errc::invalidOption for
/// one that no profile knows, and where such a message is no JSON object.
[[nodiscard]] std::vector<std::string> placeholdersOf(std::string_view text);

/// The message with its placeholders replaced; `text` has passed placeholdersOf(). One without
/// placeholders stays as it is, byte for byte.
[[nodiscard]] std::string fillIn(const std::string& text, const PlaceholderValues& values);

/// A message around base64, split at its `{audio}`. @throws as placeholdersOf(), and without it.
[[nodiscard]] std::pair<std::string, std::string> splitAtAudio(const std::string& text);

/// What is wrong with a message around `{changes}`; it may be without. @throws as placeholdersOf().
void requireChangesTemplate(const std::string& text);

/// Such a message with a JSON object in place of `"{changes}"`; without that, with the object's
/// members behind its own.
[[nodiscard]] std::string withChanges(const std::string& text, std::string_view changes);

}  // namespace wsferry::gateway
