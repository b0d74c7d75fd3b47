#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// What filters and progress need to know of a record (protocol section 4). The views are valid
/// until the inspector's next call and as long as the record's text.
struct RecordTypes {
  std::string_view type;       ///< An entity's type, or that of a link's left end.
  std::string_view otherType;  ///< That of a link's right end.
  /// What progress counts by: an entity's type, a link's kind (may be empty), a configuration's
  /// type.
  std::string_view aggregate;

  std::string_view id;       ///< An entity's id, or what a link's left end refers to; JSON text.
  std::string_view otherId;  ///< What its right end refers to.
  std::string_view field;    ///< The relation at its left end, undecoded; empty for none.
  std::string_view otherField;
};

/// One attribute of an entity, as slices of the record's text.
struct EntityAttribute {
  std::string_view rawName;  ///< Undecoded content of the key's string.
  std::string_view member;   ///< From the quote before the key to the end of the value.
  std::string_view value;    ///< As JSON text.
};

/// Reads the types of one record after the other, in one strict pass over each. Escapes in keys and
/// types are decoded; a record that gives one of these members twice is refused, because readers
/// differ in which of them counts, and a type that must not pass could hide behind the other.
/// Not thread-safe.
class RecordInspector {
 public:
  /// Checks that `record` is one JSON object with the types that its stage needs: entities and
  /// configuration their type, links the type of both ends. Of other stages nothing is read.
  /// @throws Error with Errc::protocolViolation otherwise, saying what is wrong.
  RecordTypes inspect(TransferStage stage, std::string_view record);

  /// The attributes of the entity inspected last; none of anything else. Valid as its types are.
  const std::vector<EntityAttribute>& attributes() const { return attributes_; }

 private:
  // A type as read: a view of the record, or of the storage where it had escapes.
  struct Member {
    bool present = false;
    std::string_view value;
    std::string storage;
  };

  void readMembers(JsonCursor& cursor);
  void readAttributes(JsonCursor& cursor);
  // What a link's end has besides its type; an entity has an id. Slices of the record.
  struct Reference {
    std::string_view id;
    std::string_view field;
  };

  void readLinkEnd(JsonCursor& cursor, Member& type, Reference& reference, std::string_view name);
  void readMember(JsonCursor& cursor, Member& member, std::string_view name);
  void require(const Member& member, std::string_view name) const;
  [[noreturn]] void fail(std::string_view what) const;

  TransferStage stage_ = TransferStage::entities;
  Member type_;
  Member otherType_;
  Member kind_;
  Reference reference_;
  Reference otherReference_;
  bool hasData_ = false;
  std::vector<EntityAttribute> attributes_;
};

/// The records of a message, as slices of its text. `null` counts as no records.
class RecordArray {
 public:
  /// @throws Error with Errc::protocolViolation, here and in next(), if the text is not one JSON
  /// array.
  explicit RecordArray(std::string_view arrayText);

  /// The next record, checked to be JSON, or false at the end. What it throws names the record, as
  /// far as it could be read.
  bool next(std::string_view& record);

 private:
  std::string_view text_;
  JsonCursor cursor_;
  bool ended_ = false;
};

/// A record on one line, as archives hold them: line breaks between its tokens, legal in JSON, are
/// left out. Returns `record` itself where there are none, and a view of `storage` otherwise.
std::string_view oneLine(std::string_view record, std::string& storage);

inline void RecordInspector::fail(std::string_view what) const {
  throw Error(Errc::protocolViolation, "record " + std::string(what)).at(toString(stage_));
}

inline RecordTypes RecordInspector::inspect(TransferStage stage, std::string_view record) {
  stage_ = stage;
  JsonCursor cursor(record);
  readMembers(cursor);
  cursor.expectEnd();
  if (stage == TransferStage::links) {
    require(type_, "left.type");
    require(otherType_, "right.type");
    return {type_.value,        otherType_.value, kind_.value,          reference_.id,
            otherReference_.id, reference_.field, otherReference_.field};
  }
  if (stage == TransferStage::entities || stage == TransferStage::configuration) {
    require(type_, "type");
    return {type_.value, {}, type_.value, reference_.id, {}, {}, {}};
  }
  return {};
}

inline void RecordInspector::readMembers(JsonCursor& cursor) {
  const bool isLink = stage_ == TransferStage::links;
  const bool hasType = stage_ == TransferStage::entities || stage_ == TransferStage::configuration;
  for (Member* member : {&type_, &otherType_, &kind_}) {
    member->present = false;
    member->value = {};
  }
  reference_ = otherReference_ = {};
  attributes_.clear();
  hasData_ = false;
  if (!cursor.enterObject()) {
    fail("is not an object");
  }
  std::string_view key;
  while (cursor.nextKey(key)) {
    if (hasType && jsonStringEquals(key, "type")) {
      readMember(cursor, type_, "type");
    } else if (isLink && jsonStringEquals(key, "kind")) {
      readMember(cursor, kind_, "kind");
    } else if (isLink && jsonStringEquals(key, "left")) {
      readLinkEnd(cursor, type_, reference_, "left.type");
    } else if (isLink && jsonStringEquals(key, "right")) {
      readLinkEnd(cursor, otherType_, otherReference_, "right.type");
    } else if (stage_ == TransferStage::entities && jsonStringEquals(key, "data")) {
      readAttributes(cursor);
    } else if (stage_ == TransferStage::entities && jsonStringEquals(key, "id")) {
      reference_.id = cursor.skipValue();
    } else {
      cursor.skipValue();
    }
  }
}

inline void RecordInspector::readAttributes(JsonCursor& cursor) {
  if (hasData_) {
    fail("has data twice");
  }
  hasData_ = true;
  if (!cursor.enterObject()) {
    cursor.skipValue();
    return;
  }
  std::string_view name;
  while (cursor.nextKey(name)) {
    const char* begin = name.data() - 1;
    const std::string_view value = cursor.skipValue();
    attributes_.push_back(
        {name, {begin, static_cast<std::size_t>(value.data() + value.size() - begin)}, value});
  }
}

inline void RecordInspector::readLinkEnd(JsonCursor& cursor, Member& type, Reference& reference,
                                         std::string_view name) {
  if (!cursor.enterObject()) {
    fail("has no object where " + std::string(name) + " belongs");
  }
  std::string_view key;
  bool found = false;
  while (cursor.nextKey(key)) {
    if (jsonStringEquals(key, "type")) {
      readMember(cursor, type, name);
      found = true;
    } else if (jsonStringEquals(key, "ref")) {
      reference.id = cursor.skipValue();
    } else if (jsonStringEquals(key, "field")) {
      reference.field = rawJsonStringOf(cursor.skipValue());
    } else {
      cursor.skipValue();
    }
  }
  // Told here already: an end given twice, the second time without a type, must not pass.
  if (!found) {
    fail("lacks " + std::string(name));
  }
}

inline void RecordInspector::readMember(JsonCursor& cursor, Member& member, std::string_view name) {
  if (member.present) {
    fail("has " + std::string(name) + " twice");
  }
  if (cursor.peek() != '"') {
    fail("has no string as " + std::string(name));
  }
  member.present = true;
  member.value = decodeJsonString(cursor.readRawString(), member.storage);
}

inline void RecordInspector::require(const Member& member, std::string_view name) const {
  if (!member.present) {
    fail("lacks " + std::string(name));
  }
}

namespace detail {

// The type and id of a record that is no JSON further on: where they stand first, as servers write
// them.
inline std::string startOf(std::string_view record) {
  std::string text;
  try {
    JsonCursor cursor(record);
    std::string_view key;
    if (!cursor.enterObject()) {
      return text;
    }
    while (cursor.nextKey(key) && (jsonStringEquals(key, "type") || jsonStringEquals(key, "id")) &&
           cursor.peek() != '{' && cursor.peek() != '[') {
      text.append(" ").append(printable(cursor.skipValue(), 100));
    }
  } catch (const Error&) {  // Then there is no more to tell.
    return text;
  }
  return text;
}

}  // namespace detail

inline RecordArray::RecordArray(std::string_view arrayText) : text_(arrayText), cursor_(arrayText) {
  if (!cursor_.enterArray()) {
    if (cursor_.peek() != 'n') {
      throw Error(Errc::protocolViolation, "the records of a message are not an array");
    }
    cursor_.skipValue();
    cursor_.expectEnd();
    ended_ = true;
  }
}

inline bool RecordArray::next(std::string_view& record) {
  if (ended_) {
    return false;
  }
  if (!cursor_.nextElement()) {
    cursor_.expectEnd();
    ended_ = true;
    return false;
  }
  const std::string_view rest = text_.substr(cursor_.offset());
  try {
    record = cursor_.skipValue();
  } catch (const Error& error) {
    const std::string start = detail::startOf(rest);
    throw error.withMessage(error.info().message +
                            (start.empty() ? "" : ", in the record" + start));
  }
  return true;
}

inline std::string_view oneLine(std::string_view record, std::string& storage) {
  if (record.find('\n') == std::string_view::npos && record.find('\r') == std::string_view::npos) {
    return record;
  }
  storage.clear();
  std::copy_if(record.begin(), record.end(), std::back_inserter(storage),
               [](char c) { return c != '\n' && c != '\r'; });
  return storage;
}

}  // namespace wsferry::strapi
