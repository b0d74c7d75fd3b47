#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "archive/findings/findings.hpp"
#include "wsferry/strapi/detail/schema/fitting_values.hpp"
#include "wsferry/strapi/detail/schema/known_content.hpp"
#include "wsferry/strapi/record.hpp"

namespace wsferry::archive {

/// Whether the schemas have what entities and other schemas use of them. Keeps the names of
/// attributes, and nothing of single records. Entities that come before their schema are not
/// looked at.
class SchemaUse {
 public:
  SchemaUse() = default;
  SchemaUse(const SchemaUse&) = delete;
  SchemaUse& operator=(const SchemaUse&) = delete;

  /// The last schema of a uid counts. @throws Error as JsonCursor.
  void addSchema(const std::string& uid, std::string_view json);

  void addEntity(const strapi::EntityView& entity);

  /// What shows only when everything has been seen.
  void finish(Findings& findings);

 private:
  /// Entities of one type.
  struct Count {
    std::uint64_t count = 0;
    std::string first;
  };
  using Counts = std::map<std::string, Count, std::less<>>;

  strapi::KnownContent known_;
  strapi::FittingValues fitting_{known_, known_};
  Counts unknown_;                                 ///< With attributes that no schema has.
  Counts held_;                                    ///< The same of components and relations.
  Counts misplaced_;                               ///< With values of another form.
  std::map<std::string, std::string> components_;  ///< With a schema that names each.
};

}  // namespace wsferry::archive
