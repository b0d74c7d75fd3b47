#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/schema/relations.hpp"
#include "wsferry/strapi/record.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// An attribute of a type, by its schema.
struct KnownAttribute {
  enum class Kind {
    value,      ///< A text, number, time or the like.
    json,       ///< JSON of any form.
    relation,   ///< Also a relation to files.
    component,  ///< One or, if it is repeatable, an array of them.
    zone        ///< A dynamic zone: an array of components that each give their type.
  };
  std::string name;
  Kind kind = Kind::value;
  std::string type;  ///< As the schema calls it.
  bool isRepeatable = false;

  /// Whether it holds an array, and never null.
  bool isList() const { return kind == Kind::zone || (kind == Kind::component && isRepeatable); }

  std::vector<std::string> components;  ///< Their types: one, or those that a zone takes.
  bool isOfDocuments = false;           ///< Its links lead to the document of a row.
};

struct KnownType {
  /// The one of this name, which is given undecoded; null if there is none.
  const KnownAttribute* find(std::string_view rawName) const;

  bool isContentType = false;
  std::vector<KnownAttribute> attributes;
};

/// What one side knows, by its schemas (protocol section 7): a destination accepts entities of its
/// content types with their attributes, and links between its types. Not thread-safe.
class KnownContent {
 public:
  KnownContent() = default;

  /// @throws Error as add().
  explicit KnownContent(const std::vector<Schema>& schemas);

  /// Replaces an earlier one with this uid. @throws Error with Errc::protocolViolation for a schema
  /// that is not a JSON object.
  void add(const std::string& uid, std::string_view schema);

  /// Null if it is not known.
  const KnownType* find(std::string_view uid);

  /// Whether it has the types of a record. Configuration needs none.
  bool knows(const RecordViews& record);

  bool knowsContentType(std::string_view uid);
  bool knowsType(std::string_view uid) { return find(uid) != nullptr; }

  /// Whether the type has a relation, or a field for files, with this (undecoded) name.
  bool hasRelation(std::string_view uid, std::string_view rawName);

  /// Whether the links with that name refer to rows by their common document.
  bool isOfDocuments(std::string_view uid, std::string_view rawName);

  /// The uids of its content types, sorted.
  std::vector<std::string> contentTypes() const;

 private:
  std::map<std::string, KnownType, std::less<>> types_;
  // Records come sorted by type: the next one's is likely the last one's.
  std::map<std::string, KnownType, std::less<>>::const_iterator last_ = types_.end();
};

/// Whether a link fits a destination that has both its types. If only the source's type has the
/// relation, a server accepts the link and stores nothing, or something that belongs to no field.
/// Not thread-safe.
class KnownRelations {
 public:
  /// Both outlive it.
  KnownRelations(KnownContent& source, KnownContent& destination)
      : source_(source), destination_(destination) {}

  bool fit(const LinkView& link);

  /// Whether, by their schemas, neither side has the relation of the link last given to fit(): a
  /// server silently drops such a link, unless its schemas hide the relation.
  bool isOfNone() const { return lastIsOfNone_; }

  /// Whether the destination would take the id of the other record for the document of this one, in
  /// the link last given to fit(): before Strapi 5 links of `localizations` had ids.
  bool isTakenForDocument(const LinkView& link) const {
    return lastIsOfDocuments_ && !isJsonString(link.right.ref);
  }

 private:
  bool isMissing(std::string_view uid, std::string_view rawField);

  KnownContent& source_;
  KnownContent& destination_;
  // Links come sorted by relation: the answer for one is likely that for the next.
  bool lastIsMorph_ = false;
  std::string lastType_;
  std::string lastField_;
  std::string lastOtherType_;
  std::string lastOtherField_;
  bool lastFits_ = true;
  bool lastIsOfDocuments_ = false;
  bool lastIsOfNone_ = false;
};

namespace detail {

inline KnownAttribute::Kind kindOfAttribute(std::string_view type) {
  using Kind = KnownAttribute::Kind;
  return type == "component"                     ? Kind::component
         : type == "dynamiczone"                 ? Kind::zone
         : type == "relation" || type == "media" ? Kind::relation
         : type == "json" || type == "blocks"    ? Kind::json
         : type.empty() || type == "customField" ? Kind::json
                                                 : Kind::value;
}

inline KnownAttribute readKnownAttribute(std::string_view name, std::string_view json) {
  KnownAttribute attribute;
  attribute.name = std::string(name);
  JsonCursor cursor(json);
  forEachMember(cursor, [&](std::string_view key) {
    const std::string_view value = cursor.skipValue();
    if (key == "type") {
      attribute.type = jsonStringOf(value).value_or("");
    } else if (key == "joinColumn") {
      attribute.isOfDocuments = isToDocument(value);
    } else if (key == "repeatable") {
      attribute.isRepeatable = value == "true";
    } else if (key == "component") {
      attribute.components.push_back(jsonStringOf(value).value_or(""));
    } else if (key == "components") {
      JsonCursor elements(value);
      forEachElement(elements, [&] {
        attribute.components.push_back(jsonStringOf(elements.skipValue()).value_or(""));
      });
    }
  });
  attribute.kind = kindOfAttribute(attribute.type);
  if (attribute.kind == KnownAttribute::Kind::component && attribute.components.empty()) {
    attribute.kind = KnownAttribute::Kind::json;  // The schema does not say what it holds.
  }
  return attribute;
}

}  // namespace detail

inline const KnownAttribute* KnownType::find(std::string_view rawName) const {
  const auto found = std::find_if(
      attributes.begin(), attributes.end(),
      [&](const KnownAttribute& known) { return jsonStringEquals(rawName, known.name); });
  return found == attributes.end() ? nullptr : &*found;
}

inline KnownContent::KnownContent(const std::vector<Schema>& schemas) {
  for (const Schema& schema : schemas) {
    add(schema.uid, schema.json);
  }
}

inline void KnownContent::add(const std::string& uid, std::string_view schema) {
  KnownType type;
  JsonCursor cursor(schema);
  if (!cursor.enterObject()) {
    throw Error(Errc::protocolViolation, "The schema of " + uid + " is not a JSON object.");
  }
  std::string_view key;
  while (cursor.nextKey(key)) {
    if (jsonStringEquals(key, "modelType")) {
      type.isContentType = cursor.skipValue() == "\"contentType\"";
    } else if (jsonStringEquals(key, "attributes")) {
      forEachMember(cursor, [&](std::string_view name) {
        type.attributes.push_back(detail::readKnownAttribute(name, cursor.skipValue()));
      });
    } else {
      cursor.skipValue();
    }
  }
  cursor.expectEnd();
  if (uid.find("::") != std::string::npos) {
    // A column of every content type, though not an attribute of its schema.
    type.attributes.insert(type.attributes.begin(), detail::readKnownAttribute("documentId", "{}"));
  }
  types_.insert_or_assign(uid, std::move(type));
  last_ = types_.end();
}

inline const KnownType* KnownContent::find(std::string_view uid) {
  if (last_ == types_.end() || last_->first != uid) {
    last_ = types_.find(uid);
  }
  return last_ == types_.end() ? nullptr : &last_->second;
}

inline bool KnownContent::knows(const RecordViews& record) {
  if (record.stage == TransferStage::entities) {
    return knowsContentType(record.entity.type);
  }
  return record.stage != TransferStage::links ||
         (types_.count(record.link.left.type) != 0 && types_.count(record.link.right.type) != 0);
}

inline bool KnownContent::knowsContentType(std::string_view uid) {
  const KnownType* type = find(uid);
  return type != nullptr && type->isContentType;
}

inline bool KnownContent::hasRelation(std::string_view uid, std::string_view rawName) {
  const KnownType* type = find(uid);
  const KnownAttribute* attribute = type == nullptr ? nullptr : type->find(rawName);
  return attribute != nullptr && attribute->kind == KnownAttribute::Kind::relation;
}

inline bool KnownContent::isOfDocuments(std::string_view uid, std::string_view rawName) {
  const KnownType* type = find(uid);
  const KnownAttribute* attribute = type == nullptr ? nullptr : type->find(rawName);
  return attribute != nullptr && attribute->isOfDocuments;
}

inline std::vector<std::string> KnownContent::contentTypes() const {
  std::vector<std::string> uids;
  for (const auto& [uid, type] : types_) {
    if (type.isContentType) {
      uids.push_back(uid);
    }
  }
  return uids;
}

inline bool KnownRelations::fit(const LinkView& link) {
  const bool isMorph = link.kind == "relation.morph";
  const LinkEnd& left = link.left;
  const LinkEnd& right = link.right;
  if (isMorph == lastIsMorph_ && left.type == lastType_ && left.field == lastField_ &&
      right.type == lastOtherType_ && right.field == lastOtherField_) {
    return lastFits_;
  }
  lastIsMorph_ = isMorph;
  lastType_ = left.type;
  lastField_ = left.field;
  lastOtherType_ = right.type;
  lastOtherField_ = right.field;
  const std::string_view field = rawJsonStringOf(left.field);
  // The field at the other end of a morph link is where a server looks for it; of other links it is
  // the relation's inverse, which may be missing.
  lastFits_ = !isMissing(left.type, field) &&
              (!isMorph || !isMissing(right.type, rawJsonStringOf(right.field)));
  lastIsOfDocuments_ = destination_.isOfDocuments(left.type, field);
  lastIsOfNone_ =
      !source_.hasRelation(left.type, field) && !destination_.hasRelation(left.type, field);
  return lastFits_;
}

inline bool KnownRelations::isMissing(std::string_view uid, std::string_view rawField) {
  return !rawField.empty() && source_.hasRelation(uid, rawField) &&
         !destination_.hasRelation(uid, rawField);
}

}  // namespace wsferry::strapi
