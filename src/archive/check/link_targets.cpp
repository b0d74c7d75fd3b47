#include "archive/check/link_targets.hpp"

#include <functional>

#include "archive/text/entity_text.hpp"
#include "archive/text/id_text.hpp"
#include "archive/text/json_members.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {
namespace {

// Of link ends that wait for the entity they lead to. Exports have links last.
constexpr std::size_t mostUnresolved = 1'000'000;

std::uint64_t hashOf(std::string_view text) {
  return std::hash<std::string_view>()(text);
}

bool isComponentSchema(std::string_view json) {
  bool isComponent = false;
  forEachMember(json, [&](std::string_view key, std::string_view value) {
    isComponent = isComponent || (key == "modelType" && jsonStringOf(value) == "component");
  });
  return isComponent;
}

// That of the same link from the relation's own end.
std::uint64_t keyOfLink(const LinkEnds& link, const LinkUse* use) {
  const auto* const attribute = use == nullptr ? nullptr : use->attribute;
  if (attribute == nullptr || attribute->hasNoLinks() || attribute->ownerField.empty()) {
    return link.key();
  }
  const std::string field = encodeJsonString(attribute->ownerField);
  LinkEnds owned{link.kind, link.right, link.left};
  owned.left.field = field;
  return owned.key();
}

}  // namespace

std::uint64_t LinkEnds::key() const {
  // A file may stand twice in one list, and its links differ in their places only.
  const bool hasPlace = kind == "relation.morph";
  std::string text = kind;
  for (const auto* end : {&left, &right}) {
    text.append("\n").append(end->type).append("\n").append(end->ref).append("\n");
    text.append(end->field).append("\n").append(hasPlace ? end->position : std::string_view());
  }
  return hashOf(text);
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
  components_.addSchema(uid, json);
  schemaUse_.addSchema(uid, json);
  linkUses_.addSchema(uid, json);
  if (isComponentSchema(json)) {
    componentTypes_.insert(uid);
  }
}

bool LinkTargets::addEntity(const std::string& type, std::string_view id, std::string_view data,
                            std::string_view json) {
  entityTypes_.insert(type);
  if (strapi::isNeverTransferred(type)) {
    ++neverTransferred_[type];
    return true;
  }
  const bool isNewRecord = records_.insert(hashOf(json));
  if (!entities_.insert(keyOf(type, id))) {
    if (!isNewRecord) {
      return false;
    }
    throw Error(ArchiveErrc::invalidArchive,
                type + " " + std::string(id) + " occurs twice, with different content");
  }
  addNames(type, data);
  return true;
}

void LinkTargets::addNames(const std::string& type, std::string_view data) {
  forEachMember(data, [&](std::string_view key, std::string_view value) {
    if (key == "documentId" && isJsonString(value)) {
      names_.insert(keyOf(type, *jsonStringOf(value)));
    }
  });
  components_.forEachComponent(type, data, [this](std::string_view component, std::string_view id) {
    names_.insert(keyOf(component, idText(id)));
  });
}

bool LinkTargets::addLink(const LinkEnds& link) {
  ++linkCount_;
  addLinkEnd(link.left);
  addLinkEnd(link.right);
  LinkUse* const use = strapi::isNeverTransferred(link.left.type) ? nullptr : linkUses_.of(link);
  const bool isNew = links_.insert(keyOfLink(link, use));
  if (isNew && use != nullptr) {
    linkUses_.add(*use, link.left.ref, linkCount_);
  }
  return isNew;
}

void LinkTargets::addLinkEnd(const LinkEnds::End& end) {
  if (strapi::isNeverTransferred(end.type)) {
    ++neverTransferred_[end.type];
  } else if (!isKnown(end.type, end.ref)) {
    if (unresolved_.size() == mostUnresolved) {
      ++notLookedUp_;
      return;
    }
    unresolved_.push_back({&*linkTypes_.insert(end.type).first, end.ref, linkCount_});
  }
}

bool LinkTargets::isKnown(std::string_view type, std::string_view ref) const {
  const std::uint64_t key = keyOf(type, ref);
  return entities_.contains(key) || names_.contains(key);
}

// Components are known by the schemas, which have to come before the entities for it.
bool LinkTargets::isLost(const LinkEnd& end) const {
  const bool isUnclear = !schemasCameFirst_ && componentTypes_.count(*end.type) != 0;
  return !isUnclear && !isKnown(*end.type, end.ref);
}

void LinkTargets::finish() {
  for (const auto& [type, count] : neverTransferred_) {
    findings_.lose(type + " must never be transferred, and stands in the archive " +
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
  for (const LinkEnd& end : unresolved_) {
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
