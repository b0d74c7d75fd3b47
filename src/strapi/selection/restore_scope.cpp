#include "wsferry/strapi/restore_scope.hpp"

#include <string_view>

#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/selection/is_among.hpp"
#include "wsferry/strapi/detail/selection/restored_types.hpp"

namespace wsferry::strapi {

std::string RestoreScope::toJson() const {
  const std::string include =
      includedTypes ? "\"include\":" + detail::arrayOf(*includedTypes) + "," : std::string();
  const std::string configured = configuration ? "true" : "false";
  return "{\"entities\":{" + include + "\"exclude\":" + detail::arrayOf(excludedTypes) +
         "},\"assets\":" + (assets ? "true" : "false") +
         ",\"configuration\":{\"webhook\":" + configured + ",\"coreStore\":" + configured + "}}";
}

bool RestoreScope::deletes(std::string_view uid) const {
  return (!includedTypes || detail::isAmong(*includedTypes, uid)) &&
         !detail::isAmong(excludedTypes, uid);
}

RestoreScope scopeFor(const TransferFilter& filter, const std::vector<Schema>& destinationSchemas) {
  const bool takesFiles = filter.includes(TransferStage::assets);
  if (takesFiles &&
      !(filter.includes(TransferStage::entities) && filter.includesType(uploadFile))) {
    throw Error(Errc::invalidOption,
                "A server accepts files only together with their records, and refuses them only "
                "after it has set the old ones aside: also transfer content with the type "
                "plugin::upload.file, or leave files out.");
  }
  RestoreScope scope;
  scope.includedTypes = detail::includedTypesOf(filter, destinationSchemas);
  scope.excludedTypes = detail::excludedTypesOf(filter, destinationSchemas);
  scope.assets = takesFiles;
  scope.configuration = filter.includes(TransferStage::configuration);
  return scope;
}

}  // namespace wsferry::strapi
