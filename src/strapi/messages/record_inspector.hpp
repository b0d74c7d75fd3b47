#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/json_cursor.hpp"
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

}  // namespace wsferry::strapi
