#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/record.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// What one side knows, by its schemas (protocol section 7): a destination takes entities of its
/// content types with their attributes, and links between its types. Not thread-safe.
class KnownContent {
 public:
  /// @throws Error with Errc::protocolViolation for a schema that is no JSON object.
  explicit KnownContent(const std::vector<Schema>& schemas);

  /// Whether it has the types of a record. Configuration has none to know.
  bool knows(const RecordViews& record);

  bool knowsContentType(std::string_view uid);
  bool knowsType(std::string_view uid) { return find(uid) != nullptr; }

  /// Whether the type has a relation, or a field for files, of this name, which is given undecoded.
  bool hasRelation(std::string_view uid, std::string_view rawName);

  /// The uids of its content types, sorted.
  std::vector<std::string> contentTypes() const;

  /// The text of an entity without the attributes that the destination's type lacks: its own where
  /// there are none, and a view of `storage` otherwise. The type must be known.
  std::string_view withKnownAttributes(const Record& record, std::string& storage);

 private:
  struct Attribute {
    std::string name;
    bool isRelation = false;  // also one to files
  };
  struct Type {
    bool isContentType = false;
    // A column of every content type, though not an attribute of its schema.
    std::vector<Attribute> attributes{{"documentId", false}};
  };

  const Type* find(std::string_view uid);

  std::map<std::string, Type, std::less<>> types_;
  // Records come sorted by type: the next one's is likely the last one's.
  std::map<std::string, Type, std::less<>>::const_iterator last_;
};

/// Whether a link fits a destination that has both its types. One of a relation that the source's
/// type has and the destination's has not: a server takes it and stores nothing, or stores what
/// belongs to no field. Not thread-safe.
class KnownRelations {
 public:
  /// Both outlive it.
  KnownRelations(KnownContent& source, KnownContent& destination)
      : source_(source), destination_(destination) {}

  bool fit(const LinkView& link);

  /// Whether neither side has the relation of the link that fit() was asked about last, by their
  /// schemas: a server drops such a link without a word, unless its schemas hide the relation.
  bool isOfNone() const { return lastIsOfNone_; }

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
  bool lastIsOfNone_ = false;
};

namespace detail {

inline bool isRelation(std::string_view attribute) {
  JsonCursor cursor(attribute);
  bool is = false;
  forEachMember(cursor, [&](std::string_view key) {
    const std::string_view value = cursor.skipValue();
    is = is || (key == "type" && (value == "\"relation\"" || value == "\"media\""));
  });
  return is;
}

template <class Attribute>
void readAttributes(JsonCursor& cursor, std::vector<Attribute>& attributes) {
  forEachMember(cursor, [&](std::string_view name) {
    attributes.push_back({std::string(name), isRelation(cursor.skipValue())});
  });
}

// Goes through the names in their own order, in which attributes usually come, so that most are
// found at the first look.
template <class Attribute>
class AttributeNames {
 public:
  explicit AttributeNames(const std::vector<Attribute>& names) : names_(names) {}

  bool contain(std::string_view rawName) {
    for (std::size_t looked = 0; looked < names_.size(); ++looked) {
      const std::string& name = names_[next_].name;
      next_ = next_ + 1 < names_.size() ? next_ + 1 : 0;
      if (jsonStringEquals(rawName, name)) {
        return true;
      }
    }
    return false;
  }

 private:
  const std::vector<Attribute>& names_;
  std::size_t next_ = 0;
};

// The record with only the members `kept` between the braces of its data.
inline void writeKept(std::string_view record, const std::vector<EntityAttribute>& attributes,
                      const std::vector<std::string_view>& kept, std::string& out) {
  const char* begin = attributes.front().member().data();
  const std::string_view last = attributes.back().member();
  const char* end = last.data() + last.size();
  out.assign(record.data(), begin);
  bool isFirst = true;
  for (const std::string_view member : kept) {
    out.append(isFirst ? "" : ",").append(member);
    isFirst = false;
  }
  out.append(end, record.data() + record.size());
}

}  // namespace detail

inline KnownContent::KnownContent(const std::vector<Schema>& schemas) {
  for (const Schema& schema : schemas) {
    Type& type = types_[schema.uid];
    JsonCursor cursor(schema.json);
    if (!cursor.enterObject()) {
      throw Error(Errc::protocolViolation, "The schema of " + schema.uid + " is no JSON object.");
    }
    std::string_view key;
    while (cursor.nextKey(key)) {
      if (jsonStringEquals(key, "modelType")) {
        type.isContentType = cursor.skipValue() == "\"contentType\"";
      } else if (jsonStringEquals(key, "attributes")) {
        detail::readAttributes(cursor, type.attributes);
      } else {
        cursor.skipValue();
      }
    }
    cursor.expectEnd();
  }
  last_ = types_.end();
}

inline const KnownContent::Type* KnownContent::find(std::string_view uid) {
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
  const Type* type = find(uid);
  return type != nullptr && type->isContentType;
}

inline bool KnownContent::hasRelation(std::string_view uid, std::string_view rawName) {
  const Type* type = find(uid);
  return type != nullptr && std::any_of(type->attributes.begin(), type->attributes.end(),
                                        [&](const Attribute& attribute) {
                                          return attribute.isRelation &&
                                                 jsonStringEquals(rawName, attribute.name);
                                        });
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
  lastIsOfNone_ =
      !source_.hasRelation(left.type, field) && !destination_.hasRelation(left.type, field);
  return lastFits_;
}

inline bool KnownRelations::isMissing(std::string_view uid, std::string_view rawField) {
  return !rawField.empty() && source_.hasRelation(uid, rawField) &&
         !destination_.hasRelation(uid, rawField);
}

inline std::string_view KnownContent::withKnownAttributes(const Record& record,
                                                          std::string& storage) {
  const auto& attributes = record.entity().attributes;
  detail::AttributeNames names(find(record.entity().type)->attributes);
  std::size_t prefix = 0;
  while (prefix < attributes.size() && names.contain(attributes[prefix].rawName)) {
    ++prefix;
  }
  if (prefix == attributes.size()) {
    return record.text();
  }
  std::vector<std::string_view> kept;
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if (i < prefix || (i > prefix && names.contain(attributes[i].rawName))) {
      kept.push_back(attributes[i].member());
    }
  }
  detail::writeKept(record.text(), attributes, kept, storage);
  return storage;
}

}  // namespace wsferry::strapi
