#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "archive/bounded/key_set.hpp"
#include "archive/check/findings.hpp"
#include "archive/check/link_ends.hpp"
#include "archive/check/link_uses.hpp"
#include "archive/check/schema_use.hpp"
#include "wsferry/strapi/detail/schema/component_attributes.hpp"

namespace wsferry::archive {

/// Whether types have schemas, nothing is there twice, and links lead to something, whatever comes
/// first. Keeps some 10 to 20 bytes of each entity, component and link, and of a link that leads to
/// what has not come yet some 50.
class LinkTargets {
 public:
  explicit LinkTargets(Findings& findings) : findings_(findings) {}

  void addSchema(const std::string& uid, std::string_view json);

  /// False if the same is there already. @throws Error with ArchiveErrc::invalidArchive for another
  /// one of that id. `json` is the whole record, `data` its member.
  bool addEntity(const std::string& type, std::string_view id, std::string_view data,
                 std::string_view json);

  /// The attributes of an entity.
  void addAttributes(std::string_view type,
                     const std::vector<strapi::EntityAttribute>& attributes) {
    schemaUse_.addEntity(type, attributes);
  }

  /// False if it is there already.
  bool addLink(const LinkEnds& link);

  /// What shows only when everything has been seen.
  void finish();

 private:
  struct LinkEnd {
    const std::string* type;
    std::string ref;
    std::uint64_t linkNumber;
  };

  void addLinkEnd(const LinkEnds::End& end);
  void addNames(const std::string& type, std::string_view data);
  bool isKnown(std::string_view type, std::string_view ref) const;
  bool isLost(const LinkEnd& end) const;

  Findings& findings_;
  strapi::ComponentAttributes components_;
  SchemaUse schemaUse_;
  LinkUses linkUses_;
  std::map<std::string, std::uint64_t> schemas_;  ///< With hashes of what they say.
  std::set<std::string> componentTypes_;
  bool schemasCameFirst_ = true;
  std::set<std::string> entityTypes_;
  std::set<std::string> linkTypes_;
  std::map<std::string, std::uint64_t> neverTransferred_;  ///< Records of such types.
  KeySet entities_;
  KeySet records_;  ///< Entities with all they say.
  KeySet names_;    ///< By which links know entities otherwise, and of components.
  KeySet links_;
  std::uint64_t linkCount_ = 0;
  std::vector<LinkEnd> unresolved_;
  std::uint64_t notLookedUp_ = 0;
};

}  // namespace wsferry::archive
