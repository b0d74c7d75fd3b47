#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// A patch's values as they go out, with their operation (protocol section 4.3).
std::vector<std::string> patchValues(const Patch& patch);

/// @throws Error with Errc::invalidOption for a patch without a path or with the wrong number of
/// values, and for two patches of one path.
void requirePatches(const std::vector<Patch>& patches);

/// @throws Error with Errc::invalidOption for what is no http or https URL; `name` tells which.
void requireWebhookUrl(std::string_view url, const std::string& name);

/// @throws Error with Errc::invalidOption for more webhooks than a stream may have.
void requireWebhookCount(std::size_t count);

struct FirstMessage {
  std::string text;          ///< Empty: there is none.
  bool hasWebhooks = false;  ///< It names webhooks by itself.
};

/// The first message from StreamOptions::configuration, with the type that the profile asks for.
/// @throws Error with Errc::invalidOption if it is not one JSON object, or of another type.
FirstMessage makeFirstMessage(const Profile& profile, const std::string& configuration);

}  // namespace wsferry::gateway
