#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "wsferry/core/detail/json/json_members.hpp"

namespace wsferry::strapi {

/// What a schema says about an attribute, as far as links depend on it.
struct LinkedAttribute {
  std::string type;         ///< `relation`, `media` or another, which has no links.
  std::string relation;     ///< Such as `manyToOne`; empty if unknown.
  std::string target;       ///< The type that it leads to; empty if it leads to several.
  std::string ownerField;   ///< The field at the other end that keeps its links; mostly empty.
  bool isColumn = false;    ///< Its row itself holds one target: a second one replaces the first.
  bool isDocument = false;  ///< Its links refer to rows by their common document.

  bool isRelation() const { return type == "relation"; }
  bool isMedia() const { return type == "media"; }

  /// Whether its links lead to several types.
  bool isMorph() const { return relation.substr(0, 5) == "morph"; }

  /// Whether the links belong at the other end: a server stores none with this field on its left.
  bool hasNoLinks() const { return isMedia() || relation == "morphOne" || relation == "morphMany"; }

  /// Whether one target is all that the field shows.
  bool isToOne() const {
    return ownerField.empty() && !isDocument &&
           (relation == "oneToOne" || relation == "manyToOne" || relation == "morphToOne");
  }
};

/// The attributes of types, by their schemas.
class LinkedAttributes {
 public:
  using OfType = std::map<std::string, LinkedAttribute, std::less<>>;

  /// The last schema of a uid counts. One that is not a JSON object has no attributes. @throws
  /// Error as JsonCursor.
  void addSchema(const std::string& uid, std::string_view json);

  /// Null without a schema for that type.
  const OfType* of(std::string_view type) const {
    const auto found = types_.find(type);
    return found == types_.end() ? nullptr : &found->second;
  }

  /// Whether the type has links that lead to documents.
  bool haveDocuments(std::string_view type) const {
    const OfType* const attributes = of(type);
    return attributes != nullptr &&
           std::any_of(attributes->begin(), attributes->end(),
                       [](const auto& attribute) { return attribute.second.isDocument; });
  }

  /// Whether any type has a relation that has links of its own.
  bool haveRelations() const {
    return std::any_of(types_.begin(), types_.end(), [](const auto& type) {
      return std::any_of(type.second.begin(), type.second.end(), [](const auto& attribute) {
        return attribute.second.isRelation() && !attribute.second.hasNoLinks();
      });
    });
  }

 private:
  std::map<std::string, OfType, std::less<>> types_;
};

namespace detail {

// Of a relation's column.
inline bool isToDocument(std::string_view joinColumn) {
  bool is = false;
  JsonCursor cursor(joinColumn);
  forEachMember(cursor, [&](std::string_view key) {
    const bool isReference = key == "referencedColumn";
    is = (cursor.skipValue() == "\"document_id\"" && isReference) || is;
  });
  return is;
}

inline LinkedAttribute readLinkedAttribute(JsonCursor& cursor) {
  LinkedAttribute found;
  forEachMember(cursor, [&](std::string_view key) {
    const bool isOwner = key == "mappedBy" || key == "morphBy";
    std::string* const text = key == "type"       ? &found.type
                              : key == "relation" ? &found.relation
                              : key == "target"   ? &found.target
                              : isOwner           ? &found.ownerField
                                                  : nullptr;
    const bool isTable = key == "useJoinTable";
    const bool isColumn = key == "joinColumn";
    const std::string_view value = cursor.skipValue();
    if (text != nullptr) {
      *text = jsonStringOf(value).value_or("");
    } else if (isTable) {
      found.isColumn = found.isColumn || value == "false";
    } else if (isColumn && isJsonObject(value)) {
      found.isColumn = true;
      found.isDocument = isToDocument(value);
    }
  });
  found.isColumn = found.isColumn || found.relation == "morphToOne";
  return found;
}

}  // namespace detail

inline void LinkedAttributes::addSchema(const std::string& uid, std::string_view json) {
  OfType found;
  JsonCursor cursor(json);
  forEachMember(cursor, [&](std::string_view key) {
    if (key != "attributes") {
      cursor.skipValue();
      return;
    }
    forEachMember(cursor, [&](std::string_view name) {
      found.insert_or_assign(std::string(name), detail::readLinkedAttribute(cursor));
    });
  });
  types_.insert_or_assign(uid, std::move(found));
}

}  // namespace wsferry::strapi
