#include <string>
#include <string_view>
#include <vector>

#include "core/json/json_cursor.hpp"
#include "core/text/printable.hpp"
#include "wsferry/strapi/schema_comparison.hpp"

namespace wsferry::strapi {
namespace {

constexpr std::size_t longestValue = 80;
constexpr std::size_t longestName = 200;

bool isContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// A text on one line, cut between two characters.
std::string shown(std::string_view text, std::size_t maxSize) {
  std::size_t size = text.size();
  if (size > maxSize) {
    size = maxSize;
    while (size > 0 && isContinuation(text[size])) {
      --size;
    }
  }
  std::string result = printable(text.substr(0, size), size);
  return size < text.size() ? result + "..." : result;
}

std::string shownValue(std::string_view json) {
  if (json.size() >= 2 && json.front() == '"') {
    const std::string text = decodeJsonString(json.substr(1, json.size() - 2));
    return text.empty() ? "\"\"" : shown(text, longestValue);
  }
  return shown(json, longestValue);
}

bool isWholeAttribute(std::string_view path) {
  constexpr std::string_view attributes = "attributes.";
  return path.substr(0, attributes.size()) == attributes &&
         path.find('.', attributes.size()) == std::string_view::npos;
}

std::string describeType(const SchemaDifference& difference) {
  return difference.kind == SchemaDifference::Kind::onlyInSource
             ? "exists only in the source: its records would be dropped"
             : "exists only in the destination: the source has no records for it";
}

std::string describePath(const SchemaDifference& difference) {
  std::string line = shown(difference.path, longestName) + ": ";
  switch (difference.kind) {
    case SchemaDifference::Kind::onlyInSource:
      line += "only in the source, " + shownValue(difference.sourceValue);
      return isWholeAttribute(difference.path) ? line + ": its values would be dropped" : line;
    case SchemaDifference::Kind::onlyInDestination:
      return line + "only in the destination, " + shownValue(difference.destinationValue);
    case SchemaDifference::Kind::changed:
      break;
  }
  return line + shownValue(difference.sourceValue) + " in the source, " +
         shownValue(difference.destinationValue) + " in the destination";
}

}  // namespace

std::string describe(const std::vector<SchemaDifference>& differences) {
  std::string text;
  const std::string* uid = nullptr;
  for (const SchemaDifference& difference : differences) {
    if (uid == nullptr || *uid != difference.uid) {
      uid = &difference.uid;
      text.append(text.empty() ? "" : "\n").append(shown(*uid, longestName)).append("\n");
    }
    text.append("  ")
        .append(difference.path.empty() ? describeType(difference) : describePath(difference))
        .append("\n");
  }
  return text;
}

}  // namespace wsferry::strapi
