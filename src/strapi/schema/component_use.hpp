#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// The uid of a content type is `api::article.article`, that of a component `shared.seo`.
inline bool isComponent(std::string_view uid) {
  return uid.find("::") == std::string_view::npos;
}

/// The components that entities of `types` can hold, in their components, too. Of a type with
/// several schemas, as two servers have them, all count.
/// @throws Error with Errc::protocolViolation for a schema that is no JSON object.
std::set<std::string> componentsOf(const std::set<std::string>& types,
                                   const std::vector<Schema>& schemas);

}  // namespace wsferry::strapi
