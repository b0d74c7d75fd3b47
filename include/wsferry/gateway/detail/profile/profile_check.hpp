#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"
#include "wsferry/gateway/detail/messages/message_template.hpp"
#include "wsferry/gateway/detail/profile/access_check.hpp"
#include "wsferry/gateway/detail/profile/profile_fault.hpp"
#include "wsferry/gateway/detail/profile/profile_members.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::gateway {

/// The first fault of a profile, be it read or made in code; nothing if it can work.
[[nodiscard]] std::optional<ProfileFault> faultOf(const Profile& profile);

namespace detail {

// The placeholders that have a value in this message.
inline std::vector<std::string_view> placeholdersIn(std::string_view member) {
  if (member == "firstMessage" || member == "body") {
    return {"language", "encoding", "sampleRate", "channels", "bitDepth", "raw", "token"};
  }
  if (member == "endMessage") {
    return {"messages", "bytes"};
  }
  if (member == "updateMessage") {
    return {"changes"};
  }
  return {};
}

// Whether a message can be sent; throws if not.
inline void tryMessage(std::string_view member, const std::string& text) {
  if (member == "audioMessage") {
    static_cast<void>(splitAtAudio(text));
    return;
  }
  if (member == "updateMessage") {
    requireChangesTemplate(text);
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

inline bool isWithin(const std::string& path, const std::string& outer) {
  return path.size() > outer.size() && path.compare(0, outer.size(), outer) == 0 &&
         path[outer.size()] == '.';
}

// Whether whatever `later` matches is `earlier`'s already.
inline bool hides(const MessageRule& earlier, const MessageRule& later, const Profile& profile) {
  const auto memberOf = [&](const MessageRule& rule) {
    return rule.member.empty() ? profile.typeMember : rule.member;
  };
  if (earlier.value.empty() && isWithin(memberOf(later), memberOf(earlier))) {
    return true;
  }
  return memberOf(earlier) == memberOf(later) &&
         (earlier.value.empty() || earlier.value == later.value);
}

// What is wrong with one rule; empty if nothing.
inline std::string problemOfRule(const Profile& profile, std::size_t index) {
  const MessageRule& rule = profile.rules[index];
  if (rule.member.empty() && profile.typeMember.empty()) {
    return "can never match: it names no member, and the profile has no typeMember";
  }
  if (!profile.typeMember.empty() && isWithin(rule.member, profile.typeMember)) {
    return "can never match: " + profile.typeMember +
           ", the typeMember, is a string in every message";
  }
  if (rule.finality != Finality::byMember && rule.kind != MessageKind::response) {
    return "has a finality, but is not a response";
  }
  const ResultMembers& results = profile.results;
  const bool isUntold = rule.kind == MessageKind::response && rule.finality == Finality::byMember &&
                        results.finality.empty() && results.word.finality.empty();
  if (isUntold && !results.isEmpty()) {
    return "has no finality, and results.finality, which would tell whether a result is final, is "
           "not given";
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

inline Fault faultOfResults(const Profile& profile) {
  const ResultMembers& results = profile.results;
  const auto fault = [](const char* member, const char* problem) {
    return ProfileFault{std::string("results") + member, problem, std::nullopt};
  };
  const WordMembers& word = results.word;
  const bool describesWords = !word.text.empty() || !word.start.empty() || !word.end.empty() ||
                              !word.speaker.empty() || !word.language.empty() ||
                              !word.confidence.empty() || !word.finality.empty();
  if (results.words.empty() && describesWords) {
    return fault(".word", "is given, but results.words, the path to the array of words, is not");
  }
  if (!results.words.empty() && word.text.empty()) {
    return fault(".words", "is given, but results.word.text, the path to a word's text, is not");
  }
  const bool describesText =
      !results.finality.empty() || !results.turn.empty() || results.partialsAppend ||
      !results.start.empty() || !results.end.empty() || !results.duration.empty() ||
      !results.speaker.empty() || !results.language.empty() || !results.confidence.empty() ||
      !results.channel.empty() || !results.markers.empty();
  if (results.isEmpty() && describesText) {
    return fault("", "name neither text nor words, so they have no content");
  }
  return results.finality.empty() && results.finalValue != "true"
             ? Fault(fault(".finalValue", "is given, but results.finality is not"))
             : std::nullopt;
}

// Each name has one meaning.
inline Fault faultOfErrorLists(const Profile& profile) {
  using List = std::pair<const char*, const std::vector<std::string>*>;
  const std::array<List, 3> lists = {{{"authenticationErrors", &profile.authenticationErrors},
                                      {"authorizationErrors", &profile.authorizationErrors},
                                      {"passingErrors", &profile.passingErrors}}};
  for (std::size_t later = 1; later < lists.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      for (const std::string& name : *lists[later].second) {
        const auto& others = *lists[earlier].second;
        if (std::find(others.begin(), others.end(), name) != others.end()) {
          return ProfileFault{
              lists[later].first,
              "has " + printable(name, 50) + ", which is in " + lists[earlier].first + " as well",
              std::nullopt};
        }
      }
    }
  }
  return std::nullopt;
}

inline Fault faultOfMessages(const Profile& profile) {
  if (profile.flushIsAnswered && profile.flushMessage.empty()) {
    return ProfileFault{"flushIsAnswered", "is true, but there is no flushMessage", std::nullopt};
  }
  for (const auto& [path, value] : profile.configurationNeeds) {
    if (!isMemberPath(path)) {
      return ProfileFault{"configurationNeeds",
                          "has a name that is not a path to a member: " + printable(path, 50),
                          std::nullopt};
    }
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
  if (profile.mostAudioBytes > 0 && profile.mostAudioBytes / 2 < profile.leastAudioBytes) {
    return ProfileFault{"mostAudioBytes", "is less than twice leastAudioBytes", std::nullopt};
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
                            detail::faultOfRules, detail::faultOfResults, detail::faultOfErrorLists,
                            detail::faultOfMessages, detail::faultOfNumbers}) {
    if (auto fault = check(profile)) {
      return fault;
    }
  }
  return std::nullopt;
}

}  // namespace wsferry::gateway
