#include "testing/gateway/gateway_request.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "testing/server/json_members.hpp"
#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/detail/net/http_response.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/uuid.hpp"

namespace wsferry::testing {

namespace {

constexpr std::string_view gatewayPath = "/ws-gateway/api/v1";
constexpr unsigned maxWebhooks = 3;

// Of the template for transcription in real time (protocol section 4.3).
constexpr std::array<std::string_view, 10> aliases = {
    "language", "multichannel", "utteranceEnd",  "encoding",    "sampleRate",
    "channels", "summary",      "summaryLength", "summaryTone", "summaryStructure"};
constexpr std::array<std::string_view, 3> questionParts = {"System", "Id", "Format"};
constexpr std::string_view patchPrefix = "patches.";

std::string decoded(std::string_view text) {
  const auto digit = [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0 ? c - '0' : (c | 0x20) - 'a' + 10;
  };
  const auto isHex = [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && isHex(text[i + 1]) && isHex(text[i + 2])) {
      result += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      result += text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

bool isSame(std::string_view shown, std::string_view expected) {
  return !expected.empty() && shown == expected;
}

std::string badStreamRequest(std::string_view name, const std::string& message) {
  const bool isPatch = name == "STREAM_CONFIGURATION_BAD_PATCH";
  return errorResponse(400, isPatch ? "Invalid stream configuration" : "Bad request", name,
                       message);
}

/// `processors`, which one, `properties` and a path in them, with slashes or dots between.
bool isPropertyPath(std::string_view path) {
  std::vector<std::string_view> parts;
  if (startsWith(path, "/")) {
    path.remove_prefix(1);
  }
  while (!path.empty()) {
    parts.push_back(path.substr(0, path.find_first_of("/.")));
    path.remove_prefix(std::min(path.size(), parts.back().size() + 1));
  }
  return parts.size() >= 4 && parts[0] == "processors" && parts[2] == "properties" &&
         std::none_of(parts.begin(), parts.end(), [](auto part) { return part.empty(); });
}

/// `ask0`, `ask0System` and the like, with any number.
bool isQuestion(std::string_view name) {
  if (!startsWith(name, "ask")) {
    return false;
  }
  const std::size_t end = std::min(name.find_first_not_of("0123456789", 3), name.size());
  const std::string_view part = name.substr(end);
  return end > 3 && (part.empty() || std::find(questionParts.begin(), questionParts.end(), part) !=
                                         questionParts.end());
}

bool isPatch(std::string_view name) {
  // The prefix forces this reading, and changes nothing else.
  if (startsWith(name, patchPrefix)) {
    name.remove_prefix(patchPrefix.size());
  }
  return std::find(aliases.begin(), aliases.end(), name) != aliases.end() || isQuestion(name) ||
         isPropertyPath(name);
}

std::string badPatch(const std::string& name) {
  return badStreamRequest("STREAM_CONFIGURATION_BAD_PATCH",
                          "The patch \"" + name +
                              "\" is not allowed: it is neither a property of a "
                              "processor nor an alias of one");
}

std::string webhookProblem(std::string_view url, unsigned count) {
  if (!startsWith(url, "http://") && !startsWith(url, "https://")) {
    return badStreamRequest("WEBHOOK_CONFIGURATION_ERROR", "A webhook is no http or https URL");
  }
  return count <= maxWebhooks ? std::string()
                              : badStreamRequest("WEBHOOK_ENDPOINTS_DEFINITION_LIMIT_REACHED",
                                                 "There are more than 3 webhooks");
}

/// Takes one parameter; gives what is wrong with it.
std::string take(RequestedStream& settings, const std::string& name, const std::string& value,
                 const GatewayServerOptions& options) {
  const auto invalid = [&](std::string_view expected) {
    return badStreamRequest(
        "GENERAL_VALIDATION_ERROR",
        name + " has to be " + std::string(expected) + ", not \"" + value + "\"");
  };
  const auto flag = [&](bool& target) {
    target = value == "true";
    return target || value == "false" ? std::string() : invalid("true or false");
  };
  const auto uuid = [&](std::string& target) {
    target = value;
    return Uuid::parse(value) ? std::string() : invalid("a UUID");
  };
  if (name == "streamConfigurationTemplateId") {
    settings.templateId = value;
  } else if (name == "id") {
    return uuid(settings.streamId);
  } else if (name == "groupId") {
    return uuid(settings.groupId);
  } else if (name == "name") {
    settings.name = value;
  } else if (name == "configurationMessage") {
    return flag(settings.announced);
  } else if (name == "egress") {
    return flag(settings.egress);
  } else if (name == "persist") {
    bool ignored = false;  // All streams are kept here, as if they had asked for it.
    return flag(ignored);
  } else if (name == options.formatParameter) {
    settings.raw = value == "RAW";
    return settings.raw || value == "EVENTS" ? std::string() : invalid("EVENTS or RAW");
  } else if (name == "webhook" || startsWith(name, "webhook.")) {
    return webhookProblem(value, ++settings.webhooks);
  } else if (name != "persistTags" && name != "matchPersistTags" && name != "client_id" &&
             name != "client_secret" && name != "access_token" && !isPatch(name)) {
    return badPatch(name);
  }
  return {};
}

}  // namespace

FormFields formFields(std::string_view text) {
  FormFields fields;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const auto equals = std::min(pair.find('='), pair.size());
    fields.emplace_back(decoded(pair.substr(0, equals)),
                        decoded(pair.substr(std::min(pair.size(), equals + 1))));
  }
  return fields;
}

FormFields queryOf(std::string_view target) {
  const auto mark = target.find('?');
  return formFields(mark == std::string_view::npos ? "" : target.substr(mark + 1));
}

std::string valueOf(const FormFields& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? std::string() : found->second;
}

std::string errorResponse(int statusCode, std::string_view title, std::string_view name,
                          std::string_view message) {
  return R"({"statusCode":)" + std::to_string(statusCode) + R"(,"title":)" +
         encodeJsonString(title) + R"(,"message":)" + encodeJsonString(message) +
         R"(,"internalErrorName":)" + encodeJsonString(name) + R"(,"nestedErrors":[]})";
}

bool isLetIn(const HttpRequest& request, const GatewayServerOptions& options) {
  std::string basic;
  if (!options.clientId.empty()) {
    encodeBase64(options.clientId + ":" + options.clientSecret, basic);
  }
  const std::array<std::string, 3> tokens = {basic, options.apiKey, options.bearerToken};
  if (std::all_of(tokens.begin(), tokens.end(), [](const auto& token) { return token.empty(); })) {
    return true;
  }
  const std::string_view authorization = request.header("Authorization");
  const std::size_t blank = std::min(authorization.find(' '), authorization.size());
  const std::string_view scheme = authorization.substr(0, blank);
  const std::string_view shown = authorization.substr(std::min(blank + 1, authorization.size()));
  if (equalsIgnoringCase(scheme, "Basic") &&
      (isSame(shown, basic) || isSame(shown, options.apiKey))) {
    return true;
  }
  if (equalsIgnoringCase(scheme, "Bearer") && isSame(shown, options.bearerToken)) {
    return true;
  }
  const FormFields query = queryOf(request.target);
  const auto isClient = [&](std::string_view id, std::string_view secret) {
    return isSame(id, options.clientId) && secret == options.clientSecret;
  };
  if (isClient(request.header("X-Client-Id"), request.header("X-Client-Secret")) ||
      isClient(valueOf(query, "client_id"), valueOf(query, "client_secret"))) {
    return true;
  }
  const std::string accessToken = valueOf(query, "access_token");
  if (isSame(accessToken, options.bearerToken) || isSame(accessToken, options.apiKey)) {
    return true;
  }
  // No form of it is published: the token may stand alone or behind any prefix.
  std::string_view entries = request.header("Sec-WebSocket-Protocol");
  while (!entries.empty()) {
    std::string_view entry = entries.substr(0, entries.find(','));
    entries.remove_prefix(std::min(entries.size(), entry.size() + 1));
    entry = entry.substr(0, entry.find_last_not_of(" \t") + 1);
    if (std::any_of(tokens.begin(), tokens.end(), [&](const std::string& token) {
          return !token.empty() && endsWith(entry, token);
        })) {
      return true;
    }
  }
  return false;
}

std::string streamRefusal(int status, std::string_view reason, std::string_view name,
                          std::string_view message) {
  return httpResponse(status, reason, "application/json",
                      errorResponse(status, reason, name, message));
}

std::optional<std::string> upgradeRefusal(const HttpRequest& request,
                                          const GatewayServerOptions& options) {
  std::string_view requested = request.path();
  if (endsWith(requested, "/")) {
    requested.remove_suffix(1);
  }
  if (request.method != "GET" || requested != gatewayPath) {
    // Not by the platform: what stands in front of it knows no such path.
    return httpResponse(404, "Not Found", "text/plain; charset=utf-8", "Not Found");
  }
  if (!isLetIn(request, options)) {
    return streamRefusal(401, "Unauthorized", "GENERAL_AUTHENTICATION_ERROR",
                         "Missing or invalid credentials");
  }
  if (!request.asksForWebSocket()) {
    return streamRefusal(400, "Bad Request", "GENERAL_BAD_REQUEST_ERROR",
                         "This is an endpoint for WebSocket");
  }
  return std::nullopt;
}

RequestedStream streamSettings(std::string_view target, const GatewayServerOptions& options) {
  RequestedStream settings;
  for (const auto& [name, value] : queryOf(target)) {
    std::string problem =
        isUtf8(name) && isUtf8(value)
            ? take(settings, name, value, options)
            : badStreamRequest("GENERAL_VALIDATION_ERROR", "The query is not UTF-8");
    if (settings.problem.empty()) {
      settings.problem = std::move(problem);
    }
  }
  if (settings.templateId.empty()) {
    settings.problem = badStreamRequest("STREAM_CONFIGURATION_BAD_TEMPLATE",
                                        "streamConfigurationTemplateId is missing");
  }
  if (settings.streamId.empty()) {
    settings.streamId = Uuid::random().toString();
  }
  if (settings.groupId.empty()) {
    settings.groupId = settings.streamId;
  }
  return settings;
}

std::string configurationProblem(std::string_view json, const RequestedStream& settings) {
  const auto members = jsonMembers(json);
  for (const char* name : {"patches", "webhook"}) {
    const auto member = members.find(name);
    if (member != members.end() && member->second != "null" && member->second.front() != '{') {
      return badStreamRequest("GENERAL_VALIDATION_ERROR",
                              std::string(name) + " has to be an object");
    }
  }
  const auto patches = members.find("patches");
  if (patches != members.end()) {
    for (const auto& [name, value] : jsonMembers(patches->second)) {
      if (!isPatch(name)) {
        return badPatch(name);
      }
      if (value.front() == '{') {
        return badStreamRequest("GENERAL_VALIDATION_ERROR",
                                "The patch \"" + name + "\" has an object as its value");
      }
    }
  }
  const auto webhooks = members.find("webhook");
  if (webhooks == members.end() || webhooks->second == "null") {
    return {};
  }
  if (settings.webhooks > 0) {
    return badStreamRequest("WEBHOOK_CONFIGURATION_ERROR",
                            "Webhooks are in the URL and in the configuration message");
  }
  unsigned count = 0;
  for (const auto& [url, events] : jsonMembers(webhooks->second)) {
    if (auto problem = webhookProblem(url, ++count); !problem.empty()) {
      return problem;
    }
  }
  return {};
}

}  // namespace wsferry::testing
