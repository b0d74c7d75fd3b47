#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/schema/component_attributes.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// The uid of a content type looks like `api::article.article`, that of a component like
/// `shared.seo`.
inline bool isComponent(std::string_view uid) {
  return uid.find("::") == std::string_view::npos;
}

/// The components that entities of `types` can hold, including nested ones. If a type has several
/// schemas, as from two servers, all count. @throws Error with Errc::protocolViolation for a schema
/// that is not a JSON object.
std::set<std::string> componentsOf(const std::set<std::string>& types,
                                   const std::vector<Schema>& schemas);

namespace detail {

using Uids = std::set<std::string>;

inline void readComponents(const Schema& schema, Uids& components) {
  if (JsonCursor(schema.json).peek() != '{') {
    throw Error(Errc::protocolViolation, "The schema of " + schema.uid + " is not a JSON object.");
  }
  for (const ComponentAttribute& attribute : readComponentAttributes(schema.json)) {
    components.insert(attribute.components.begin(), attribute.components.end());
  }
}

}  // namespace detail

inline detail::Uids componentsOf(const detail::Uids& types, const std::vector<Schema>& schemas) {
  std::map<std::string, detail::Uids> held;
  for (const Schema& schema : schemas) {
    detail::readComponents(schema, held[schema.uid]);
  }
  detail::Uids found;
  std::vector<std::string> ahead(types.begin(), types.end());
  while (!ahead.empty()) {
    const std::string uid = std::move(ahead.back());
    ahead.pop_back();
    for (const std::string& component : held[uid]) {
      if (found.insert(component).second) {
        ahead.push_back(component);
      }
    }
  }
  return found;
}

}  // namespace wsferry::strapi
