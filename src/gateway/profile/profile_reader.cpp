#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/json/rapidjson.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"
#include "wsferry/gateway/detail/profile/profile_check.hpp"
#include "wsferry/gateway/detail/profile/profile_members.hpp"

namespace wsferry::gateway {
namespace {

[[noreturn]] void refuseAt(std::string_view whole, std::size_t offset, const std::string& member,
                           const std::string& problem) {
  const auto line =
      std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(offset), '\n') + 1;
  throw Error(Errc::invalidOption, "line " + std::to_string(line) + ": " +
                                       (member.empty() ? "" : member + " ") + problem)
      .ofOption("profile");
}

/// Reads the members of one object into what visitMembers() shows; what is left then is unknown.
class ProfileReader {
 public:
  ProfileReader(std::string_view whole, std::string_view object, std::string path)
      : whole_(whole), path_(std::move(path)) {
    JsonCursor cursor(object);
    forEachMember(cursor, [&](std::string_view key) {
      const std::string name(key);
      const std::string_view value = cursor.skipValue();
      if (!members_.emplace(name, value).second) {
        refuse(name, value, "is given twice");
      }
    });
  }

  template <class Object>
  void read(Object& object) {
    visitMembers(*this, object);
    if (!members_.empty()) {
      const auto& [name, value] = *members_.begin();
      refuse(name, value, "is not a member of a profile");
    }
  }

  [[noreturn]] void refuse(const std::string& name, std::string_view value,
                           const std::string& problem) const {
    refuseAt(whole_, static_cast<std::size_t>(value.data() - whole_.data()),
             printable(path_ + name, 100), problem);
  }

  void text(const std::string& name, std::string& field) {
    if (const auto value = take(name)) {
      field = stringAt(name, *value);
    }
  }

  void path(const std::string& name, std::string& field) {
    if (const auto value = take(name)) {
      field = pathAt(name, *value);
    }
  }

  void texts(const std::string& name, std::vector<std::string>& field) {
    if (const auto value = take(name)) {
      const char* problem = "must be an array of strings";
      field.clear();
      forEachOf(name, *value, problem,
                [&](std::string_view each) { field.push_back(stringAt(name, each, problem)); });
    }
  }

  /// One path, or several.
  void paths(const std::string& name, std::vector<std::string>& field) {
    const auto value = take(name);
    if (!value) {
      return;
    }
    const char* problem = "must be a path or an array of paths";
    field.clear();
    if (isJsonString(*value)) {
      field.push_back(pathAt(name, *value, problem));
    } else {
      forEachOf(name, *value, problem,
                [&](std::string_view each) { field.push_back(pathAt(name, each, problem)); });
    }
  }

  void textOr(const std::string& name, std::string& field, const char*) { text(name, field); }

  /// A JSON object, kept as it is written, or a text.
  void message(const std::string& name, std::string& field) {
    if (const auto value = take(name)) {
      field = isJsonObject(*value) ? std::string(*value) : stringAt(name, *value);
    }
  }

  void flag(const std::string& name, bool& field) {
    if (const auto value = take(name)) {
      if (*value != "true" && *value != "false") {
        refuse(name, *value, "must be true or false");
      }
      field = *value == "true";
    }
  }

  void seconds(const std::string& name, Duration& field) {
    constexpr double longest = 1e9;
    if (const auto value = take(name)) {
      const double number = numberOf(*value);
      if (!isJsonNumber(*value) || number < 0 || number > longest) {
        refuse(name, *value, "must be a number of seconds");
      }
      field = Duration(std::llround(number * 1'000));
    }
  }

  void secondsOr(const std::string& name, Duration& field, Duration) { seconds(name, field); }

  void number(const std::string& name, unsigned& field) {
    if (const auto value = take(name)) {
      const std::int32_t number = smallIntegerOf(*value);
      if (!isJsonNumber(*value) || number < 0 || (number == 0 && numberOf(*value) != 0)) {
        refuse(name, *value, "must be a whole number");
      }
      field = static_cast<unsigned>(number);
    }
  }

  template <class Choice>
  void choice(const std::string& name, Choice& field) {
    const auto value = take(name);
    if (!value) {
      return;
    }
    const auto& names = namesOf(field);
    const auto found = std::find(names.begin(), names.end(), stringOf(*value));
    if (found == names.end()) {
      std::string all;
      for (const std::string& each : names) {
        all += (all.empty() ? "" : ", ") + each;
      }
      refuse(name, *value, "must be one of " + all);
    }
    field = static_cast<Choice>(found - names.begin());
  }

  void pairs(const std::string& name, std::vector<std::pair<std::string, std::string>>& field) {
    const auto value = take(name);
    if (!value) {
      return;
    }
    requireObject(name, *value);
    field.clear();
    JsonCursor cursor(*value);
    forEachMember(cursor, [&](std::string_view key) {
      std::string ours(key);
      field.emplace_back(std::move(ours), stringAt(name, cursor.skipValue()));
    });
  }

  template <class Object>
  void object(const std::string& name, Object& field) {
    if (const auto value = take(name)) {
      requireObject(name, *value);
      ProfileReader reader(whole_, *value, path_ + name + ".");
      reader.read(field);
      for (const auto& [inner, text] : reader.given_) {
        given_.emplace(name + "." + inner, text);
      }
    }
  }

  void objects(const std::string& name, std::vector<MessageRule>& field) {
    const auto value = take(name);
    if (!value) {
      return;
    }
    field.clear();
    forEachOf(name, *value, "must be an array of objects", [&](std::string_view each) {
      const std::string one = name + "." + std::to_string(field.size());
      requireObject(one, each);
      ProfileReader(whole_, each, path_ + one + ".").read(field.emplace_back());
      ruleTexts_.push_back(each);
    });
  }

  /// Refuses a profile that does not work, where what is wrong with it stands.
  void refuseFault(const ProfileFault& fault, std::string_view object) const {
    refuse(fault.member, fault.rule ? ruleTexts_.at(*fault.rule) : placeOf(fault.member, object),
           fault.problem);
  }

  /// Refuses an object that is given, and says nothing.
  void refuseEmpty(const std::string& name, bool isEmpty, const std::string& problem) const {
    if (const auto given = given_.find(name); isEmpty && given != given_.end()) {
      refuse(name, given->second, problem);
    }
  }

 private:
  // Of a member that is missing, where what it is missing from stands.
  std::string_view placeOf(std::string member, std::string_view object) const {
    while (!member.empty()) {
      if (const auto given = given_.find(member); given != given_.end()) {
        return given->second;
      }
      const std::size_t dot = member.rfind('.');
      member.resize(dot == std::string::npos ? 0 : dot);
    }
    return object;
  }

  std::optional<std::string_view> take(const std::string& name) {
    const auto found = members_.find(name);
    if (found == members_.end()) {
      return std::nullopt;
    }
    const std::string_view value = found->second;
    given_.insert(members_.extract(found));
    return value;
  }

  std::string stringAt(const std::string& name, std::string_view value,
                       const char* problem = "must be a string") const {
    if (!isJsonString(value)) {
      refuse(name, value, problem);
    }
    return stringOf(value);
  }

  std::string pathAt(const std::string& name, std::string_view value,
                     const char* problem = "must be a string") const {
    std::string path = stringAt(name, value, problem);
    if (!isMemberPath(path)) {
      refuse(name, value,
             "is not a path to a member: names and indexes are separated by dots, as in "
             "channel.alternatives.0.transcript");
    }
    return path;
  }

  void requireObject(const std::string& name, std::string_view value) const {
    if (!isJsonObject(value)) {
      refuse(name, value, "must be an object");
    }
  }

  template <class Read>
  void forEachOf(const std::string& name, std::string_view value, const char* problem,
                 Read read) const {
    if (value.substr(0, 1) != "[") {
      refuse(name, value, problem);
    }
    JsonCursor cursor(value);
    forEachElement(cursor, [&] { read(cursor.skipValue()); });
  }

  std::string_view whole_;
  std::string path_;
  std::map<std::string, std::string_view> members_;  ///< Those that were not read yet.
  std::map<std::string, std::string_view> given_;
  std::vector<std::string_view> ruleTexts_;
};

/// Empties what visitMembers() shows, as far as it has no default of its own.
class ProfileCleaner {
 public:
  void text(const char*, std::string& field) { field.clear(); }
  void path(const char*, std::string& field) { field.clear(); }
  void texts(const char*, std::vector<std::string>& field) { field.clear(); }
  void paths(const char*, std::vector<std::string>& field) { field.clear(); }
  void message(const char*, std::string& field) { field.clear(); }
  void flag(const char*, bool& field) { field = false; }
  void number(const char*, unsigned& field) { field = 0; }
  void seconds(const char*, Duration& field) { field = Duration(0); }
  void textOr(const char*, std::string& field, const char* byDefault) { field = byDefault; }
  void secondsOr(const char*, Duration& field, Duration byDefault) { field = byDefault; }
  void pairs(const char*, std::vector<std::pair<std::string, std::string>>& field) {
    field.clear();
  }
  void objects(const char*, std::vector<MessageRule>& field) { field.clear(); }

  template <class Choice>
  void choice(const char*, Choice& field) {
    field = Choice();
  }

  template <class Object>
  void object(const char*, Object& field) {
    visitMembers(*this, field);
  }
};

// All that the WS Gateway has is left out.
Profile emptyProfile() {
  Profile profile;
  ProfileCleaner cleaner;
  visitMembers(cleaner, profile);
  return profile;
}

void requireJsonObject(std::string_view text) {
  constexpr std::size_t longest = std::size_t{1} << 20;
  if (text.size() > longest) {
    throw Error(Errc::invalidOption, "a profile is longer than 1 MB").ofOption("profile");
  }
  Utf8Validator validator;
  if (!validator.update(text) || !validator.complete()) {
    refuseAt(text, 0, "", "a profile must be UTF-8");
  }
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  if (document.HasParseError()) {
    refuseAt(text, std::min(document.GetErrorOffset(), text.size()), "", "this is not JSON");
  }
  if (!document.IsObject()) {
    refuseAt(text, 0, "", "a profile must be a JSON object");
  }
}

}  // namespace

Profile parseProfile(const std::string& given) {
  constexpr std::string_view byteOrderMark = "\xef\xbb\xbf";
  std::string_view text = given;
  text.remove_prefix(text.substr(0, byteOrderMark.size()) == byteOrderMark ? byteOrderMark.size()
                                                                           : 0);
  requireJsonObject(text);
  Profile profile = emptyProfile();
  try {
    ProfileReader reader(text, text, "");
    reader.read(profile);
    if (const auto fault = faultOf(profile)) {
      reader.refuseFault(*fault, text);
    }
    reader.refuseEmpty("sessionRequest", profile.sessionRequest.url.empty(), "has no url");
  } catch (const Error& error) {
    // What RapidJSON takes for JSON and we do not.
    if (error.code() == Errc::protocolViolation) {
      throw Error(Errc::invalidOption, error.info().message).ofOption("profile");
    }
    throw;
  }
  return profile;
}

}  // namespace wsferry::gateway
