#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "archive/bounded/key_set.hpp"
#include "archive/bounded/text_hash.hpp"
#include "archive/findings/findings.hpp"
#include "archive/links/document_names.hpp"
#include "archive/links/link_uses.hpp"
#include "archive/links/schema_use.hpp"
#include "wsferry/strapi/detail/schema/component_attributes.hpp"
#include "wsferry/strapi/record.hpp"

namespace wsferry::archive {

/// Equal for what counts as the same link: what a database keeps each pair of only once does,
/// wherever it stands among others.
std::uint64_t keyOfLink(const strapi::LinkView& link);

/// Whether types have schemas, nothing is there twice, and links lead to something, whatever comes
/// first. Keeps some 20 to 40 bytes of each entity, 10 to 20 of each component and link, and of a
/// link that leads to what has not come yet some 50.
class LinkTargets {
 public:
  explicit LinkTargets(Findings& findings) : findings_(findings) {}

  // Its parts refer to one another.
  LinkTargets(const LinkTargets&) = delete;
  LinkTargets& operator=(const LinkTargets&) = delete;

  void addSchema(const std::string& uid, std::string_view json);

  /// False if the same is there already. @throws Error with ArchiveErrc::invalidArchive for another
  /// one of that id, which is given as one text for all ways to write it. `json` is the whole
  /// record.
  bool addEntity(const strapi::EntityView& entity, std::string_view id, std::string_view json);

  /// The attributes of an entity, which may be there already.
  void addAttributes(const strapi::EntityView& entity) { schemaUse_.addEntity(entity); }

  /// False if it is there already.
  bool addLink(const strapi::LinkView& link);

  /// What shows only when everything has been seen.
  void finish();

 private:
  // Records come sorted by type: the next one's is likely the last one's.
  struct LastType {
    std::string uid;
    std::uint64_t hash = hashOf({});
    bool isNeverTransferred = false;
    const strapi::ComponentAttributes::OfType* components = nullptr;
    bool hasDocuments = false;

    // False if it is that type already.
    bool become(std::string_view type);
    std::uint64_t keyOf(std::string_view id) const { return hashOf(id, hash); }
  };
  struct Content {
    std::uint64_t hash = 0;
  };
  struct LostEnd {
    const std::string* type;
    std::string ref;
    std::uint64_t linkNumber;
  };

  void addLinkEnd(const LastType& type, std::string_view id);
  void addNames(const strapi::EntityView& entity, std::uint64_t key);
  void addComponent(std::string_view type, std::string_view id);
  void checkDoubled(const LastType& type, std::string_view id);
  bool isKnown(std::uint64_t key) const { return entities_.contains(key) || names_.contains(key); }
  bool isLost(const LostEnd& end) const;

  Findings& findings_;
  strapi::ComponentAttributes components_;
  strapi::LinkedAttributes attributes_;
  SchemaUse schemaUse_;
  LinkUses linkUses_{attributes_};
  DocumentNames documents_;
  std::map<std::string, std::uint64_t> schemas_;  ///< With hashes of what they say.
  std::set<std::string> componentTypes_;
  bool schemasCameFirst_ = true;
  std::set<std::string> entityTypes_;
  std::set<std::string> linkTypes_;
  std::map<std::string, std::uint64_t> neverTransferred_;  ///< Records of such types.
  LastType entityType_;
  LastType leftType_;
  LastType rightType_;
  KeyTable<Content> entities_;  ///< With all they say.
  KeySet otherContents_;        ///< Of entities that came again and say something else.
  KeySet names_;                ///< By which links know entities otherwise, and of components.
  KeySet links_;
  KeySet doubledComponents_;
  std::uint64_t doubledCount_ = 0;
  std::string firstDoubled_;
  std::uint64_t linkCount_ = 0;
  std::vector<LostEnd> unresolved_;
  std::uint64_t notLookedUp_ = 0;
};

}  // namespace wsferry::archive
