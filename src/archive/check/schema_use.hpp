#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "archive/check/findings.hpp"
#include "wsferry/strapi/record.hpp"

namespace wsferry::archive {

/// Whether the schemas have what entities and other schemas use of them. Keeps the names of
/// attributes, and nothing of single records. Entities that come before their schema are not
/// looked at.
class SchemaUse {
 public:
  /// The last schema of a uid counts. @throws Error as JsonCursor.
  void addSchema(const std::string& uid, std::string_view json);

  void addEntity(const strapi::EntityView& entity);

  /// What shows only when everything has been seen.
  void finish(Findings& findings) const;

 private:
  struct Count {
    std::uint64_t count = 0;
    std::string first;
  };
  struct Type {
    std::vector<std::string> attributes;  ///< Their names.
    Count beyond;                         ///< Entities with attributes beyond those.
    std::size_t next = 0;
  };

  static bool hasAttribute(Type& type, std::string_view rawName);

  std::map<std::string, Type, std::less<>> types_;
  std::map<std::string, Type, std::less<>>::iterator lastType_ = types_.end();
  std::map<std::string, std::string> components_;  ///< With a schema that names each.
};

}  // namespace wsferry::archive
