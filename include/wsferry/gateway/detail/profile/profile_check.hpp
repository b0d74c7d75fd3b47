#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"
#include "wsferry/gateway/detail/messages/message_template.hpp"
#include "wsferry/gateway/detail/profile/profile_members.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::gateway {

/// Why a profile cannot work.
struct ProfileFault {
  std::string member;  ///< By its path in the profile's JSON.
  std::string problem;
  std::optional<std::size_t> rule;  ///< The index of the rule that it is about.
};

/// The first fault of a profile, be it read or made in code; nothing if it can work.
[[nodiscard]] std::optional<ProfileFault> faultOf(const Profile& profile);

namespace detail {

using Fault = std::optional<ProfileFault>;

// The placeholders that have a value in this message.
inline std::vector<std::string_view> placeholdersIn(std::string_view member) {
  if (member == "firstMessage" || member == "body") {
    return {"language", "encoding", "sampleRate", "channels", "bitDepth", "raw", "token"};
  }
  if (member == "endMessage") {
    return {"messages", "bytes"};
  }
  return {};
}

// Whether a message can be sent; throws if not.
inline void tryMessage(std::string_view member, const std::string& text) {
  if (member == "audioMessage") {
    static_cast<void>(splitAtAudio(text));
    return;
  }
  const auto known = placeholdersIn(member);
  for (const std::string& name : placeholdersOf(text)) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw Error(Errc::invalidOption, "{" + name + "} has no value in this message");
    }
  }
}

/// Looks at each member by itself, for the first that cannot be used.
class MemberCheck {
 public:
  explicit MemberCheck(std::string path = {}) : path_(std::move(path)) {}

  Fault fault;

  void path(const char* name, const std::string& value) {
    if (!value.empty()) {
      requirePath(name, value);
    }
  }
  void paths(const char* name, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      requirePath(name, value);
    }
  }
  void message(const char* name, const std::string& value) {
    if (value.empty()) {
      return;
    }
    try {
      tryMessage(name, value);
    } catch (const Error& error) {
      note(name, "cannot be used: " + error.info().message);
    }
  }
  template <class Object>
  void object(const char* name, Object& value) {
    look(path_ + name + ".", value);
  }
  void objects(const char* name, std::vector<MessageRule>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      look(path_ + name + "." + std::to_string(i) + ".", values[i]);
    }
  }

  // Any value will do.
  void text(const char*, const std::string&) {}
  void texts(const char*, const std::vector<std::string>&) {}
  void flag(const char*, bool) {}
  void number(const char*, unsigned) {}
  void seconds(const char*, Duration) {}
  void textOr(const char*, const std::string&, const char*) {}
  void secondsOr(const char*, Duration, Duration) {}
  template <class Choice>
  void choice(const char*, Choice) {}
  void pairs(const char*, const std::vector<std::pair<std::string, std::string>>&) {}

 private:
  template <class Object>
  void look(const std::string& path, Object& value) {
    MemberCheck check(path);
    visitMembers(check, value);
    if (!fault) {
      fault = std::move(check.fault);
    }
  }

  void requirePath(const char* name, const std::string& value) {
    if (!isMemberPath(value)) {
      note(name, "is not a path to a member");
    }
  }

  void note(const char* name, std::string problem) {
    if (!fault) {
      fault = ProfileFault{path_ + name, std::move(problem), std::nullopt};
    }
  }

  std::string path_;
};

// Whether whatever `later` matches is `earlier`'s already.
inline bool hides(const MessageRule& earlier, const MessageRule& later, const Profile& profile) {
  const auto memberOf = [&](const MessageRule& rule) {
    return rule.member.empty() ? profile.typeMember : rule.member;
  };
  return memberOf(earlier) == memberOf(later) &&
         (earlier.value.empty() || earlier.value == later.value);
}

// What is wrong with one rule; empty if nothing.
inline std::string problemOfRule(const Profile& profile, std::size_t index) {
  const MessageRule& rule = profile.rules[index];
  if (rule.member.empty() && profile.typeMember.empty()) {
    return "can never match: it names no member, and the profile has no typeMember";
  }
  for (std::size_t i = 0; i < index; ++i) {
    if (hides(profile.rules[i], rule, profile)) {
      return "can never match: rules." + std::to_string(i) + " comes first, and takes everything";
    }
  }
  const bool mayEnd = rule.kind == MessageKind::response || rule.kind == MessageKind::refusal;
  return rule.ends && !mayEnd
             ? "ends, but is neither a response nor a refusal: its kind should be end"
             : "";
}

inline Fault faultOfRules(const Profile& profile) {
  const auto& rules = profile.rules;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (std::string problem = problemOfRule(profile, i); !problem.empty()) {
      return ProfileFault{"rules." + std::to_string(i), std::move(problem), i};
    }
  }
  const auto has = [&](auto matches) { return std::any_of(rules.begin(), rules.end(), matches); };
  const bool ends = has([](const MessageRule& rule) {
    return rule.kind == MessageKind::end || (rule.ends && rule.kind == MessageKind::response);
  });
  if (!ends && !profile.closeCompletes) {
    return ProfileFault{
        "rules", "have no end: a rule of the kind end, a response that ends, or closeCompletes",
        std::nullopt};
  }
  if (profile.sendsMetadata &&
      !has([](const MessageRule& rule) { return rule.kind == MessageKind::metadata; })) {
    return ProfileFault{"sendsMetadata", "is true, but there is no rule of the kind metadata",
                        std::nullopt};
  }
  const bool counts = profile.acknowledgementWindow > 0 || !profile.acknowledgedMember.empty();
  if (counts &&
      !has([](const MessageRule& rule) { return rule.kind == MessageKind::acknowledgement; })) {
    return ProfileFault{
        profile.acknowledgementWindow > 0 ? "acknowledgementWindow" : "acknowledgedMember",
        "is given, but there is no rule of the kind acknowledgement", std::nullopt};
  }
  return std::nullopt;
}

inline Fault faultOfNumbers(const Profile& profile) {
  const bool tells =
      profile.keepAlive == KeepAliveMode::message || profile.keepAlive == KeepAliveMode::both;
  if (tells && profile.keepAliveMessage.empty()) {
    return ProfileFault{"keepAlive", "needs a keepAliveMessage", std::nullopt};
  }
  if (profile.keepAlive != KeepAliveMode::off && profile.keepAliveInterval.count() == 0) {
    return ProfileFault{"keepAliveInterval", "is 0: it must be positive, or keepAlive off",
                        std::nullopt};
  }
  if (profile.mostAudio.count() > 0 && profile.mostAudio < 2 * profile.leastAudio) {
    return ProfileFault{"mostAudio", "is less than twice leastAudio", std::nullopt};
  }
  return std::nullopt;
}

// Headers hold no other placeholder: what {token} becomes is known when the request is made.
inline std::string problemOfHeader(const std::string& name, const std::string& value) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), isTokenCharacter)) {
    return "has a name that is not a header's: " + printable(name, 50);
  }
  const bool hasControl = std::any_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
  return hasControl ? "has a control character in " + name : "";
}

inline std::string problemOfSessionUrl(const std::string& text) {
  try {
    const Url url = Url::parse(text);
    const bool isTaken = url.scheme == "https" || (url.scheme == "http" && url.isLoopback());
    return isTaken ? "" : "must be an https URL, or an http one of this machine";
  } catch (const Error& error) {
    return "is not a URL: " + error.info().message;
  }
}

inline Fault faultOfSession(const Profile& profile) {
  const SessionRequest& request = profile.sessionRequest;
  const auto fault = [](const char* member, std::string problem) {
    return ProfileFault{std::string("sessionRequest.") + member, std::move(problem), std::nullopt};
  };
  if (request.url.empty()) {
    const bool isGiven = !request.headers.empty() || !request.body.empty() ||
                         !request.urlMember.empty() || !request.streamIdMember.empty() ||
                         request.method != "POST";
    return isGiven ? Fault(fault("url", "is missing")) : std::nullopt;
  }
  if (std::string problem = problemOfSessionUrl(request.url); !problem.empty()) {
    return fault("url", std::move(problem));
  }
  if (request.method != "POST" && request.method != "PUT" && request.method != "GET") {
    return fault("method", "must be one of POST, PUT, GET");
  }
  if (request.method == "GET" && !request.body.empty()) {
    return fault("body", "is given, but a GET has none");
  }
  const bool isObject = isWholeJsonObject(request.body);
  if (!request.body.empty() && !isObject) {
    return fault("body", "must be a JSON object");
  }
  for (const auto& [name, value] : request.headers) {
    if (std::string problem = problemOfHeader(name, value); !problem.empty()) {
      return fault("headers", std::move(problem));
    }
  }
  if (request.urlMember.empty()) {
    return fault("urlMember", "is missing: the path to the URL in the answer");
  }
  return std::nullopt;
}

inline bool isWebSocketUrl(const std::string& text) {
  try {
    const Url url = Url::parse(text);
    return url.scheme == "wss" || url.scheme == "ws";
  } catch (const Error&) {
    return false;
  }
}

inline Fault faultOfAccess(const Profile& profile) {
  if (!profile.baseUrl.empty() && !isWebSocketUrl(profile.baseUrl)) {
    return ProfileFault{"baseUrl", "is not a URL that begins with wss:// or ws://", std::nullopt};
  }
  if (!profile.apiKeyHeader.empty() && profile.apiKeyHeader.find("{token}") == std::string::npos) {
    return ProfileFault{"apiKeyHeader", "has no {token}, where the key goes", std::nullopt};
  }
  return std::nullopt;
}

// What would never be used beside a sessionRequest.
inline Fault faultOfUnused(const Profile& profile) {
  if (profile.sessionRequest.url.empty()) {
    return std::nullopt;
  }
  const std::array<std::pair<const char*, bool>, 6> members = {
      {{"baseUrl", !profile.baseUrl.empty()},
       {"apiKeyHeader", !profile.apiKeyHeader.empty()},
       {"tokenParameter", !profile.tokenParameter.empty()},
       {"clientIdParameter", !profile.clientIdParameter.empty()},
       {"clientSecretParameter", !profile.clientSecretParameter.empty()},
       {"subprotocols", !profile.subprotocols.empty()}}};
  for (const auto& [member, isGiven] : members) {
    if (isGiven) {
      return ProfileFault{
          member,
          "is given beside a sessionRequest, which brings the URL and takes the credentials",
          std::nullopt};
    }
  }
  return std::nullopt;
}

}  // namespace detail

inline std::optional<ProfileFault> faultOf(const Profile& profile) {
  // Visitors may change what they see; this one does not.
  Profile copy = profile;
  detail::MemberCheck members;
  visitMembers(members, copy);
  if (members.fault) {
    return members.fault;
  }
  for (const auto& check : {detail::faultOfAccess, detail::faultOfSession, detail::faultOfUnused,
                            detail::faultOfRules, detail::faultOfNumbers}) {
    if (auto fault = check(profile)) {
      return fault;
    }
  }
  return std::nullopt;
}

}  // namespace wsferry::gateway
