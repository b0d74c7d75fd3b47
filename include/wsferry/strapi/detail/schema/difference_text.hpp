#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/strapi/detail/schema/component_use.hpp"
#include "wsferry/strapi/schema_comparison.hpp"

namespace wsferry::strapi::detail {

inline constexpr std::size_t longestValue = 80;
inline constexpr std::size_t longestName = 200;

// A text on one line, cut between two characters.
inline std::string shown(std::string_view text, std::size_t maxSize) {
  std::size_t size = text.size();
  if (size > maxSize) {
    size = maxSize;
    while (size > 0 && isUtf8Continuation(text[size])) {
      --size;
    }
  }
  std::string result = printable(text.substr(0, size), size);
  return size < text.size() ? result + "..." : result;
}

inline std::string shownValue(std::string_view json) {
  if (json.size() >= 2 && json.front() == '"') {
    const std::string text = decodeJsonString(json.substr(1, json.size() - 2));
    return text.empty() ? "\"\"" : shown(text, longestValue);
  }
  return shown(json, longestValue);
}

inline bool isWholeAttribute(std::string_view path) {
  constexpr std::string_view attributes = "attributes.";
  return path.substr(0, attributes.size()) == attributes &&
         path.find('.', attributes.size()) == std::string_view::npos;
}

// The names of the two sides, and what a transfer would do to parts that only the source has.
struct SideWords {
  std::string source;
  std::string destination;
  bool tellsEffect;
};

inline SideWords wordsFor(SchemaSides sides) {
  return sides == SchemaSides::transfer ? SideWords{"in the source", "in the destination", true}
                                        : SideWords{"in the first", "in the second", false};
}

inline std::string describeType(const SchemaDifference& difference, const SideWords& words) {
  const bool isOnlyInSource = difference.kind == SchemaDifference::Kind::onlyInSource;
  std::string text = "exists only " + (isOnlyInSource ? words.source : words.destination);
  // Components have no records of their own.
  if (!words.tellsEffect || isComponent(difference.uid)) {
    return text;
  }
  return text +
         (isOnlyInSource ? ": its records would be dropped" : ": the source has no records for it");
}

inline std::string describePath(const SchemaDifference& difference, const SideWords& words) {
  std::string line = shown(difference.path, longestName) + ": ";
  switch (difference.kind) {
    case SchemaDifference::Kind::onlyInSource:
      line += "only " + words.source + ", " + shownValue(difference.sourceValue);
      return words.tellsEffect && isWholeAttribute(difference.path)
                 ? line + ": its values would be dropped"
                 : line;
    case SchemaDifference::Kind::onlyInDestination:
      return line + "only " + words.destination + ", " + shownValue(difference.destinationValue);
    case SchemaDifference::Kind::changed:
      break;
  }
  return line + shownValue(difference.sourceValue) + " " + words.source + ", " +
         shownValue(difference.destinationValue) + " " + words.destination;
}

}  // namespace wsferry::strapi::detail
