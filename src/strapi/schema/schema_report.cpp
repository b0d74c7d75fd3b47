#include <string>
#include <vector>

#include "wsferry/strapi/detail/schema/difference_text.hpp"
#include "wsferry/strapi/schema_comparison.hpp"

namespace wsferry::strapi {

std::string describe(const std::vector<SchemaDifference>& differences, SchemaSides sides) {
  const detail::SideWords words = detail::wordsFor(sides);
  std::string text;
  const std::string* uid = nullptr;
  for (const SchemaDifference& difference : differences) {
    if (uid == nullptr || *uid != difference.uid) {
      uid = &difference.uid;
      text.append(text.empty() ? "" : "\n")
          .append(detail::shown(*uid, detail::longestName))
          .append("\n");
    }
    text.append("  ")
        .append(difference.path.empty() ? detail::describeType(difference, words)
                                        : detail::describePath(difference, words))
        .append("\n");
  }
  return text;
}

}  // namespace wsferry::strapi
