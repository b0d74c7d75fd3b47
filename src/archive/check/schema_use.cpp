#include "archive/check/schema_use.hpp"

#include <algorithm>

#include "archive/text/json_members.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/strapi/detail/schema/component_attributes.hpp"
#include "wsferry/strapi/detail/schema/component_use.hpp"

namespace wsferry::archive {
namespace {

// Beyond any project. More are not told of.
constexpr std::size_t mostFields = 20'000;

bool isRelation(std::string_view attribute) {
  bool is = false;
  if (isJsonObject(attribute)) {
    forEachMember(attribute, [&](std::string_view key, std::string_view value) {
      is = is || (key == "type" && (value == "\"relation\"" || value == "\"media\""));
    });
  }
  return is;
}

}  // namespace

void SchemaUse::addSchema(const std::string& uid, std::string_view json) {
  Type type;
  if (!strapi::isComponent(uid)) {
    type.attributes.push_back({"documentId", false});  // A column that schemas do not name.
  }
  forEachMember(json, [&](std::string_view key, std::string_view attributes) {
    if (key == "attributes" && isJsonObject(attributes)) {
      forEachMember(attributes, [&](std::string_view name, std::string_view attribute) {
        type.attributes.push_back({std::string(name), isRelation(attribute)});
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

void SchemaUse::addEntity(std::string_view type,
                          const std::vector<strapi::EntityAttribute>& attributes) {
  if (lastType_ == types_.end() || lastType_->first != type) {
    lastType_ = types_.find(type);
  }
  if (lastType_ == types_.end()) {
    return;
  }
  Type& known = lastType_->second;
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
    const std::string& name = type.attributes[type.next].name;
    type.next = type.next + 1 < type.attributes.size() ? type.next + 1 : 0;
    if (jsonStringEquals(rawName, name)) {
      return true;
    }
  }
  return false;
}

void SchemaUse::addRelation(const std::string& type, std::string_view field) {
  if (lastCount_ == nullptr || lastLeft_ != type || lastField_ != field) {
    lastLeft_ = type;
    lastField_ = field;
    Fields& fields = fields_[type];
    auto found = fields.find(field);
    if (found == fields.end()) {
      if (fieldCount_ == mostFields) {
        lastCount_ = nullptr;
        return;
      }
      ++fieldCount_;
      found = fields.emplace(field, 0).first;
    }
    lastCount_ = &found->second;
  }
  ++*lastCount_;
}

bool SchemaUse::hasRelation(const std::string& type, std::string_view field) const {
  const auto name = jsonStringOf(field);
  const auto& attributes = types_.at(type).attributes;
  return name && std::any_of(attributes.begin(), attributes.end(), [&](const Attribute& attribute) {
           return attribute.isRelation && attribute.name == *name;
         });
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
  for (const auto& [type, fields] : fields_) {
    if (types_.count(type) == 0) {
      continue;  // Told of the type.
    }
    for (const auto& [field, count] : fields) {
      if (!hasRelation(type, field)) {
        findings.remark(counted(count, "link", "links") + " of " + type + " " +
                        std::string(formOf(count, "has", "have")) +
                        (field.empty()
                             ? " no field"
                             : " the field " + field + ", which is no relation of its schema") +
                        ": a server drops " + std::string(formOf(count, "it", "them")));
      }
    }
  }
}

}  // namespace wsferry::archive
