#include "gateway/messages/incoming_message.hpp"

#include <utility>
#include <vector>

#include "gateway/messages/json_values.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"

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

Members readMembers(const Profile& profile, std::string_view text) {
  Members members;
  for (const MessageRule& rule : profile.rules) {
    if (!rule.member.empty()) {
      members.ofRules.resize(profile.rules.size());
    }
  }
  const std::pair<const std::string&, std::string_view&> named[] = {
      {profile.typeMember, members.type},
      {profile.metadataMember, members.metadata},
      {profile.responseMember, members.response},
      {profile.errorMember, members.error}};
  JsonCursor cursor(text);
  if (cursor.peek() != '{') {
    throw Error(Errc::protocolViolation, "not a JSON object");
  }
  // A name that the profile leaves empty takes the value of such a member, and is not asked for.
  forEachMember(cursor, [&](std::string_view key) {
    const std::string_view value = cursor.skipValue();
    for (const auto& [name, slot] : named) {
      if (key == name) {
        slot = value;
      }
    }
    for (std::size_t i = 0; i < members.ofRules.size(); ++i) {
      if (key == profile.rules[i].member) {
        members.ofRules[i] = value;
      }
    }
  });
  cursor.expectEnd();
  for (std::size_t i = 0; i < members.ofRules.size(); ++i) {
    if (members.ofRules[i].empty() && profile.rules[i].member.find('.') != std::string::npos) {
      members.ofRules[i] = valueAt(text, profile.rules[i].member);
    }
  }
  return members;
}

bool matches(const MessageRule& rule, std::string_view value) {
  if (rule.value.empty()) {
    return !value.empty() && value != "null";
  }
  return isJsonString(value) ? jsonStringEquals(rawJsonStringOf(value), rule.value)
                             : value == rule.value;
}

// The first rule that the message fits; null if there is none.
const MessageRule* ruleFor(const Profile& profile, const Members& members) {
  for (std::size_t i = 0; i < profile.rules.size(); ++i) {
    const MessageRule& rule = profile.rules[i];
    const bool isOfType = rule.member.empty();
    const bool isAsked = !isOfType || !profile.typeMember.empty();
    if (isAsked && matches(rule, isOfType ? members.type : members.ofRules[i])) {
      return &rule;
    }
  }
  return nullptr;
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
    case MessageKind::warning:
    case MessageKind::refusal:
      return subjectOf(profile.errorMember, members.error, text);
    case MessageKind::end:
    case MessageKind::acknowledgement:
    case MessageKind::ignored:
    case MessageKind::unknown:
      break;
  }
  return text;
}

std::vector<std::string> readStrings(JsonCursor& cursor) {
  std::vector<std::string> strings;
  forEachElement(cursor, [&] {
    // An empty one takes much more room than it does in a message.
    if (std::string string = stringOf(cursor.skipValue()); !string.empty()) {
      strings.push_back(std::move(string));
    }
  });
  return strings;
}

std::map<std::string, std::string> readStringMembers(JsonCursor& cursor) {
  std::map<std::string, std::string> strings;
  forEachMember(cursor, [&](std::string_view key) {
    const std::string_view value = cursor.skipValue();
    if (isJsonString(value)) {
      strings[std::string(key)] = stringOf(value);
    }
  });
  return strings;
}

// A date-time as text, or microseconds as an integer; another number is kept as text.
void readPublishTimestamp(std::string_view value, Response& response) {
  response.publishMicroseconds = integerOf(value);
  response.publishTime = stringOf(value);
  if (isJsonNumber(value) && !response.publishMicroseconds) {
    response.publishTime = value;
  }
}

void readResponseMember(std::string_view key, JsonCursor& cursor, Response& response) {
  if (key == "tags") {
    response.tags = readStrings(cursor);
    return;
  }
  if (key == "headers") {
    response.headers = readStringMembers(cursor);
    return;
  }
  const std::string_view value = cursor.skipValue();
  if (key == "payload") {
    response.payload = value == "null" ? std::string_view() : value;
  } else if (key == "sequenceId") {
    response.sequenceId = integerOf(value);
  } else if (key == "publishTimestamp") {
    readPublishTimestamp(value, response);
  }
  const std::pair<std::string_view, std::string&> strings[] = {
      {"streamId", response.streamId},           {"groupId", response.groupId},
      {"sinkTopicName", response.sinkTopicName}, {"messageId", response.messageId},
      {"processorId", response.processorId},     {"frameType", response.frameType},
      {"payloadSchema", response.payloadSchema}};
  for (const auto& [name, slot] : strings) {
    if (key == name) {
      slot = stringOf(value);
    }
  }
}

/// What `read(key, cursor, value)` makes of the members of `json`; nothing if that is no object.
template <class Value, class Read>
Value readObject(std::string_view json, Read read) {
  Value value;
  const bool isGood = readJson(json, [&](JsonCursor& cursor) {
    return forEachMember(cursor, [&](std::string_view key) { read(key, cursor, value); });
  });
  if (!isGood) {
    value = {};
  }
  value.json = json;
  return value;
}

void readMetadataMember(std::string_view key, JsonCursor& cursor, StreamMetadata& metadata) {
  const std::string_view value = cursor.skipValue();
  if (key == "streamId") {
    metadata.streamId = stringOf(value);
  } else if (key == "groupId") {
    metadata.groupId = stringOf(value);
  } else if (key == "name") {
    metadata.name = stringOf(value);
  } else if (key == "state") {
    metadata.state = stringOf(value);
  }
}

// A name, or a number as other gateways have them.
std::string codeOf(std::string_view value) {
  const auto number = integerOf(value);
  return number && *number > 0 ? std::to_string(*number) : stringOf(value);
}

// What `read` makes of the first that is there and says something.
template <class Read>
std::string textAt(std::string_view json, const std::vector<std::string>& paths, Read read) {
  for (const std::string& path : paths) {
    if (std::string text = read(valueAt(json, path)); !text.empty()) {
      return text;
    }
  }
  return {};
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
    if (const MessageRule* rule = ruleFor(profile, members)) {
      message.kind = rule->kind;
      message.finality = rule->finality;
      message.ends = rule->ends;
    }
    message.subject = subjectOf(message.kind, profile, members, text);
  } catch (const Error& error) {
    message.problem = error.info().message;
  }
  return message;
}

StreamMetadata readMetadata(std::string_view json, const std::string& streamIdMember) {
  auto metadata = readObject<StreamMetadata>(json, readMetadataMember);
  if (streamIdMember != "streamId" && isJsonObject(json)) {
    metadata.streamId = scalarTextOf(valueAt(json, streamIdMember));
  }
  return metadata;
}

Response readResponse(std::string_view json) {
  return readObject<Response>(json, readResponseMember);
}

ErrorResponse readErrorResponse(std::string_view json, const ErrorMembers& members) {
  ErrorResponse error;
  error.json = json;
  const bool isObject =
      readJson(json, [](JsonCursor& cursor) { return isJsonObject(cursor.skipValue()); });
  if (isObject) {
    error.message = textAt(json, members.message, stringOf);
    error.internalErrorName = textAt(json, members.code, codeOf);
    error.title = textAt(json, members.title, stringOf);
    for (const std::string& path : members.status) {
      error.statusCode =
          error.statusCode != 0 ? error.statusCode : smallIntegerOf(valueAt(json, path));
    }
  }
  return error;
}

std::optional<ErrorResponse> readErrorBody(const Profile& profile, std::string_view body) {
  Utf8Validator validator;
  if (!validator.update(body) || !validator.complete()) {
    return std::nullopt;
  }
  const IncomingMessage message = readIncoming(profile, body);
  if (message.problem.empty() && message.kind == MessageKind::error) {
    return readErrorResponse(message.subject.empty() ? body : message.subject, profile.errors);
  }
  std::string_view within = body;
  const bool isObject = readJson(body, [&](JsonCursor& cursor) {
    return forEachMember(cursor, [&](std::string_view key) {
      const std::string_view value = cursor.skipValue();
      if (!key.empty() && key == profile.errorMember && value.front() == '{') {
        within = value;
      }
    });
  });
  if (!isObject) {
    return std::nullopt;
  }
  const ErrorResponse error = readErrorResponse(within, profile.errors);
  return isEmpty(error) ? std::nullopt : std::optional(error);
}

}  // namespace wsferry::gateway
