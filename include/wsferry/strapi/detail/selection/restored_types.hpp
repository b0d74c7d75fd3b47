#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/text/glob.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/schema/component_attributes.hpp"
#include "wsferry/strapi/detail/schema/component_use.hpp"
#include "wsferry/strapi/detail/selection/is_among.hpp"
#include "wsferry/strapi/restore_scope.hpp"

namespace wsferry::strapi::detail {

// Types that servers before 5.53 delete with the rest unless excluded (protocol section 2). For
// Strapi 4 and 5, all editions: a server may have a type that its getSchemas does not name.
inline constexpr std::array<std::string_view, 13> neverDeleted = {
    "admin::api-token",
    "admin::api-token-permission",
    "admin::audit-log",
    "admin::permission",
    "admin::role",
    "admin::session",
    "admin::transfer-token",
    "admin::transfer-token-permission",
    "admin::user",
    "admin::workflow",
    "admin::workflow-stage",
    "plugin::content-releases.release",
    "plugin::content-releases.release-action",
};

inline void addOnce(std::vector<std::string>& list, std::string_view value) {
  if (!isAmong(list, value)) {
    list.emplace_back(value);
  }
}

// A name that is not a pattern counts, whether the server reports such a type or not. Components
// have no records of their own.
inline void addNamed(std::vector<std::string>& list, const std::string& name,
                     const std::vector<Schema>& schemas) {
  if (isComponent(name)) {
    return;
  }
  if (!isGlob(name)) {
    addOnce(list, name);
    return;
  }
  for (const Schema& schema : schemas) {
    if (matchesGlob(name, schema.uid)) {
      addOnce(list, schema.uid);
    }
  }
}

inline std::vector<std::string> excludedTypesOf(const TransferFilter& filter,
                                                const std::vector<Schema>& destinationSchemas) {
  std::vector<std::string> types(neverDeleted.begin(), neverDeleted.end());
  for (const Schema& schema : destinationSchemas) {
    if (isNeverTransferred(schema.uid)) {
      addOnce(types, schema.uid);
    }
  }
  for (const std::string& name : filter.options().excludeContentTypes) {
    addNamed(types, name, destinationSchemas);
  }
  if (isAmong(filter.options().exclude, TransferGroup::mediaLibrary)) {
    addOnce(types, uploadFile);
    addOnce(types, "plugin::upload.folder");
  }
  return types;
}

inline std::optional<std::vector<std::string>> includedTypesOf(
    const TransferFilter& filter, const std::vector<Schema>& destinationSchemas) {
  std::vector<std::string> types;
  if (!filter.includes(TransferStage::entities)) {
    return types;
  }
  if (!filter.options().onlyContentTypes.empty()) {
    for (const std::string& name : filter.options().onlyContentTypes) {
      addNamed(types, name, destinationSchemas);
    }
    types.erase(std::remove_if(types.begin(), types.end(),
                               [&](const auto& uid) { return !filter.includesType(uid); }),
                types.end());
    return types;
  }
  if (filter.includes(TransferStage::configuration)) {
    return std::nullopt;
  }
  // Unless told what to delete, a server also deletes from its internal models, including the core
  // store's.
  for (const Schema& schema : destinationSchemas) {
    if (filter.includesType(schema.uid) && modelTypeOf(schema.json) == "contentType") {
      addOnce(types, schema.uid);
    }
  }
  return types;
}

inline std::string arrayOf(const std::vector<std::string>& types) {
  std::string text = "[";
  for (const std::string& type : types) {
    text.append(text.size() == 1 ? "" : ",").append(encodeJsonString(type));
  }
  return text + "]";
}

}  // namespace wsferry::strapi::detail
