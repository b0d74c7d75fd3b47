#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "archive/check/findings.hpp"
#include "wsferry/strapi/detail/messages/record_inspector.hpp"

namespace wsferry::archive {

/// Whether the schemas have what entities, links and other schemas use of them. Keeps the names of
/// attributes, and nothing of single records. Entities that come before their schema are not
/// looked at.
class SchemaUse {
 public:
  /// The last schema of a uid counts. @throws Error as JsonCursor.
  void addSchema(const std::string& uid, std::string_view json);

  void addEntity(std::string_view type, const std::vector<strapi::EntityAttribute>& attributes);

  /// The left end of a link, which is the relation's own; `field` is JSON text, empty for none.
  void addRelation(const std::string& type, std::string_view field);

  /// What shows only when everything has been seen.
  void finish(Findings& findings) const;

 private:
  struct Attribute {
    std::string name;
    bool isRelation = false;  ///< Also one to files.
  };
  struct Count {
    std::uint64_t count = 0;
    std::string first;
  };
  struct Type {
    std::vector<Attribute> attributes;
    Count beyond;  ///< Entities with attributes beyond those.
    std::size_t next = 0;
  };
  // By the field as JSON text. There are as many as types have relations.
  using Fields = std::map<std::string, std::uint64_t, std::less<>>;

  static bool hasAttribute(Type& type, std::string_view rawName);
  bool hasRelation(const std::string& type, std::string_view field) const;

  std::map<std::string, Type, std::less<>> types_;
  std::map<std::string, Type, std::less<>>::iterator lastType_ = types_.end();
  std::map<std::string, std::string> components_;  ///< With a schema that names each.
  std::map<std::string, Fields> fields_;           ///< By the type of the link's left end.
  std::size_t fieldCount_ = 0;
  // Links come sorted by relation.
  std::string lastLeft_;
  std::string lastField_;
  std::uint64_t* lastCount_ = nullptr;
};

}  // namespace wsferry::archive
