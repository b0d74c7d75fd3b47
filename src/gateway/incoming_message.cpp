#include "gateway/incoming_message.hpp"

#include <utility>
#include <vector>

#include "core/utf8_validator.hpp"
#include "gateway/json_members.hpp"

namespace wsferry::gateway {
namespace {

// The members of a message that a profile asks about, as JSON text; of a repeated one the last.
struct Members {
  std::string_view type;
  std::string_view metadata;
  std::string_view response;
  std::string_view error;
  std::vector<std::string_view> ofRules;  // By the rules' order; empty where no rule names one.
};

bool isMember(std::string_view rawKey, std::string_view name) {
  return !name.empty() && jsonStringEquals(rawKey, name);
}

Members readMembers(const Profile& profile, std::string_view text) {
  Members members;
  JsonCursor cursor(text);
  if (!cursor.enterObject()) {
    throw Error(Errc::protocolViolation, "not a JSON object");
  }
  for (const MessageRule& rule : profile.rules) {
    if (!rule.member.empty()) {
      members.ofRules.resize(profile.rules.size());
    }
  }
  std::string_view key;
  while (cursor.nextKey(key)) {
    const std::string_view value = cursor.skipValue();
    const std::pair<const std::string&, std::string_view&> named[] = {
        {profile.typeMember, members.type},
        {profile.metadataMember, members.metadata},
        {profile.responseMember, members.response},
        {profile.errorMember, members.error}};
    for (const auto& [name, slot] : named) {
      if (isMember(key, name)) {
        slot = value;
      }
    }
    for (std::size_t i = 0; i < members.ofRules.size(); ++i) {
      if (isMember(key, profile.rules[i].member)) {
        members.ofRules[i] = value;
      }
    }
  }
  cursor.expectEnd();
  return members;
}

bool matches(const MessageRule& rule, std::string_view value) {
  if (rule.value.empty()) {
    return !value.empty() && value != "null";
  }
  return isJsonString(value) ? jsonStringEquals(rawStringOf(value), rule.value)
                             : value == rule.value;
}

MessageKind kindOf(const Profile& profile, const Members& members) {
  for (std::size_t i = 0; i < profile.rules.size(); ++i) {
    const MessageRule& rule = profile.rules[i];
    if (matches(rule, rule.member.empty() ? members.type : members.ofRules[i])) {
      return rule.kind;
    }
  }
  return MessageKind::unknown;
}

// `value` of the member `name`, or the whole message where the profile has no such member.
std::string_view subjectOf(const std::string& name, std::string_view value, std::string_view text) {
  if (name.empty()) {
    return text;
  }
  return value == "null" ? std::string_view() : value;
}

std::string_view subjectOf(MessageKind kind, const Profile& profile, const Members& members,
                           std::string_view text) {
  switch (kind) {
    case MessageKind::metadata:
      return subjectOf(profile.metadataMember, members.metadata, text);
    case MessageKind::response:
      return subjectOf(profile.responseMember, members.response, text);
    case MessageKind::error:
      return subjectOf(profile.errorMember, members.error, text);
    case MessageKind::end:
    case MessageKind::ignored:
    case MessageKind::unknown:
      break;
  }
  return text;
}

std::vector<std::string> stringsOf(std::string_view array) {
  std::vector<std::string> strings;
  const bool isArray = forEachElement(array, [&strings](std::string_view value) {
    if (isJsonString(value)) {
      strings.push_back(stringOf(value));
    }
  });
  return isArray ? std::move(strings) : std::vector<std::string>();
}

std::map<std::string, std::string> stringMembersOf(std::string_view object) {
  std::map<std::string, std::string> strings;
  const bool isObject = forEachMember(object, [&](std::string_view key, std::string_view value) {
    if (isJsonString(value)) {
      strings[decodeJsonString(key)] = stringOf(value);
    }
  });
  return isObject ? std::move(strings) : std::map<std::string, std::string>();
}

// A date-time as text, or microseconds as an integer; another number is kept as text.
void readPublishTimestamp(std::string_view value, Response& response) {
  response.publishMicroseconds = integerOf(value);
  response.publishTime = stringOf(value);
  if (isJsonNumber(value) && !response.publishMicroseconds) {
    response.publishTime = value;
  }
}

void readResponseMember(std::string_view key, std::string_view value, Response& response) {
  const std::pair<std::string_view, std::string&> strings[] = {
      {"streamId", response.streamId},           {"groupId", response.groupId},
      {"sinkTopicName", response.sinkTopicName}, {"messageId", response.messageId},
      {"processorId", response.processorId},     {"frameType", response.frameType},
      {"payloadSchema", response.payloadSchema}};
  for (const auto& [name, slot] : strings) {
    if (jsonStringEquals(key, name)) {
      slot = stringOf(value);
      return;
    }
  }
  if (jsonStringEquals(key, "payload")) {
    response.payload = value == "null" ? std::string_view() : value;
  } else if (jsonStringEquals(key, "sequenceId")) {
    response.sequenceId = integerOf(value);
  } else if (jsonStringEquals(key, "publishTimestamp")) {
    readPublishTimestamp(value, response);
  } else if (jsonStringEquals(key, "tags")) {
    response.tags = stringsOf(value);
  } else if (jsonStringEquals(key, "headers")) {
    response.headers = stringMembersOf(value);
  }
}

bool isEmpty(const ErrorResponse& error) {
  return error.statusCode == 0 && error.title.empty() && error.message.empty() &&
         error.internalErrorName.empty();
}

}  // namespace

IncomingMessage readIncoming(const Profile& profile, std::string_view text) {
  IncomingMessage message;
  try {
    const Members members = readMembers(profile, text);
    if (!profile.typeMember.empty() && !isJsonString(members.type)) {
      message.problem = "no member \"" + profile.typeMember + "\" that is a string";
      return message;
    }
    message.kind = kindOf(profile, members);
    message.subject = subjectOf(message.kind, profile, members, text);
  } catch (const Error& error) {
    message.problem = error.info().message;
  }
  return message;
}

StreamMetadata readMetadata(std::string_view json) {
  StreamMetadata metadata;
  const bool isObject = forEachMember(json, [&](std::string_view key, std::string_view value) {
    if (jsonStringEquals(key, "streamId")) {
      metadata.streamId = stringOf(value);
    } else if (jsonStringEquals(key, "groupId")) {
      metadata.groupId = stringOf(value);
    } else if (jsonStringEquals(key, "name")) {
      metadata.name = stringOf(value);
    } else if (jsonStringEquals(key, "state")) {
      metadata.state = stringOf(value);
    }
  });
  if (!isObject) {
    metadata = {};
  }
  metadata.json = json;
  return metadata;
}

Response readResponse(std::string_view json) {
  Response response;
  const bool isObject = forEachMember(json, [&](std::string_view key, std::string_view value) {
    readResponseMember(key, value, response);
  });
  if (!isObject) {
    response = {};
  }
  response.json = json;
  return response;
}

ErrorResponse readErrorResponse(std::string_view json) {
  ErrorResponse error;
  const bool isObject = forEachMember(json, [&](std::string_view key, std::string_view value) {
    if (jsonStringEquals(key, "statusCode")) {
      error.statusCode = smallIntegerOf(value);
    } else if (jsonStringEquals(key, "title")) {
      error.title = stringOf(value);
    } else if (jsonStringEquals(key, "message")) {
      error.message = stringOf(value);
    } else if (jsonStringEquals(key, "internalErrorName")) {
      error.internalErrorName = stringOf(value);
    }
  });
  if (!isObject) {
    error = {};
  }
  error.json = json;
  return error;
}

std::optional<ErrorResponse> readErrorBody(const Profile& profile, std::string_view body) {
  Utf8Validator validator;
  if (!validator.update(body) || !validator.complete()) {
    return std::nullopt;
  }
  const IncomingMessage message = readIncoming(profile, body);
  if (message.problem.empty() && message.kind == MessageKind::error) {
    return readErrorResponse(message.subject.empty() ? body : message.subject);
  }
  std::string_view within = body;
  const bool isObject = forEachMember(body, [&](std::string_view key, std::string_view value) {
    if (isMember(key, profile.errorMember) && isJsonObject(value)) {
      within = value;
    }
  });
  if (!isObject) {
    return std::nullopt;
  }
  const ErrorResponse error = readErrorResponse(within);
  return isEmpty(error) ? std::nullopt : std::optional(error);
}

}  // namespace wsferry::gateway
