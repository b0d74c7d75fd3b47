#include <string>

#include "core/json/rapidjson.hpp"
#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/detail/profile/profile_members.hpp"

namespace wsferry::gateway {
namespace {

bool isJsonObjectText(const std::string& text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  // What nests too deeply, and the like, stays a text, as it would be refused.
  return !document.HasParseError() && document.IsObject() && isWholeJsonObject(text);
}

std::string secondsOf(Duration value) {
  std::string number = std::to_string(value.count() / 1'000);
  if (const auto rest = value.count() % 1'000; rest != 0) {
    const std::string digits = std::to_string(1'000 + rest).substr(1);
    number += "." + digits.substr(0, digits.find_last_not_of('0') + 1);
  }
  return number;
}

/// Writes what visitMembers() shows, but what is empty or off.
class ProfileWriter {
 public:
  explicit ProfileWriter(std::string indent) : indent_(std::move(indent)) {}

  template <class Object>
  std::string write(Object& object) {
    visitMembers(*this, object);
    return text_.empty() ? "" : "{" + text_ + "\n" + indent_ + "}";
  }

  void text(const char* name, const std::string& value) {
    if (!value.empty()) {
      member(name, encodeJsonString(value));
    }
  }

  void path(const char* name, const std::string& value) { text(name, value); }

  void texts(const char* name, const std::vector<std::string>& values) {
    std::string list;
    for (const std::string& value : values) {
      list += (list.empty() ? "" : ", ") + encodeJsonString(value);
    }
    if (!list.empty()) {
      member(name, "[" + list + "]");
    }
  }

  void paths(const char* name, const std::vector<std::string>& values) {
    if (values.size() == 1) {
      text(name, values.front());
    } else {
      texts(name, values);
    }
  }

  void message(const char* name, const std::string& value) {
    if (isJsonObjectText(value)) {
      member(name, value);
    } else {
      text(name, value);
    }
  }

  void flag(const char* name, bool value) {
    if (value) {
      member(name, "true");
    }
  }

  void textOr(const char* name, const std::string& value, const std::string& byDefault) {
    if (value != byDefault) {
      member(name, encodeJsonString(value));
    }
  }

  void number(const char* name, unsigned value) {
    if (value != 0) {
      member(name, std::to_string(value));
    }
  }

  void seconds(const char* name, Duration value) { secondsOr(name, value, Duration(0)); }

  void secondsOr(const char* name, Duration value, Duration byDefault) {
    if (value != byDefault) {
      member(name, secondsOf(value));
    }
  }

  template <class Choice>
  void choice(const char* name, Choice value) {
    // The rule's default says nothing.
    if (const std::string& chosen = namesOf(value)[static_cast<std::size_t>(value)];
        chosen != "byMember") {
      member(name, encodeJsonString(chosen));
    }
  }

  void pairs(const char* name, const std::vector<std::pair<std::string, std::string>>& values) {
    std::string list;
    for (const auto& [ours, theirs] : values) {
      list += (list.empty() ? "" : ", ") + encodeJsonString(ours) + ": " + encodeJsonString(theirs);
    }
    if (!list.empty()) {
      member(name, "{" + list + "}");
    }
  }

  template <class Object>
  void object(const char* name, Object& value) {
    const std::string text = ProfileWriter(indent_ + "  ").write(value);
    if (!text.empty()) {
      member(name, text);
    }
  }

  void object(const char* name, ResultMembers& value) {
    if (!value.isEmpty()) {
      object<ResultMembers>(name, value);
    }
  }

  void objects(const char* name, std::vector<MessageRule>& values) {
    std::string list;
    for (MessageRule& value : values) {
      list += (list.empty() ? "\n" : ",\n") + indent_ + "    " + inOneLine(value);
    }
    if (!list.empty()) {
      member(name, "[" + list + "\n" + indent_ + "  ]");
    }
  }

 private:
  static std::string inOneLine(MessageRule& rule) {
    ProfileWriter writer("");
    visitMembers(writer, rule);
    std::string line;
    for (std::size_t i = 0; i < writer.text_.size(); ++i) {
      const char c = writer.text_[i];
      if (c == '\n') {
        // The indentation of a member.
        i += 2;
        line += line.empty() ? "" : " ";
      } else {
        line += c;
      }
    }
    return "{" + line + "}";
  }

  void member(const char* name, const std::string& value) {
    text_ +=
        (text_.empty() ? "\n" : ",\n") + indent_ + "  " + encodeJsonString(name) + ": " + value;
  }

  std::string indent_;
  std::string text_;
};

}  // namespace

std::string profileText(const Profile& profile) {
  Profile copy = profile;
  return ProfileWriter("").write(copy) + "\n";
}

}  // namespace wsferry::gateway
