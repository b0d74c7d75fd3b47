#include "archive/check/schema_use.hpp"

#include <algorithm>

#include "archive/text/json_members.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/strapi/detail/schema/component_attributes.hpp"
#include "wsferry/strapi/detail/schema/component_use.hpp"

namespace wsferry::archive {

void SchemaUse::addSchema(const std::string& uid, std::string_view json) {
  Type type;
  if (!strapi::isComponent(uid)) {
    type.attributes.push_back("documentId");  // A column that schemas do not name.
  }
  forEachMember(json, [&](std::string_view key, std::string_view attributes) {
    if (key == "attributes" && isJsonObject(attributes)) {
      forEachMember(attributes, [&](std::string_view name, std::string_view) {
        type.attributes.emplace_back(name);
      });
    }
  });
  types_.insert_or_assign(uid, std::move(type));
  for (const auto& attribute : strapi::readComponentAttributes(json)) {
    for (const std::string& component : attribute.components) {
      components_.emplace(component, uid);
    }
  }
}

void SchemaUse::addEntity(const strapi::EntityView& entity) {
  if (lastType_ == types_.end() || lastType_->first != entity.type) {
    lastType_ = types_.find(entity.type);
  }
  if (lastType_ == types_.end()) {
    return;
  }
  Type& known = lastType_->second;
  const auto& attributes = entity.attributes;
  const auto beyond =
      std::find_if(attributes.begin(), attributes.end(),
                   [&](const auto& attribute) { return !hasAttribute(known, attribute.rawName); });
  if (beyond != attributes.end() && ++known.beyond.count == 1) {
    known.beyond.first = std::string(beyond->rawName);
  }
}

// Attributes mostly come in the schema's order: most are found at the first look.
bool SchemaUse::hasAttribute(Type& type, std::string_view rawName) {
  for (std::size_t looked = 0; looked < type.attributes.size(); ++looked) {
    const std::string& name = type.attributes[type.next];
    type.next = type.next + 1 < type.attributes.size() ? type.next + 1 : 0;
    if (jsonStringEquals(rawName, name)) {
      return true;
    }
  }
  return false;
}

void SchemaUse::finish(Findings& findings) const {
  for (const auto& [component, user] : components_) {
    if (types_.count(component) == 0) {
      findings.refuse("the schema of " + user + " has the component " + component +
                      ", but there is no schema of it");
    }
  }
  for (const auto& [uid, type] : types_) {
    if (type.beyond.count > 0) {
      findings.remark(counted(type.beyond.count, "entity", "entities") + " of " + uid + " " +
                      std::string(formOf(type.beyond.count, "has", "have")) +
                      " attributes that its schema lacks, such as \"" + type.beyond.first +
                      "\": a server drops them");
    }
  }
}

}  // namespace wsferry::archive
