#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/strapi/detail/schema/component_attributes.hpp"
#include "wsferry/strapi/detail/schema/component_use.hpp"
#include "wsferry/strapi/severed_relations.hpp"

namespace wsferry::strapi::detail {

struct Relation {
  std::string name;
  std::string other;       // The other end's type; empty for a polymorphic one.
  bool isInverse = false;  // Owned by the other end.
};

struct RelatedType {
  std::vector<Relation> relations;
  std::vector<ComponentAttribute> components;
};

// A relation is `{"type":"relation","target":UID, ...}`, a media attribute `{"type":"media", ...}`.
inline void addRelation(std::string_view name, JsonCursor& cursor,
                        std::vector<Relation>& relations) {
  Relation relation;
  relation.name = name;
  std::string kind;
  forEachMember(cursor, [&](std::string_view member) {
    const std::string key(member);
    const std::string text = jsonStringOf(cursor.skipValue()).value_or("");
    if (key == "type") {
      kind = text;
    } else if (key == "target") {
      relation.other = text;
    } else if (key == "mappedBy" || key == "morphBy") {
      relation.isInverse = !text.empty();
    }
  });
  if (kind == "media") {
    relation.other = uploadFile;
  }
  if (kind == "media" || kind == "relation") {
    relations.push_back(std::move(relation));
  }
}

inline RelatedType readRelatedType(const Schema& schema) {
  RelatedType type;
  JsonCursor cursor(schema.json);
  forEachMember(cursor, [&](std::string_view member) {
    if (member != "attributes") {
      cursor.skipValue();
      return;
    }
    forEachMember(cursor, [&](std::string_view name) {
      addRelation(std::string(name), cursor, type.relations);
    });
  });
  type.components = readComponentAttributes(schema.json);
  return type;
}

// Relations to types that never transfer are lost in every transfer. Only those that the project
// defined itself are worth mentioning: not those of Strapi's plugins, nor who changed a record.
inline bool isKnownToNeverTransfer(const std::string& type, const Relation& relation) {
  if (!isNeverTransferred(type) && !isNeverTransferred(relation.other)) {
    return false;
  }
  return type.rfind("api::", 0) != 0 || relation.name == "createdBy" ||
         relation.name == "updatedBy";
}

class CrossingRelations {
 public:
  CrossingRelations(const TransferFilter& filter, const std::vector<Schema>& schemas)
      : filter_(filter) {
    for (const Schema& schema : schemas) {
      types_[schema.uid] = readRelatedType(schema);
    }
  }

  std::vector<SeveredRelation> run() {
    for (const auto& type : types_) {
      if (!isComponent(type.first)) {
        followed_.clear();
        follow(type.first, type.first, "");
      }
    }
    return std::move(found_);
  }

 private:
  // `uid` is the type itself, or a component that it holds at `path`.
  void follow(const std::string& type, const std::string& uid, const std::string& path) {
    const auto known = types_.find(uid);
    if (known == types_.end() || !followed_.insert(uid).second) {
      return;
    }
    for (const Relation& relation : known->second.relations) {
      // The owner has that of an inverse, and the media attribute that of a file.
      const bool isToldElsewhere =
          relation.isInverse || (uid == uploadFile && relation.other.empty());
      if (!isToldElsewhere && !isKnownToNeverTransfer(type, relation) &&
          isSevered(type, relation.other)) {
        add({type, path + relation.name, relation.other});
      }
    }
    for (const ComponentAttribute& attribute : known->second.components) {
      for (const std::string& component : attribute.components) {
        follow(type, component, path + attribute.name + ".");
      }
    }
  }

  bool isSevered(const std::string& type, const std::string& other) const {
    const bool isTaken = filter_.includesType(type);
    if (!other.empty()) {
      return types_.count(other) != 0 && filter_.includesType(other) != isTaken;
    }
    return std::any_of(types_.begin(), types_.end(), [&](const auto& any) {
      return !isComponent(any.first) && !isNeverTransferred(any.first) &&
             filter_.includesType(any.first) != isTaken;
    });
  }

  // Two components of a dynamic zone may have attributes with the same name.
  void add(SeveredRelation relation) {
    if (told_.emplace(relation.type, relation.path, relation.other).second) {
      found_.push_back(std::move(relation));
    }
  }

  const TransferFilter& filter_;
  std::map<std::string, RelatedType> types_;
  // Each component once per type: one can hold itself, and there can be too many paths to one.
  std::set<std::string> followed_;
  std::set<std::tuple<std::string, std::string, std::string>> told_;
  std::vector<SeveredRelation> found_;
};

}  // namespace wsferry::strapi::detail
