#include "archive/compare/attribute_changes.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "archive/text/json_members.hpp"
#include "wsferry/core/detail/text/ascii.hpp"

namespace wsferry::archive {
namespace {

constexpr std::size_t longestValue = 100;
constexpr std::size_t shownBefore = 20;  // Of what is equal, before a difference.
constexpr std::size_t mostAttributes = 10;
constexpr const char* notShown = "(not shown)";

using ValueMembers = std::map<std::string, std::string_view>;

ValueMembers valueMembersOf(std::string_view json) {
  ValueMembers members;
  forEachMember(json, [&](std::string_view name, std::string_view value) {
    members.insert_or_assign(std::string(name), value);
  });
  return members;
}

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

bool speaksOfSecrets(std::string_view name) {
  const std::string lower = asciiLowerCase(name);
  constexpr std::string_view words[] = {"password",    "secret",    "token",      "authorization",
                                        "credential",  "apikey",    "api_key",    "privatekey",
                                        "private_key", "accesskey", "access_key", "license"};
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

// Where a character begins, at or before `at`.
std::size_t characterStart(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) {
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
      return compareMembers(path, valueMembersOf(first), valueMembersOf(second), isHidden);
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
    add(path, first, second, isHidden);
  }

 private:
  void compareMembers(const std::string& path, const ValueMembers& first,
                      const ValueMembers& second, bool isHidden) {
    ValueMembers names = first;
    names.insert(second.begin(), second.end());
    const auto valueIn = [](const ValueMembers& members, const std::string& name) {
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
    return speaksOfSecrets(name) || hidden_.names.count(name) != 0 ||
           (hidden_.isConfiguration && (name == "key" || name == "headers"));
  }

  // A whole object or array, which stands on one side only. Depth is bounded by the cursor's.
  bool holdsSecret(std::string_view value) const {
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
    const auto shown = [&](std::string_view value) {
      return (isHidden && !value.empty()) || holdsSecret(value) ? notShown : cut(value, difference);
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
