#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/net/http_response.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/request/refuse_option.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// A patch's values as they go out, with their operation (protocol section 4.3).
std::vector<std::string> patchValues(const Patch& patch);

/// @throws Error with Errc::invalidOption for a patch without a path or with the wrong number of
/// values, and for two patches of one path.
void requirePatches(const std::vector<Patch>& patches);

/// @throws Error with Errc::invalidOption for anything but an http or https URL; `name` says which.
void requireWebhookUrl(std::string_view url, const std::string& name);

/// @throws Error with Errc::invalidOption for more webhooks than a stream may have.
void requireWebhookCount(std::size_t count);

struct FirstMessage {
  std::string text;          ///< Empty: there is none.
  bool hasWebhooks = false;  ///< It names webhooks by itself.
};

/// The first message from StreamOptions::configuration, with the type that the profile asks for.
/// @throws Error with Errc::invalidOption if it is not one JSON object, or of another type.
[[nodiscard]] FirstMessage makeFirstMessage(const Profile& profile,
                                            const std::string& configuration);

namespace detail {

// A plain value replaces, a leading plus sign adds, a lone minus sign removes, and a backslash
// removes that meaning from the sign after it. So a literal backslash before a sign needs another
// one, and so does a run of them: no two values look the same on the wire. That the gateway reads
// such a doubled backslash as one is not documented; unescaped, it would certainly be lost.
inline std::string escapeSign(const std::string& value) {
  const auto first = value.find_first_not_of('\\');
  const bool hasSign = first != std::string::npos && (value[first] == '+' || value[first] == '-');
  return hasSign ? "\\" + value : value;
}

inline std::string patchName(const Patch& patch) {
  return "The patch of \"" + printable(patch.path, 100) + "\"";
}

inline std::string jsonOf(const std::vector<std::string>& values) {
  std::string list;
  for (const std::string& value : values) {
    list += (list.empty() ? "" : ",") + encodeJsonString(value);
  }
  return values.size() == 1 ? list : "[" + list + "]";
}

struct FirstMessageMembers {
  bool any = false;
  bool hasWebhooks = false;
  std::string_view type;  // JSON text; empty if there is none.
};

inline FirstMessageMembers readMembers(const Profile& profile, std::string_view text) {
  FirstMessageMembers members;
  JsonCursor cursor(text);
  if (cursor.peek() != '{') {
    throw Error(Errc::protocolViolation, "not an object");
  }
  forEachMember(cursor, [&](std::string_view key) {
    members.any = true;
    const std::string_view value = cursor.skipValue();
    if (key == profile.typeMember) {
      members.type = value;
    } else if (key == "webhook") {
      members.hasWebhooks = value != "null";
    }
  });
  cursor.expectEnd();
  return members;
}

}  // namespace detail

inline std::vector<std::string> patchValues(const Patch& patch) {
  if (patch.operation == Patch::Operation::remove) {
    return {"-"};
  }
  std::vector<std::string> values;
  for (const std::string& value : patch.values) {
    values.push_back(patch.operation == Patch::Operation::add ? "+" + value
                                                              : detail::escapeSign(value));
  }
  return values;
}

inline void requirePatches(const std::vector<Patch>& patches) {
  std::set<std::string_view> paths;
  for (const Patch& patch : patches) {
    if (patch.path.empty()) {
      refuse("patches", "A patch has no path; name what it changes, such as language");
    }
    const bool removes = patch.operation == Patch::Operation::remove;
    if (removes && !patch.values.empty()) {
      refuse("patches", detail::patchName(patch) +
                            " removes, but has a value; leave out the value, or set it");
    }
    if (!removes && patch.values.empty()) {
      refuse("patches", detail::patchName(patch) + " has no value; give one, or remove");
    }
    if (!paths.insert(patch.path).second) {
      refuse("patches", detail::patchName(patch) +
                            " is given twice; an array is one patch with several values");
    }
  }
}

inline void requireWebhookUrl(std::string_view url, const std::string& name) {
  const auto scheme = url.substr(0, url.find("://"));
  const bool isHttp = equalsIgnoringCase(scheme, "http") || equalsIgnoringCase(scheme, "https");
  if (!isHttp || url.size() <= scheme.size() + 3) {
    refuse("webhooks", name + " is not an http or https URL");
  }
}

inline void requireWebhookCount(std::size_t count) {
  constexpr std::size_t most = 3;
  if (count > most) {
    refuse("webhooks", "A stream has at most " + std::to_string(most) + " webhooks, and " +
                           std::to_string(count) + " are given");
  }
}

inline FirstMessage makeFirstMessage(const Profile& profile, const std::string& configuration) {
  if (configuration.empty()) {
    return {};
  }
  Utf8Validator validator;
  if (!validator.update(configuration) || !validator.complete()) {
    refuse("configuration", "The configuration is not valid UTF-8");
  }
  detail::FirstMessageMembers members;
  try {
    members = detail::readMembers(profile, configuration);
  } catch (const Error& error) {
    refuse("configuration", "The configuration must be one JSON object: " + error.info().message);
  }
  FirstMessage message{configuration, members.hasWebhooks};
  if (profile.configurationType.empty()) {
    return message;
  }
  if (profile.typeMember.empty()) {
    refuse("profile.typeMember",
           "The profile has a configurationType, but no typeMember to put it in");
  }
  const std::string type = encodeJsonString(profile.configurationType);
  if (members.type.empty()) {
    message.text.insert(configuration.find('{') + 1, encodeJsonString(profile.typeMember) + ":" +
                                                         type + (members.any ? "," : ""));
  } else if (!isJsonString(members.type) ||
             !jsonStringEquals(rawJsonStringOf(members.type), profile.configurationType)) {
    refuse("configuration", "The configuration has the " + profile.typeMember + " " +
                                printable(members.type, 50) + ", not " + type +
                                ". Leave it out: it is added automatically. (The vendor's printed "
                                "examples show \"KEEP_ALIVE\" there by mistake.)");
  }
  return message;
}

}  // namespace wsferry::gateway
