#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "strapi/messages/record_inspector.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// What one side knows, by its schemas (protocol section 7): a destination takes entities of its
/// content types with their attributes, and links between its types. Not thread-safe.
class KnownContent {
 public:
  /// @throws Error with Errc::protocolViolation for a schema that is no JSON object.
  explicit KnownContent(const std::vector<Schema>& schemas);

  /// Whether it has the types of a record. Configuration has none to know.
  bool knows(TransferStage stage, const RecordTypes& types);

  bool knowsType(std::string_view uid) { return find(uid) != nullptr; }

  /// Whether the type has a relation, or a field for files, of this name, which is given undecoded.
  bool hasRelation(std::string_view uid, std::string_view rawName);

  /// The uids of its content types, sorted.
  std::vector<std::string> contentTypes() const;

  /// The entity that `inspector` has read from `record`, without the attributes that the
  /// destination's type lacks: `record` itself where there are none, and a view of `storage`
  /// otherwise. The type must be known.
  std::string_view withKnownAttributes(std::string_view record, const RecordInspector& inspector,
                                       std::string_view type, std::string& storage);

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

  bool fit(const RecordTypes& link);

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
};

}  // namespace wsferry::strapi
