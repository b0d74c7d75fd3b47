#include "gateway/request/stream_request.hpp"

#include <algorithm>
#include <array>

#include "core/websocket/upgrade.hpp"
#include "gateway/messages/message_template.hpp"
#include "gateway/profile/profile_check.hpp"
#include "gateway/request/audio_description.hpp"
#include "gateway/request/session_request.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/core/detail/websocket/http_response.hpp"
#include "wsferry/gateway/detail/messages/configuration_message.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"
#include "wsferry/gateway/detail/request/credentials_placement.hpp"
#include "wsferry/gateway/detail/request/refuse_option.hpp"
#include "wsferry/gateway/detail/request/stream_query.hpp"

namespace wsferry::gateway {
namespace {

const std::string& baseUrlOf(const StreamOptions& options) {
  if (!options.baseUrl.empty()) {
    return options.baseUrl;
  }
  return asksForUrl(options) ? options.profile.sessionRequest.url : options.profile.baseUrl;
}

bool isCredential(const Profile& profile, std::string_view name) {
  return !name.empty() && (name == profile.tokenParameter || name == profile.clientSecretParameter);
}

// What the audio is and its language, as parameters: for the WS Gateway they are patches.
std::vector<Patch> parametersOfAudio(const StreamOptions& options) {
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

std::vector<Patch> allPatches(const StreamOptions& options) {
  std::vector<Patch> patches = parametersOfAudio(options);
  patches.insert(patches.end(), options.patches.begin(), options.patches.end());
  return patches;
}

// What the program writes into the query by itself.
QueryParameters freeParameters(const StreamOptions& options) {
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

std::array<OwnParameter, 6> ownParameters(const StreamOptions& options) {
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

void requireParameters(const StreamOptions& options) {
  if (options.format == EgressFormat::raw && options.formatParameter.empty()) {
    refuse("formatParameter",
           "The raw format needs the name of the query parameter that asks for it. That is not "
           "published, and a wrong one would be taken for a patch: ask the "
           "gateway's operator.");
  }
  for (const OwnParameter& own : ownParameters(options)) {
    if (own.isSet && own.isNeeded && own.name.empty()) {
      refuse("profile", "This gateway's profile has no parameter for " + std::string(own.what) +
                            ": leave that out");
    }
  }
}

// Under another value results would be read wrongly.
void requireNeededValue(const Profile& profile, const std::string& name, const std::string& value) {
  for (const auto& [needed, only] : profile.queryNeeds) {
    if (name == needed && value != only) {
      refuse("query", "The query parameter " + needed + " has to be " + only +
                          " for this gateway's profile, which would read results wrongly "
                          "otherwise; docs/profiles.md says how a profile of your own does it");
    }
  }
}

void requireFreeParameters(const StreamOptions& options) {
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
        refuse("query", shown + " is made from an option, that for " + std::string(own.what) +
                            ": set that, and leave the parameter out");
      }
      if (own.isSet) {
        refuse("query", shown + " is given, and the option for " + std::string(own.what) +
                            " as well: leave one out");
      }
    }
  }
  if (!hasTemplate) {
    refuse("templateId", "A template is needed: the id of the one that the stream runs");
  }
}

// Whether the gateway would read a query parameter of that name as its own.
bool isParameter(const StreamOptions& options, const std::string& name) {
  const auto own = ownParameters(options);
  const auto& others = options.profile.otherParameters;
  return isCredential(options.profile, name) || name == options.profile.clientIdParameter ||
         std::any_of(own.begin(), own.end(), [&](const auto& one) { return name == one.name; }) ||
         std::any_of(others.begin(), others.end(), [&](const std::string& other) {
           const bool isPrefix = !other.empty() && other.back() == '.';
           return isPrefix ? name.compare(0, other.size(), other) == 0 : name == other;
         });
}

void requireUrlPatches(const StreamOptions& options) {
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

// The message has been read as JSON before.
void requireConfiguration(const StreamOptions& options) {
  if (options.configuration.empty()) {
    return;
  }
  for (const auto& [path, value] : options.profile.configurationNeeds) {
    if (memberTextAt(options.configuration, path) != value) {
      refuse("configuration", "In the configuration " + path + " has to be " + value +
                                  " for this gateway's profile: results could be lost otherwise");
    }
  }
}

void requireWebhooks(const StreamOptions& options, const FirstMessage& firstMessage) {
  requireWebhookCount(options.webhooks.size());
  for (const auto& [name, url] : options.webhooks) {
    if (name.empty()) {
      refuse("webhooks",
             "A webhook has no name; it is webhook, or names events such as webhook.stream");
    }
    requireWebhookUrl(url, "\"" + printable(name, 100) + "\"");
  }
  if (!options.webhooks.empty() && firstMessage.hasWebhooks) {
    refuse("webhooks",
           "Webhooks are given as options and in the configuration: a gateway takes one of both");
  }
}

std::string configurationOf(const StreamOptions& options, const std::string& secret) {
  const Credentials& credentials = options.credentials;
  if (asksForUrl(options)) {
    return fillIn(options.profile.firstMessage, placeholderValues(options, {}));
  }
  if (credentials.kind != Credentials::Kind::none &&
      credentials.placement == Credentials::Placement::firstMessage &&
      !hasPlaceholder(options, "token")) {
    refuse("credentials.placement",
           "The first message has no place for the credentials: place them elsewhere");
  }
  return options.configuration.empty()
             ? fillIn(options.profile.firstMessage, placeholderValues(options, secret))
             : options.configuration;
}

void requireProfile(const Profile& profile) {
  if (const auto fault = faultOf(profile)) {
    refuse("profile", "The profile cannot work: " + fault->member + " " + fault->problem);
  }
}

void requireConnection(const StreamOptions& options) {
  if (!options.connection.bearerToken.empty() || !options.connection.subprotocols.empty()) {
    refuse(
        "connection",
        "The connection has a bearer token or subprotocols of its own; for a stream they are part "
        "of its credentials");
  }
  if (options.keepAlive == KeepAliveMode::off) {
    return;
  }
  if (options.keepAliveInterval <= Duration::zero()) {
    refuse("keepAliveInterval", "The interval of keep-alive is not positive; mode off sends none");
  }
  if (options.keepAlive != KeepAliveMode::ping && options.profile.keepAliveMessage.empty()) {
    refuse("keepAlive", "This gateway's profile has no keep-alive message; use pings");
  }
}

QueryParameters parametersOf(const StreamOptions& options, bool isAnnounced) {
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

// What the program shows by itself that is a credential as well.
void addWrittenSecrets(const StreamOptions& options, std::vector<std::string>& secrets) {
  for (std::string& secret : credentialsInQuery(baseUrlOf(options))) {
    secrets.push_back(std::move(secret));
  }
  for (const auto& [name, value] : options.query) {
    if (namesCredential(name)) {
      secrets.push_back(value);
    }
  }
  for (const auto& [name, value] : options.connection.headers) {
    if (equalsIgnoringCase(name, "X-Client-Secret")) {
      secrets.push_back(value);
    }
  }
}

}  // namespace

StreamOptions::StreamOptions() {
  connection.maxMessageSize = std::size_t{16} << 20;
}

StreamOptions::StreamOptions(Profile used) : StreamOptions() {
  constexpr Duration tenYears{315'360'000'000};
  profile = std::move(used);
  keepAlive = profile.keepAlive;
  keepAliveInterval = profile.keepAliveInterval;
  pongTimeout = profile.pongTimeout;
  inactivityLimit = profile.inactivityLimit.count() > 0 ? profile.inactivityLimit : tenYears;
  idleLimit = profile.idleLimit.count() > 0 ? profile.idleLimit : tenYears;
  idleWarning = profile.idleLimit.count() > 0 ? profile.idleLimit * 5 / 6 : Duration(0);
}

QueryParameters makeStreamQuery(const StreamOptions& options) {
  requireParameters(options);
  requireFreeParameters(options);
  requireUrlPatches(options);
  return parametersOf(options, false);
}

StreamRequest makeStreamRequest(const StreamOptions& options, const std::string& secret) {
  requireProfile(options.profile);
  requireConnection(options);
  requireParameters(options);
  requireFreeParameters(options);
  requireAudio(options);
  requireUrlPatches(options);
  if (!asksForUrl(options)) {
    requireNothingForSession(options);
  }
  FirstMessage firstMessage = makeFirstMessage(options.profile, configurationOf(options, secret));
  requireConfiguration(options);
  requireWebhooks(options, firstMessage);

  StreamRequest request;
  request.connection = options.connection;
  addWrittenSecrets(options, request.connection.secrets);
  QueryParameters query = parametersOf(options, !firstMessage.text.empty());
  request.firstMessage = std::move(firstMessage.text);
  if (asksForUrl(options)) {
    request.urlRequest = makeUrlRequest(options, appendQuery(baseUrlOf(options), query),
                                        placeholderValues(options, secret), secret);
    request.connection.headers.clear();
    for (const std::string& own : request.urlRequest->secrets) {
      request.connection.secrets.push_back(own);
    }
    return request;
  }
  WebSocketOptions connection = request.connection;
  placeCredentials(options.profile, options.credentials, secret, connection, query);
  request.url = Url::parse(appendQuery(baseUrlOf(options), query));

  // The connection would refuse all this as well, but only when it is made. The secret may not be
  // known yet, and is to be guarded nevertheless.
  WebSocketOptions checked = connection;
  if (options.credentials.kind != Credentials::Kind::none) {
    checked.secrets.emplace_back("a secret");
  }
  makeUpgradeRequest(request.url, checked);
  if (!secret.empty()) {
    request.connection = std::move(connection);
  }
  request.connection.secrets = secretsOf(request.url, request.connection);
  return request;
}

void useSessionAnswer(const StreamOptions& options, const std::string& body,
                      StreamRequest& request) {
  SessionAnswer answer = readSessionAnswer(options, body);
  request.url = std::move(answer.url);
  request.streamId = std::move(answer.streamId);
  for (std::string& secret : answer.secrets) {
    request.connection.secrets.push_back(std::move(secret));
  }
}

}  // namespace wsferry::gateway
