#include "wsferry/gateway/detail/messages/message_template.hpp"

#include <optional>

#include "core/json/rapidjson.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"

namespace wsferry::gateway {
namespace {

using rapidjson::Value;
using Allocator = rapidjson::Document::AllocatorType;

std::string_view textOf(const Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

// Calls `visit(string)` for each string in the value.
template <class Visit>
void forEachString(const Value& value, const Visit& visit) {
  if (value.IsString()) {
    visit(textOf(value));
  } else if (value.IsArray()) {
    for (const Value& element : value.GetArray()) {
      forEachString(element, visit);
    }
  } else if (value.IsObject()) {
    for (const auto& member : value.GetObject()) {
      forEachString(member.value, visit);
    }
  }
}

constexpr std::size_t longestTemplate = std::size_t{64} << 10;

void parse(rapidjson::Document& document, std::string_view text) {
  if (text.size() > longestTemplate) {
    throw Error(Errc::invalidOption, "a message is longer than 64 KB");
  }
  // Deep nesting would reach the end of the stack where such a document is walked through.
  const bool isObject = isWholeJsonObject(text);
  if (!isObject) {
    throw Error(Errc::invalidOption,
                "a message must be a JSON object that nests no deeper than 512");
  }
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag>(text.data(),
                                                                                      text.size());
  if (document.HasParseError() || !document.IsObject()) {
    throw Error(Errc::invalidOption, "a message must be a JSON object");
  }
}

// False if the value is to be left out.
bool fillValue(Value& value, const PlaceholderValues& values, Allocator& allocator) {
  if (value.IsString()) {
    const auto text = detail::withValues(textOf(value), values);
    if (!text) {
      return false;
    }
    if (detail::isOneNumberPlaceholder(textOf(value))) {
      rapidjson::Document number;
      number.Parse(text->data(), text->size());
      value.CopyFrom(number, allocator);
    } else {
      value.SetString(text->data(), static_cast<rapidjson::SizeType>(text->size()), allocator);
    }
  } else if (value.IsArray()) {
    const bool wasEmpty = value.Empty();
    for (auto element = value.Begin(); element != value.End();) {
      element = fillValue(*element, values, allocator) ? element + 1 : value.Erase(element);
    }
    return wasEmpty || !value.Empty();
  } else if (value.IsObject()) {
    const bool wasEmpty = value.ObjectEmpty();
    for (auto member = value.MemberBegin(); member != value.MemberEnd();) {
      member = fillValue(member->value, values, allocator) ? member + 1 : value.EraseMember(member);
    }
    return wasEmpty || !value.ObjectEmpty();
  }
  return true;
}

constexpr std::string_view changesMark = R"("{changes}")";

// What is between the braces of a JSON object.
std::string_view membersOf(std::string_view object) {
  object.remove_prefix(object.find('{') + 1);
  return object.substr(0, object.rfind('}'));
}

}  // namespace

std::vector<std::string> placeholdersOf(std::string_view text) {
  if (!detail::nextPlaceholder(text, 0)) {
    return {};
  }
  rapidjson::Document document;
  parse(document, text);
  std::vector<std::string> names;
  forEachString(document, [&](std::string_view string) {
    std::size_t done = 0;
    while (const auto found = detail::nextPlaceholder(string, done)) {
      if (!detail::isPlaceholderAmong(detail::placeholderNames, found->name)) {
        throw Error(Errc::invalidOption,
                    "{" + std::string(found->name) + "} is not a placeholder that messages have");
      }
      names.emplace_back(found->name);
      done = found->end;
    }
  });
  return names;
}

std::string fillIn(const std::string& text, const PlaceholderValues& values) {
  if (text.empty() || placeholdersOf(text).empty()) {
    return text;
  }
  rapidjson::Document document;
  parse(document, text);
  if (!fillValue(document, values, document.GetAllocator())) {
    return "{}";
  }
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  document.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::pair<std::string, std::string> splitAtAudio(const std::string& text) {
  constexpr std::string_view mark = "{audio}";
  const auto names = placeholdersOf(text);
  const std::size_t at = text.find(mark);
  if (names.size() != 1 || at == std::string::npos) {
    throw Error(Errc::invalidOption, "the message for audio needs {audio}, once, and nothing else");
  }
  return {text.substr(0, at), text.substr(at + mark.size())};
}

void requireChangesTemplate(const std::string& text) {
  const auto names = placeholdersOf(text);
  if (!isWholeJsonObject(text) || names.size() > 1 ||
      (names.size() == 1 && text.find(changesMark) == std::string::npos)) {
    throw Error(Errc::invalidOption,
                "the message for changes is a JSON object, and may have {changes} once, as a "
                "string of its own");
  }
}

std::string withChanges(const std::string& text, std::string_view changes) {
  if (const std::size_t at = text.find(changesMark); at != std::string::npos) {
    std::string message = text;
    return message.replace(at, changesMark.size(), changes);
  }
  const std::string_view own = membersOf(text);
  const std::string_view more = membersOf(changes);
  const bool areBoth =
      own.find('"') != std::string_view::npos && more.find('"') != std::string_view::npos;
  return "{" + std::string(own) + (areBoth ? "," : "") + std::string(more) + "}";
}

}  // namespace wsferry::gateway
