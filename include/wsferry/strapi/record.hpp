#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <vector>

#include "wsferry/core/error.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

// Typed views of a record's text (protocol section 4). JSON text is as it is in the record, a
// string with its quotes. The rest are the decoded contents of strings. Both are empty if the
// record lacks the member.

/// One attribute of an entity.
struct EntityAttribute {
  std::string_view rawName;  ///< The content of the key's string, undecoded.
  std::string_view value;    ///< JSON text.

  /// From the quote before the key to the end of the value.
  std::string_view member() const {
    const char* const begin = rawName.data() - 1;
    return {begin, static_cast<std::size_t>(value.data() + value.size() - begin)};
  }
};

struct EntityView {
  std::string_view type;
  std::string_view id;                      ///< JSON text.
  std::string_view data;                    ///< JSON text.
  std::vector<EntityAttribute> attributes;  ///< The members of `data`, in order.
};

struct LinkEnd {
  std::string_view type;
  std::string_view ref;       ///< JSON text.
  std::string_view field;     ///< JSON text: the relation at this end.
  std::string_view position;  ///< JSON text.
  std::string_view text;      ///< The end itself, as JSON text.
};

struct LinkView {
  std::string_view kind;
  std::string_view relation;
  LinkEnd left;
  LinkEnd right;
};

struct ConfigurationView {
  std::string_view type;
  std::string_view value;  ///< JSON text.
};

struct SchemaView {
  std::string_view uid;
  std::string_view attributes;  ///< JSON text.
};

/// What was read from a record. The stage decides which view counts.
struct RecordViews {
  TransferStage stage = TransferStage::entities;
  EntityView entity;
  LinkView link;
  ConfigurationView configuration;
  SchemaView schema;

  /// What progress counts by: an entity's type, a link's kind (may be empty), a configuration's
  /// type.
  std::string_view aggregate() const {
    return stage == TransferStage::entities        ? entity.type
           : stage == TransferStage::links         ? link.kind
           : stage == TransferStage::configuration ? configuration.type
                                                   : std::string_view();
  }
};

/// A record on its way from a source to a destination. Your own source passes plain text; an engine
/// reads it once, and the record that it passes to a destination has views, and is one JSON object
/// in UTF-8 with the types that its stage needs. A record owns nothing: text and views are valid
/// during the call that receives it.
class Record {
 public:
  /// One record's JSON text in one line, not read yet.
  template <class Text,
            class = std::enable_if_t<std::is_convertible_v<const Text&, std::string_view>>>
  Record(const Text& text) : text_(text) {}

  /// A record that was read: `views` are of `text`.
  Record(std::string_view text, const RecordViews& views) : text_(text), views_(&views) {}

  std::string_view text() const { return text_; }

  bool isRead() const { return views_ != nullptr; }

  /// @throws Error with Errc::invalidState for plain text.
  const RecordViews& views() const {
    if (views_ == nullptr) {
      throw Error(Errc::invalidState, "The record is plain text that has not been parsed yet.");
    }
    return *views_;
  }

  // The views of the record's stage; the others are empty. @throws Error as views().
  const EntityView& entity() const { return views().entity; }
  const LinkView& link() const { return views().link; }
  const ConfigurationView& configuration() const { return views().configuration; }

 private:
  std::string_view text_;
  const RecordViews* views_ = nullptr;
};

}  // namespace wsferry::strapi
