#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/record.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// What a record says, whether valid or not.
struct RecordReading : RecordViews {
  /// Why it cannot be transferred, to follow "record": words around a member's name.
  struct Problem {
    const char* before = nullptr;  ///< Null for a valid record.
    const char* member = "";
    const char* after = "";

    explicit operator bool() const { return before != nullptr; }
    std::string text() const { return std::string(before) + member + after; }
  };
  Problem problem;
  bool isObject = false;

  /// Whether there is a string that says what the record counts as: an entity's or configuration's
  /// type, a link's kind, a schema's uid. It may be empty.
  bool hasName = false;

  std::string_view name() const {
    return stage == TransferStage::schemas ? schema.uid : aggregate();
  }
};

/// Reads one record after another, each in one strict pass. Escapes in keys and types are decoded;
/// a record that gives one of these members twice is invalid, because readers differ in which of
/// them counts, and a forbidden type could hide behind the other. Results are valid until the next
/// call and as long as the record's text. Not thread-safe.
class RecordReader {
 public:
  /// The record with its views: one JSON object in UTF-8 with the types that its stage needs, which
  /// are an entity's and a configuration's own, and those of both ends of a link. `record` itself
  /// if it was read. @throws Error with Errc::protocolViolation otherwise, saying what is wrong.
  Record read(TransferStage stage, const Record& record);

  /// For callers with their own rules: whatever `text`, which must be UTF-8, says. @throws Error as
  /// JsonCursor, for text that is not JSON; what came before is in reading().
  const RecordReading& look(TransferStage stage, std::string_view text);

  /// The same for the next value of a larger text. `mayEscape` is false for one without any
  /// backslash, which saves a search in each string.
  const RecordReading& look(TransferStage stage, JsonCursor& cursor, bool mayEscape);

  const RecordReading& reading() const { return reading_; }

  /// @throws Error with Errc::protocolViolation for a reading that has a problem.
  static void refuseProblem(const RecordReading& reading);

 private:
  enum class Key {
    other,
    type,
    id,
    data,
    kind,
    relation,
    left,
    right,
    ref,
    field,
    pos,
    value,
    uid,
    attributes
  };
  // A string that a record may have once.
  struct Once {
    bool isThere = false;
    std::string storage;  // of one with escapes
  };

  Key keyOf(std::string_view raw) const;
  static Key plainKeyOf(std::string_view raw);
  std::string_view decoded(std::string_view raw, std::string& storage) const;
  void start(TransferStage stage);
  void readEntity(JsonCursor& cursor);
  void readLink(JsonCursor& cursor);
  void readConfiguration(JsonCursor& cursor);
  void readSchema(JsonCursor& cursor);
  void readData(JsonCursor& cursor);
  void readEnd(JsonCursor& cursor, LinkEnd& end, Once& type, const char* name);
  bool readText(JsonCursor& cursor, Once& once, std::string_view& text, const char* name);
  void readName(JsonCursor& cursor, Once& once, std::string_view& text, const char* name);
  void note(const char* before, const char* member, const char* after);
  void require(const Once& once, const char* name);

  RecordReading reading_;
  bool mayEscape_ = true;  // whether there is a backslash anywhere, as far as that is known
  bool hasData_ = false;
  Once type_;
  Once kind_;
  std::string relation_;
  Once leftType_;
  Once rightType_;
};

/// Identifies a record for a person: "type id" for an entity, the same for both ends of a link,
/// "type" without an id.
std::string nameOf(const RecordReading& reading);

inline void RecordReader::refuseProblem(const RecordReading& reading) {
  if (reading.problem) {
    throw Error(Errc::protocolViolation, "record " + reading.problem.text())
        .at(toString(reading.stage));
  }
}

inline Record RecordReader::read(TransferStage stage, const Record& record) {
  if (record.isRead()) {
    return record;
  }
  if (isUtf8(record.text())) {
    look(stage, record.text());
  } else {
    start(stage);
    note("is not UTF-8", "", "");
  }
  refuseProblem(reading_);
  return {record.text(), reading_};
}

inline const RecordReading& RecordReader::look(TransferStage stage, std::string_view text) {
  JsonCursor cursor(text);
  look(stage, cursor, text.find('\\') != std::string_view::npos);
  cursor.expectEnd();
  return reading_;
}

inline const RecordReading& RecordReader::look(TransferStage stage, JsonCursor& cursor,
                                               bool mayEscape) {
  mayEscape_ = mayEscape;
  start(stage);
  if (!cursor.enterObject()) {
    note("is not an object", "", "");
    cursor.skipValue();
    return reading_;
  }
  reading_.isObject = true;
  switch (stage) {
    case TransferStage::entities:
      readEntity(cursor);
      break;
    case TransferStage::links:
      readLink(cursor);
      break;
    case TransferStage::configuration:
      readConfiguration(cursor);
      break;
    case TransferStage::schemas:
    case TransferStage::assets:
      readSchema(cursor);
  }
  return reading_;
}

// What other stages have was cleared when the stage changed: there is a lot of it for each record.
inline void RecordReader::start(TransferStage stage) {
  if (stage != reading_.stage) {
    reading_ = RecordReading();
    reading_.stage = stage;
  } else if (stage == TransferStage::links) {
    reading_.link = LinkView();
  } else {
    EntityView& entity = reading_.entity;
    entity.type = entity.id = entity.data = {};
    entity.attributes.clear();
    reading_.configuration = ConfigurationView();
    reading_.schema = SchemaView();
  }
  reading_.problem = {};
  reading_.isObject = reading_.hasName = hasData_ = false;
  type_.isThere = kind_.isThere = leftType_.isThere = rightType_.isThere = false;
}

namespace detail {

// For texts of the same size: one register comparison, because the size is known.
template <std::size_t Size>
bool isText(std::string_view text, const char (&expected)[Size]) {
  return std::memcmp(text.data(), expected, Size - 1) == 0;
}

}  // namespace detail

inline RecordReader::Key RecordReader::plainKeyOf(std::string_view raw) {
  using detail::isText;
  switch (raw.size()) {
    case 2:
      return isText(raw, "id") ? Key::id : Key::other;
    case 3:
      return isText(raw, "ref")   ? Key::ref
             : isText(raw, "pos") ? Key::pos
             : isText(raw, "uid") ? Key::uid
                                  : Key::other;
    case 4:
      return isText(raw, "type")   ? Key::type
             : isText(raw, "data") ? Key::data
             : isText(raw, "kind") ? Key::kind
             : isText(raw, "left") ? Key::left
                                   : Key::other;
    case 5:
      return isText(raw, "right")   ? Key::right
             : isText(raw, "field") ? Key::field
             : isText(raw, "value") ? Key::value
                                    : Key::other;
    case 8:
      return isText(raw, "relation") ? Key::relation : Key::other;
    case 10:
      return isText(raw, "attributes") ? Key::attributes : Key::other;
    default:
      return Key::other;
  }
}

inline RecordReader::Key RecordReader::keyOf(std::string_view raw) const {
  const Key key = plainKeyOf(raw);
  if (key != Key::other || !mayEscape_ || raw.find('\\') == std::string_view::npos) {
    return key;
  }
  std::string storage;
  return plainKeyOf(decodeJsonString(raw, storage));
}

inline std::string_view RecordReader::decoded(std::string_view raw, std::string& storage) const {
  return mayEscape_ ? decodeJsonString(raw, storage) : raw;
}

inline void RecordReader::readEntity(JsonCursor& cursor) {
  std::string_view key;
  while (cursor.nextKey(key)) {
    switch (keyOf(key)) {
      case Key::type:
        readName(cursor, type_, reading_.entity.type, "type");
        break;
      case Key::id:
        reading_.entity.id = cursor.skipValue();
        break;
      case Key::data:
        readData(cursor);
        break;
      default:
        cursor.skipValue();
    }
  }
  require(type_, "type");
}

inline void RecordReader::readConfiguration(JsonCursor& cursor) {
  std::string_view key;
  while (cursor.nextKey(key)) {
    switch (keyOf(key)) {
      case Key::type:
        readName(cursor, type_, reading_.configuration.type, "type");
        break;
      case Key::value:
        reading_.configuration.value = cursor.skipValue();
        break;
      default:
        cursor.skipValue();
    }
  }
  require(type_, "type");
}

inline void RecordReader::readLink(JsonCursor& cursor) {
  LinkView& link = reading_.link;
  std::string_view key;
  while (cursor.nextKey(key)) {
    switch (keyOf(key)) {
      case Key::kind:
        readName(cursor, kind_, link.kind, "kind");
        break;
      case Key::relation:
        link.relation = decoded(rawJsonStringOf(cursor.skipValue()), relation_);
        break;
      case Key::left:
        readEnd(cursor, link.left, leftType_, "left.type");
        break;
      case Key::right:
        readEnd(cursor, link.right, rightType_, "right.type");
        break;
      default:
        cursor.skipValue();
    }
  }
  require(leftType_, "left.type");
  require(rightType_, "right.type");
}

inline void RecordReader::readSchema(JsonCursor& cursor) {
  const bool isSchema = reading_.stage == TransferStage::schemas;
  std::string_view key;
  while (cursor.nextKey(key)) {
    const Key known = isSchema ? keyOf(key) : Key::other;
    const std::string_view value = cursor.skipValue();
    if (known == Key::uid) {
      reading_.hasName = isJsonString(value);
      reading_.schema.uid = decoded(rawJsonStringOf(value), type_.storage);
    } else if (known == Key::attributes) {
      reading_.schema.attributes = value;
    }
  }
}

inline void RecordReader::readData(JsonCursor& cursor) {
  EntityView& entity = reading_.entity;
  if (hasData_) {
    note("has data twice", "", "");
    entity.attributes.clear();
  }
  hasData_ = true;
  cursor.peek();
  const std::size_t begin = cursor.offset();
  if (!cursor.enterObject()) {
    entity.data = cursor.skipValue();
    return;
  }
  std::string_view name;
  while (cursor.nextKey(name)) {
    entity.attributes.push_back({name, cursor.skipValue()});
  }
  entity.data = cursor.since(begin);
}

inline void RecordReader::readEnd(JsonCursor& cursor, LinkEnd& end, Once& type, const char* name) {
  cursor.peek();
  const std::size_t begin = cursor.offset();
  end = {};
  if (!cursor.enterObject()) {
    note("has no object where ", name, " belongs");
    end.text = cursor.skipValue();
    return;
  }
  bool found = false;
  std::string_view key;
  while (cursor.nextKey(key)) {
    switch (keyOf(key)) {
      case Key::type:
        readText(cursor, type, end.type, name);
        found = true;
        break;
      case Key::ref:
        end.ref = cursor.skipValue();
        break;
      case Key::field:
        end.field = cursor.skipValue();
        break;
      case Key::pos:
        end.position = cursor.skipValue();
        break;
      default:
        cursor.skipValue();
    }
  }
  end.text = cursor.since(begin);
  // Told here already: an end given twice, the second time without a type, must not pass.
  if (!found) {
    note("lacks ", name, "");
  }
}

// False for a value that is not a string, and for all but the first with its name: these leave
// `text` alone.
inline bool RecordReader::readText(JsonCursor& cursor, Once& once, std::string_view& text,
                                   const char* name) {
  const std::string_view json = cursor.skipValue();
  if (once.isThere) {
    note("has ", name, " twice");
    return false;
  }
  if (!isJsonString(json)) {
    note("has no string as ", name, "");
    return false;
  }
  once.isThere = true;
  text = decoded(rawJsonStringOf(json), once.storage);
  return true;
}

inline void RecordReader::readName(JsonCursor& cursor, Once& once, std::string_view& text,
                                   const char* name) {
  reading_.hasName = readText(cursor, once, text, name) || reading_.hasName;
}

inline void RecordReader::note(const char* before, const char* member, const char* after) {
  if (!reading_.problem) {
    reading_.problem = {before, member, after};
  }
}

inline void RecordReader::require(const Once& once, const char* name) {
  if (!once.isThere) {
    note("lacks ", name, "");
  }
}

inline std::string nameOf(const RecordReading& reading) {
  const auto named = [](std::string_view type, std::string_view idText) {
    std::string name(type);
    if (!idText.empty()) {
      name.append(" ").append(jsonStringOf(idText).value_or(std::string(idText)));
    }
    return name;
  };
  if (reading.stage == TransferStage::links) {
    const LinkView& link = reading.link;
    return named(link.left.type, link.left.ref) + " -> " + named(link.right.type, link.right.ref);
  }
  return named(reading.aggregate(), reading.entity.id);
}

}  // namespace wsferry::strapi
