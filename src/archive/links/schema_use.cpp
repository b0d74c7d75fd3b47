#include "archive/links/schema_use.hpp"

#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/strapi/detail/schema/component_attributes.hpp"

namespace wsferry::archive {

void SchemaUse::addSchema(const std::string& uid, std::string_view json) {
  known_.add(uid, json);
  for (const auto& attribute : strapi::readComponentAttributes(json)) {
    for (const std::string& component : attribute.components) {
      components_.emplace(component, uid);
    }
  }
}

void SchemaUse::addEntity(const strapi::EntityView& entity) {
  const std::string_view type = entity.type;
  if (!known_.knowsType(type)) {
    return;
  }
  const auto note = [type](Counts& counts, const std::string& example) {
    const auto [count, isNew] = counts.try_emplace(std::string(type));
    count->second.first = isNew ? example : count->second.first;
    ++count->second.count;
  };
  const strapi::Misfit* unknown = nullptr;
  const strapi::Misfit* misplaced = nullptr;
  const strapi::Misfit* held = nullptr;
  for (const strapi::Misfit& misfit : fitting_.judge(type, entity.attributes)) {
    const strapi::Misfit*& first = misfit.isUnknown ? unknown : misfit.isHeld ? held : misplaced;
    first = first == nullptr ? &misfit : first;
  }
  if (unknown != nullptr) {
    note(unknown_, unknown->path);
  }
  if (held != nullptr) {
    note(held_, held->path + " " + held->reason);
  }
  if (misplaced != nullptr) {
    note(misplaced_, misplaced->path + " " + misplaced->reason);
  }
}

void SchemaUse::finish(Findings& findings) {
  for (const auto& [component, user] : components_) {
    if (!known_.knowsType(component)) {
      findings.refuse("the schema of " + user + " has the component " + component +
                      ", but there is no schema of it");
    }
  }
  const auto remark = [&findings](const std::string& uid, const Count& entities,
                                  const std::string& what) {
    findings.remark(counted(entities.count, "entity", "entities") + " of " + uid + " " +
                    std::string(formOf(entities.count, "has", "have")) + what);
  };
  for (const auto& [uid, entities] : unknown_) {
    remark(uid, entities,
           " attributes that its schema lacks, such as \"" + entities.first +
               "\": a server drops them");
  }
  for (const auto& [uid, entities] : held_) {
    findings.refuse(counted(entities.count, "entity", "entities") + " of " + uid + " " +
                    std::string(formOf(entities.count, "has", "have")) +
                    " components or relations that do not fit its schema: " + entities.first);
  }
  for (const auto& [uid, entities] : misplaced_) {
    remark(uid, entities,
           " values that do not fit its schema: " + entities.first + "; a push leaves them out");
  }
}

}  // namespace wsferry::archive
