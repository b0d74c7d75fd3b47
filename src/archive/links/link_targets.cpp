#include "archive/links/link_targets.hpp"

#include <algorithm>

#include "archive/text/entity_text.hpp"
#include "archive/text/id_text.hpp"
#include "archive/text/json_members.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {
namespace {

// Of link ends that wait for the entity they lead to. Exports have links last.
constexpr std::size_t mostUnresolved = 1'000'000;

bool isComponentSchema(std::string_view json) {
  bool isComponent = false;
  forEachMember(json, [&](std::string_view key, std::string_view value) {
    isComponent = isComponent || (key == "modelType" && jsonStringOf(value) == "component");
  });
  return isComponent;
}

// That of the same link from the relation's own end.
std::uint64_t ownKeyOf(const strapi::LinkView& link, const LinkUse* use) {
  const auto* const attribute = use == nullptr ? nullptr : use->attribute;
  if (attribute == nullptr || attribute->hasNoLinks() || attribute->ownerField.empty()) {
    return keyOfLink(link);
  }
  const std::string field = encodeJsonString(attribute->ownerField);
  strapi::LinkView owned{link.kind, link.relation, link.right, link.left};
  owned.left.field = field;
  return keyOfLink(owned);
}

}  // namespace

std::uint64_t keyOfLink(const strapi::LinkView& link) {
  // A file may stand twice in one list, and its links differ in their places only.
  const bool hasPlace = link.kind == "relation.morph";
  std::uint64_t key = hashOf(link.kind);
  std::string storage;
  for (const auto* end : {&link.left, &link.right}) {
    key = hashOf(end->type, key);
    key = hashOf(idText(end->ref, storage), key);
    key = hashOf(end->field, key);
    key = hashOf(hasPlace ? end->position : std::string_view(), key);
  }
  return key;
}

bool LinkTargets::LastType::become(std::string_view type) {
  if (uid == type) {
    return false;
  }
  uid = type;
  hash = hashOf(type);
  isNeverTransferred = strapi::isNeverTransferred(type);
  return true;
}

void LinkTargets::addSchema(const std::string& uid, std::string_view json) {
  const auto [known, isNew] = schemas_.emplace(uid, hashOf(json));
  if (!isNew && known->second == hashOf(json)) {
    findings_.remark("the schema of " + uid + " occurs twice");
    return;
  }
  if (!isNew) {
    findings_.lose("the schema of " + uid + " occurs twice, and the last one counts");
  }
  known->second = hashOf(json);
  schemasCameFirst_ = schemasCameFirst_ && entityTypes_.empty();
  entityType_ = LastType();
  components_.addSchema(uid, json);
  attributes_.addSchema(uid, json);
  schemaUse_.addSchema(uid, json);
  linkUses_.schemaCame(uid);
  if (isComponentSchema(json)) {
    componentTypes_.insert(uid);
  }
}

bool LinkTargets::addEntity(const strapi::EntityView& entity, std::string_view id,
                            std::string_view json) {
  if (entityType_.become(entity.type)) {
    entityTypes_.insert(entityType_.uid);
    entityType_.components = &components_.of(entity.type);
    // Without the schema, which may come behind, it may have.
    entityType_.hasDocuments =
        attributes_.of(entity.type) == nullptr || attributes_.haveDocuments(entity.type);
  }
  if (entityType_.isNeverTransferred) {
    ++neverTransferred_[entityType_.uid];
    return true;
  }
  const std::uint64_t key = entityType_.keyOf(id);
  entities_.prefetch(key);
  const std::uint64_t hash = hashOf(json);
  const auto [content, isNew] = entities_.insert(key);
  if (!isNew) {
    if (content.hash == hash || !otherContents_.insert(hash)) {
      return false;
    }
    throw Error(ArchiveErrc::invalidArchive,
                entityType_.uid + " " + std::string(id) + " occurs twice, with different content");
  }
  content.hash = hash;
  addNames(entity, key);
  return true;
}

void LinkTargets::addNames(const strapi::EntityView& entity, std::uint64_t key) {
  std::string storage;
  std::string_view document;
  std::string_view locale;
  std::string_view publishedAt;
  const bool hasComponents = !entityType_.components->empty();
  for (const strapi::EntityAttribute& attribute : entity.attributes) {
    if (jsonStringEquals(attribute.rawName, "documentId")) {
      document = rawJsonStringOf(attribute.value);
    } else if (jsonStringEquals(attribute.rawName, "locale")) {
      locale = attribute.value;
    } else if (jsonStringEquals(attribute.rawName, "publishedAt")) {
      publishedAt = attribute.value;
    }
    if (hasComponents) {
      const auto holder =
          entityType_.components->find(decodeJsonString(attribute.rawName, storage));
      if (holder != entityType_.components->end()) {
        components_.forEachComponentIn(holder->second, attribute.value,
                                       [this](std::string_view component, std::string_view id) {
                                         std::string text;
                                         addComponent(component, idText(id, text));
                                       });
      }
    }
  }
  const std::string_view name = decodeJsonString(document, storage);
  if (!name.empty()) {
    names_.insert(entityType_.keyOf(name));
  }
  if (entityType_.hasDocuments) {
    const bool isDraft = publishedAt.empty() || publishedAt == "null";
    documents_.addEntity(key, entityType_.keyOf(name), name, locale, isDraft);
  }
}

// A server makes a row of each, and gives the links to the last.
void LinkTargets::addComponent(std::string_view type, std::string_view id) {
  const std::uint64_t key = keyOf(type, id);
  if (names_.insert(key)) {
    return;
  }
  const std::string name = std::string(type).append(" ").append(id);
  if (linkCount_ > 0) {
    throw Error(ArchiveErrc::invalidArchive, "the component " + name + " occurs twice");
  }
  doubledComponents_.insert(key);
  firstDoubled_ = ++doubledCount_ == 1 ? name : firstDoubled_;
}

void LinkTargets::checkDoubled(const LastType& type, std::string_view id) {
  if (doubledCount_ > 0 && doubledComponents_.contains(type.keyOf(id))) {
    findings_.refuse("the component " + type.uid + " " + std::string(id) +
                     " occurs twice, and a link leads to it: a server gives the link to the last");
  }
}

bool LinkTargets::addLink(const strapi::LinkView& link) {
  ++linkCount_;
  // All three places at once: the memory answers while the rest is done.
  std::string leftStorage;
  std::string rightStorage;
  const std::string_view leftId = idText(link.left.ref, leftStorage);
  const std::string_view rightId = idText(link.right.ref, rightStorage);
  leftType_.become(link.left.type);
  rightType_.become(link.right.type);
  entities_.prefetch(leftType_.keyOf(leftId));
  entities_.prefetch(rightType_.keyOf(rightId));
  LinkUse* const use = leftType_.isNeverTransferred ? nullptr : linkUses_.of(link);
  const std::uint64_t key = ownKeyOf(link, use);
  links_.prefetch(key);
  addLinkEnd(leftType_, leftId);
  addLinkEnd(rightType_, rightId);
  checkDoubled(leftType_, leftId);
  checkDoubled(rightType_, rightId);
  const bool isNew = links_.insert(key);
  if (isNew && use != nullptr) {
    linkUses_.add(*use, leftId, linkCount_);
    // Without the schema only text can be a document; finish() asks again.
    if (use->attribute == nullptr ? isJsonString(link.right.ref) : use->attribute->isDocument) {
      documents_.addLink(*use, leftType_.keyOf(leftId), rightId, linkCount_);
    }
  }
  return isNew;
}

void LinkTargets::addLinkEnd(const LastType& type, std::string_view id) {
  if (type.isNeverTransferred) {
    ++neverTransferred_[type.uid];
  } else if (!isKnown(type.keyOf(id))) {
    if (unresolved_.size() == mostUnresolved) {
      ++notLookedUp_;
      return;
    }
    unresolved_.push_back({&*linkTypes_.insert(type.uid).first, std::string(id), linkCount_});
  }
}

// Components are known by the schemas, which have to come before the entities for it.
bool LinkTargets::isLost(const LostEnd& end) const {
  const bool isUnclear = !schemasCameFirst_ && componentTypes_.count(*end.type) != 0;
  return !isUnclear && !isKnown(keyOf(*end.type, end.ref));
}

void LinkTargets::finish() {
  for (const auto& [type, count] : neverTransferred_) {
    findings_.lose(type + " must never be transferred, but is in the archive " +
                   counted(count, "time", "times"));
  }
  for (const auto& type : entityTypes_) {
    if (schemas_.count(type) == 0 && neverTransferred_.count(type) == 0) {
      // A server would take the entities, and none of the links to them.
      findings_.refuse("there are entities of " + type + ", but no schema of it");
    }
  }
  schemaUse_.finish(findings_);
  linkUses_.finish(findings_);
  documents_.finish(findings_, [this](std::uint64_t key) { return entities_.contains(key); });
  if (doubledCount_ > 0) {
    findings_.remark(counted(doubledCount_, "component occurs", "components occur") +
                     " more than once, such as " + firstDoubled_ +
                     ": a server makes a row of each");
  }
  if (linkCount_ == 0 && !entityTypes_.empty() && attributes_.haveRelations()) {
    findings_.remark("there are no links, though types have relations");
  }
  for (const LostEnd& end : unresolved_) {
    if (isLost(end)) {
      findings_.remark("link " + std::to_string(end.linkNumber) + " leads to " + *end.type + " " +
                       end.ref + ", which is not there");
    }
  }
  if (notLookedUp_ > 0) {
    findings_.remark(counted(notLookedUp_, "end of a link was", "ends of links were") +
                     " not looked up: the links come before the entities");
  }
}

}  // namespace wsferry::archive
