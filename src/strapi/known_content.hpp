#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "strapi/record_inspector.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// What a destination can take, by its schemas (protocol section 7): entities of its content types
/// with their attributes, and links between its types. Not thread-safe.
class KnownContent {
 public:
  /// @throws Error with Errc::protocolViolation for a schema that is no JSON object.
  explicit KnownContent(const std::vector<Schema>& schemas);

  /// Whether the destination has the types of a record. Configuration has none to know.
  bool knows(TransferStage stage, const RecordTypes& types);

  /// The entity that `inspector` has read from `record`, without the attributes that the
  /// destination's type lacks: `record` itself where there are none, and a view of `storage`
  /// otherwise. The type must be known.
  std::string_view withKnownAttributes(std::string_view record, const RecordInspector& inspector,
                                       std::string_view type, std::string& storage);

 private:
  struct Type {
    bool isContentType = false;
    // A column of every content type, though not an attribute of its schema.
    std::vector<std::string> attributes{"documentId"};
  };

  const Type* find(std::string_view uid);

  std::map<std::string, Type, std::less<>> types_;
  // Records come sorted by type: the next one's is likely the last one's.
  std::map<std::string, Type, std::less<>>::const_iterator last_;
};

}  // namespace wsferry::strapi
