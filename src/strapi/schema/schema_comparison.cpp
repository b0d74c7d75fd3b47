#include "wsferry/strapi/schema_comparison.hpp"

#include <algorithm>
#include <set>

#include "wsferry/core/detail/text/glob.hpp"
#include "wsferry/strapi/detail/schema/type_comparison.hpp"

namespace wsferry::strapi {

std::string_view toString(SchemaStrategy value) noexcept {
  switch (value) {
    case SchemaStrategy::exact:
      return "exact";
    case SchemaStrategy::strict:
      return "strict";
    case SchemaStrategy::ignore:
      break;
  }
  return "ignore";
}

std::vector<SchemaDifference> compareSchemas(const std::vector<Schema>& source,
                                             const std::vector<Schema>& destination,
                                             const SchemaComparisonOptions& options) {
  std::vector<SchemaDifference> differences;
  if (options.strategy == SchemaStrategy::ignore) {
    return differences;
  }
  const auto left = detail::byUid(source);
  const auto right = detail::byUid(destination);
  std::set<std::string> uids;
  for (const auto* schemas : {&left, &right}) {
    for (const auto& schema : *schemas) {
      uids.insert(schema.first);
    }
  }
  for (const std::string& uid : uids) {
    const bool ignored =
        isNeverTransferred(uid) ||
        std::any_of(options.ignoredTypes.begin(), options.ignoredTypes.end(),
                    [&uid](const std::string& pattern) { return matchesGlob(pattern, uid); });
    if (!ignored) {
      detail::TypeComparison(uid, options.strategy, differences)
          .compare(detail::valueOf(left, uid), detail::valueOf(right, uid));
    }
  }
  return differences;
}

}  // namespace wsferry::strapi
