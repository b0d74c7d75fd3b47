#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::gateway {

/// A text message of the server, by the profile's rules.
struct IncomingMessage {
  MessageKind kind = MessageKind::unknown;
  std::string_view subject;  ///< JSON text of what the message is about, within the message; empty
                             ///< if it is missing.
  Finality finality = Finality::byMember;  ///< Of a response.
  bool ends = false;                       ///< A response that is the end as well.
  std::string problem;                     ///< Why it is no message at all; empty if it is one.
};

/// Never throws for what a peer sends. `text` outlives the result and is valid UTF-8.
[[nodiscard]] IncomingMessage readIncoming(const Profile& profile, std::string_view text);

namespace detail {

// The members of a message that a profile asks about, as JSON text; of a repeated one the last.
struct MessageMembers {
  std::string_view type;
  std::string_view metadata;
  std::string_view response;
  std::string_view error;
  std::vector<std::string_view> ofRules;  // By the rules' order; empty where no rule names one.
};

inline MessageMembers readMessageMembers(const Profile& profile, std::string_view text) {
  MessageMembers members;
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
  const auto readNested = [text](const std::string& path, std::string_view& slot) {
    if (slot.empty() && path.find('.') != std::string::npos) {
      slot = valueAt(text, path);
    }
  };
  for (const auto& [path, slot] : named) {
    readNested(path, slot);
  }
  for (std::size_t i = 0; i < members.ofRules.size(); ++i) {
    readNested(profile.rules[i].member, members.ofRules[i]);
  }
  return members;
}

inline bool matches(const MessageRule& rule, std::string_view value) {
  if (rule.value.empty()) {
    return !value.empty() && value != "null";
  }
  return isJsonString(value) ? jsonStringEquals(rawJsonStringOf(value), rule.value)
                             : value == rule.value;
}

// The first rule that the message fits; null if there is none.
inline const MessageRule* ruleFor(const Profile& profile, const MessageMembers& members,
                                  bool hasType) {
  for (std::size_t i = 0; i < profile.rules.size(); ++i) {
    const MessageRule& rule = profile.rules[i];
    const bool isOfType = rule.member.empty();
    const bool isAsked = !isOfType || hasType;
    if (isAsked && matches(rule, isOfType ? members.type : members.ofRules[i])) {
      return &rule;
    }
  }
  return nullptr;
}

// `value` of the member `name`, or the whole message where the profile has no such member.
inline std::string_view subjectOf(const std::string& name, std::string_view value,
                                  std::string_view text) {
  if (name.empty()) {
    return text;
  }
  return value == "null" ? std::string_view() : value;
}

inline std::string_view subjectOf(MessageKind kind, const Profile& profile,
                                  const MessageMembers& members, std::string_view text) {
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

}  // namespace detail

inline IncomingMessage readIncoming(const Profile& profile, std::string_view text) {
  IncomingMessage message;
  try {
    const detail::MessageMembers members = detail::readMessageMembers(profile, text);
    const bool hasType = !profile.typeMember.empty() && isJsonString(members.type);
    const MessageRule* const rule = detail::ruleFor(profile, members, hasType);
    if (rule == nullptr && !hasType && !profile.typeMember.empty()) {
      message.problem = "no member \"" + profile.typeMember + "\" that is a string";
      return message;
    }
    if (rule != nullptr) {
      message.kind = rule->kind;
      message.finality = rule->finality;
      message.ends = rule->ends;
    }
    message.subject = detail::subjectOf(message.kind, profile, members, text);
  } catch (const Error& error) {
    message.problem = error.info().message;
  }
  return message;
}

}  // namespace wsferry::gateway
