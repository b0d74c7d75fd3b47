#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/gateway/detail/request/audio_description.hpp"
#include "wsferry/gateway/detail/request/configuration_message.hpp"
#include "wsferry/gateway/detail/request/refuse_option.hpp"
#include "wsferry/gateway/detail/request/session_request.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// The parameters that `options` put behind their URL, for a stream that has no first message: an
/// upload makes one like that (stream-gateway protocol section 9.5). The credentials are not among
/// them.
/// @throws Error with Errc::invalidOption for a parameter that is given twice, and for a patch that
/// the gateway would take for a parameter of its own.
QueryParameters makeStreamQuery(const StreamOptions& options);

namespace detail {

inline const std::string& baseUrlOf(const StreamOptions& options) {
  if (!options.baseUrl.empty()) {
    return options.baseUrl;
  }
  return asksForUrl(options) ? options.profile.sessionRequest.url : options.profile.baseUrl;
}

inline bool isCredential(const Profile& profile, std::string_view name) {
  return !name.empty() && (name == profile.tokenParameter || name == profile.clientSecretParameter);
}

// What the audio is and its language, as parameters: for the WS Gateway they are patches.
inline std::vector<Patch> parametersOfAudio(const StreamOptions& options) {
  const Profile& profile = options.profile;
  std::vector<Patch> parameters;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!name.empty() && !value.empty()) {
      parameters.push_back(setPatch(name, value));
    }
  };
  add(profile.languageParameter, options.language);
  if (options.rawAudio) {
    add(profile.encodingParameter, encodingName(options));
    add(profile.sampleRateParameter, std::to_string(options.rawAudio->sampleRate));
    add(profile.channelsParameter, std::to_string(options.rawAudio->channels));
  }
  return parameters;
}

inline std::vector<Patch> allPatches(const StreamOptions& options) {
  std::vector<Patch> patches = parametersOfAudio(options);
  patches.insert(patches.end(), options.patches.begin(), options.patches.end());
  return patches;
}

// What the program writes into the query by itself.
inline QueryParameters freeParameters(const StreamOptions& options) {
  QueryParameters parameters;
  for (const auto& [name, value] : queryOf(baseUrlOf(options))) {
    parameters.emplace_back(percentDecode(name), percentDecode(value));
  }
  parameters.insert(parameters.end(), options.query.begin(), options.query.end());
  return parameters;
}

// A parameter that has an option of its own.
struct OwnParameter {
  std::string_view what;
  const std::string& name;
  bool isSet;
  bool isNeeded;      // A set option is of no effect without the parameter.
  bool mayBeWritten;  // In the query by the program; else this library has to know the value.
};

inline std::array<OwnParameter, 6> ownParameters(const StreamOptions& options) {
  const Profile& profile = options.profile;
  return {{{"the template", profile.templateParameter, !options.templateId.empty(), true, true},
           {"the stream's id", profile.streamIdParameter, !options.streamId.empty(), true, true},
           {"the configuration", profile.announcementParameter, !options.configuration.empty(),
            false, false},
           {"results on this connection", profile.egressParameter, options.egress.has_value(), true,
            false},
           {"keeping results", profile.persistParameter, options.persist.has_value(), true, true},
           {"the format of results", options.formatParameter, true, false, false}}};
}

inline void requireParameters(const StreamOptions& options) {
  if (options.format == EgressFormat::raw && options.formatParameter.empty()) {
    refuse("formatParameter",
           "The raw format needs the name of the query parameter that selects it. That is not "
           "published, and a wrong one would be taken for a patch: ask the gateway's operator.");
  }
  for (const OwnParameter& own : ownParameters(options)) {
    if (own.isSet && own.isNeeded && own.name.empty()) {
      refuse("profile", "This gateway's profile has no parameter for " + std::string(own.what) +
                            ": leave it out");
    }
  }
}

// Under another value results would be read wrongly.
inline void requireNeededValue(const Profile& profile, const std::string& name,
                               const std::string& value) {
  for (const auto& [needed, only] : profile.queryNeeds) {
    if (name == needed && value != only) {
      refuse("query", "The query parameter " + needed + " must be " + only +
                          " for this gateway's profile, which would otherwise misread results; "
                          "docs/profiles.md says how your own profile does it");
    }
  }
}

inline void requireFreeParameters(const StreamOptions& options) {
  bool hasTemplate = !options.templateId.empty() || options.profile.templateParameter.empty();
  for (const auto& [name, value] : freeParameters(options)) {
    const std::string shown = "The query parameter \"" + printable(name, 100) + "\"";
    if (name.empty()) {
      refuse("query", "A query parameter has no name");
    }
    requireNeededValue(options.profile, name, value);
    if (isCredential(options.profile, name) &&
        options.credentials.kind != Credentials::Kind::none &&
        options.credentials.placement == Credentials::Placement::query) {
      refuse("query", shown + " is made from the credentials; leave it out");
    }
    hasTemplate = hasTemplate || name == options.profile.templateParameter;
    for (const OwnParameter& own : ownParameters(options)) {
      if (name != own.name) {
        continue;
      }
      if (!own.mayBeWritten) {
        refuse("query", shown + " is made from the option for " + std::string(own.what) +
                            ": set that, and leave out the parameter");
      }
      if (own.isSet) {
        refuse("query", shown + " is given as well as the option for " + std::string(own.what) +
                            ": leave one out");
      }
    }
  }
  if (!hasTemplate) {
    refuse("templateId", "A template is needed: the id of the one for the stream to run");
  }
}

// Whether the gateway would read a query parameter of that name as its own.
inline bool isParameter(const StreamOptions& options, const std::string& name) {
  const auto own = ownParameters(options);
  const auto& others = options.profile.otherParameters;
  return isCredential(options.profile, name) || name == options.profile.clientIdParameter ||
         std::any_of(own.begin(), own.end(), [&](const auto& one) { return name == one.name; }) ||
         std::any_of(others.begin(), others.end(), [&](const std::string& other) {
           const bool isPrefix = !other.empty() && other.back() == '.';
           return isPrefix ? name.compare(0, other.size(), other) == 0 : name == other;
         });
}

inline void requireUrlPatches(const StreamOptions& options) {
  if (!options.patches.empty() && !options.profile.takesPatches) {
    refuse("patches", "This gateway's profile has no patches: write parameters into the URL");
  }
  requirePatches(allPatches(options));
  for (const Patch& patch : options.patches) {
    if (isParameter(options, patch.path)) {
      const std::string path = printable(patch.path, 100);
      refuse("patches", "A patch of \"" + path +
                            "\" would be read as the gateway's parameter of that name; if it is "
                            "meant as a patch, "
                            "write patches." +
                            path);
    }
  }
}

inline QueryParameters parametersOf(const StreamOptions& options, bool isAnnounced) {
  const Profile& profile = options.profile;
  const auto flag = [](bool value) { return value ? "true" : "false"; };
  QueryParameters query;
  if (!options.templateId.empty()) {
    query.emplace_back(profile.templateParameter, options.templateId);
  }
  if (!options.streamId.empty()) {
    query.emplace_back(profile.streamIdParameter, options.streamId);
  }
  if (isAnnounced && !profile.announcementParameter.empty()) {
    query.emplace_back(profile.announcementParameter, flag(true));
  }
  if (options.egress) {
    query.emplace_back(profile.egressParameter, flag(*options.egress));
  }
  if (options.persist) {
    query.emplace_back(profile.persistParameter, flag(*options.persist));
  }
  if (!options.formatParameter.empty()) {
    query.emplace_back(options.formatParameter,
                       options.format == EgressFormat::raw ? "RAW" : "EVENTS");
  }
  for (const Patch& patch : allPatches(options)) {
    for (std::string& value : patchValues(patch)) {
      query.emplace_back(patch.path, std::move(value));
    }
  }
  query.insert(query.end(), options.webhooks.begin(), options.webhooks.end());
  query.insert(query.end(), options.query.begin(), options.query.end());
  return query;
}

}  // namespace detail

inline QueryParameters makeStreamQuery(const StreamOptions& options) {
  detail::requireParameters(options);
  detail::requireFreeParameters(options);
  detail::requireUrlPatches(options);
  return detail::parametersOf(options, false);
}

}  // namespace wsferry::gateway
