#include "archive/compare/attribute_changes.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "archive/compare/secret_values.hpp"
#include "archive/text/json_members.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

constexpr std::size_t longestValue = 100;
constexpr std::size_t shownBefore = 20;  // Of what is equal, before a difference.
constexpr std::size_t mostAttributes = 10;
constexpr const char* notShown = "(not shown)";

std::vector<std::string_view> elementsOf(std::string_view json) {
  std::vector<std::string_view> elements;
  JsonCursor cursor(json);
  if (!cursor.enterArray()) {
    return elements;
  }
  while (cursor.nextElement()) {
    elements.push_back(cursor.skipValue());
  }
  return elements;
}

// The text that a JSON string is, if that is a JSON object or array of its own: programs store them
// so. Empty otherwise.
std::string innerJson(std::string_view value) {
  if (!isJsonString(value)) {
    return {};
  }
  std::string text = decodeJsonString(rawJsonStringOf(value));
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || (text[first] != '{' && text[first] != '[')) {
    return {};
  }
  try {
    JsonCursor cursor(text);
    cursor.skipValue();
    cursor.expectEnd();
  } catch (const Error&) {  // A text that only begins like one.
    return {};
  }
  return text.substr(first);
}

// Where a character begins, at or before `at`.
std::size_t characterStart(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && isUtf8Continuation(text[at])) {
    --at;
  }
  return at;
}

std::string cut(std::string_view value, std::size_t difference) {
  if (value.size() <= longestValue) {
    return std::string(value);
  }
  const std::size_t begin =
      difference <= shownBefore ? 0 : characterStart(value, difference - shownBefore);
  const std::size_t end = characterStart(value, std::min(begin + longestValue, value.size()));
  return (begin == 0 ? "" : "...") + std::string(value.substr(begin, end - begin)) +
         (end == value.size() ? "" : "...");
}

class Comparison {
 public:
  Comparison(ItemChange& change, const HiddenNames& hidden) : change_(change), hidden_(hidden) {}

  // Both values, as JSON; empty for one that is not there. Depth is bounded by the cursor's.
  void compare(const std::string& path, std::string_view first, std::string_view second,
               bool isHidden) {
    if (first == second) {
      return;
    }
    if (isJsonObject(first) && isJsonObject(second)) {
      return compareMembers(path, jsonMembersOf(first), jsonMembersOf(second), isHidden);
    }
    if (first.substr(0, 1) == "[" && second.substr(0, 1) == "[") {
      const auto ones = elementsOf(first);
      const auto others = elementsOf(second);
      if (ones.size() == others.size()) {
        for (std::size_t i = 0; i < ones.size(); ++i) {
          compare(path + "[" + std::to_string(i) + "]", ones[i], others[i], isHidden);
        }
        return;
      }
    }
    if (!compareInner(path, innerJson(first), innerJson(second), isHidden)) {
      add(path, first, second, isHidden);
    }
  }

 private:
  // Of strings that hold JSON; false where that is not on both sides, or has the same values.
  bool compareInner(const std::string& path, const std::string& first, const std::string& second,
                    bool isHidden) {
    const auto differences = [this] { return change_.attributes.size() + change_.moreAttributes; };
    if (first.empty() || second.empty()) {
      return false;
    }
    const auto before = differences();
    compare(path, first, second, isHidden);
    return differences() > before;
  }

  void compareMembers(const std::string& path, const JsonMembers& first, const JsonMembers& second,
                      bool isHidden) {
    JsonMembers names = first;
    names.insert(second.begin(), second.end());
    const auto valueIn = [](const JsonMembers& members, const std::string& name) {
      const auto found = members.find(name);
      return found == members.end() ? std::string_view() : found->second;
    };
    for (const auto& each : names) {
      const std::string& name = each.first;
      compare(path.empty() ? name : path + "." + name, valueIn(first, name), valueIn(second, name),
              isHidden || isSecret(name));
    }
  }

  bool isSecret(const std::string& name) const {
    return namesSecret(name) || hidden_.names.count(name) != 0 ||
           (hidden_.isConfiguration && (name == "key" || name == "headers"));
  }

  // Also of a whole object or array, which stands on one side only. Depth is bounded by the
  // cursor's.
  bool holdsSecret(std::string_view value) const {
    if (isJsonString(value)) {
      const std::string inner = innerJson(value);
      const std::string text = decodeJsonString(rawJsonStringOf(value));
      return (!inner.empty() && holdsSecret(inner)) || holdsCredential(text) ||
             (hidden_.isConfiguration && holdsRandomWord(text));
    }
    if (!isJsonObject(value) && value.substr(0, 1) != "[") {
      return false;
    }
    bool holds = false;
    JsonCursor cursor(value);
    if (isJsonObject(value)) {
      wsferry::forEachMember(cursor, [&](std::string_view name) {
        const std::string key(name);
        const std::string_view inner = cursor.skipValue();
        holds = holds || isSecret(key) || holdsSecret(inner);
      });
    } else {
      forEachElement(cursor, [&] { holds = holdsSecret(cursor.skipValue()) || holds; });
    }
    return holds;
  }

  void add(const std::string& path, std::string_view first, std::string_view second,
           bool isHidden) {
    if (change_.attributes.size() == mostAttributes) {
      ++change_.moreAttributes;
      return;
    }
    const auto mismatch = std::mismatch(
        first.begin(),
        first.begin() + static_cast<std::ptrdiff_t>(std::min(first.size(), second.size())),
        second.begin());
    const auto difference = static_cast<std::size_t>(mismatch.first - first.begin());
    // A value without names of its own is known by that of the whole.
    const bool isNamed = hidden_.isConfiguration && namesSecret(change_.name) &&
                         path.substr(0, path.find('[')) == "value";
    const auto shown = [&](std::string_view value) {
      const bool isSecretHere = isHidden || isNamed;
      return (isSecretHere && !value.empty()) || holdsSecret(value) ? notShown
                                                                    : cut(value, difference);
    };
    change_.attributes.push_back({path, shown(first), shown(second)});
  }

  ItemChange& change_;
  const HiddenNames& hidden_;
};

}  // namespace

ItemChange itemChange(std::string name, std::string_view first, std::string_view second,
                      const HiddenNames& hidden) {
  ItemChange change;
  change.name = std::move(name);
  Comparison(change, hidden).compare({}, first, second, false);
  return change;
}

}  // namespace wsferry::archive
