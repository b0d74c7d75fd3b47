#include "strapi/schema/component_attributes.hpp"

#include <optional>
#include <utility>

#include "core/json/json_members.hpp"

namespace wsferry::strapi {
namespace {

// Calls `take(key, value)` for each member of an object, the value as JSON text.
template <class Take>
void eachMember(std::string_view json, Take take) {
  JsonCursor cursor(json);
  forEachMember(cursor, [&](std::string_view key) { take(key, cursor.skipValue()); });
}

std::string stringMember(std::string_view json, std::string_view name) {
  std::string text;
  eachMember(json, [&](std::string_view key, std::string_view value) {
    if (key == name) {
      text = jsonStringOf(value).value_or("");
    }
  });
  return text;
}

// `{"type":"component","component":UID}` or `{"type":"dynamiczone","components":[UID, ...]}`, with
// other members.
std::optional<ComponentAttribute> readAttribute(std::string_view name, std::string_view json) {
  const std::string kind = stringMember(json, "type");
  ComponentAttribute found{std::string(name), kind == "dynamiczone", {}};
  if (kind == "component") {
    found.components.push_back(stringMember(json, "component"));
    return found;
  }
  if (!found.isZone) {
    return std::nullopt;
  }
  eachMember(json, [&](std::string_view key, std::string_view value) {
    if (key == "components") {
      JsonCursor cursor(value);
      forEachElement(cursor, [&] {
        if (const auto uid = jsonStringOf(cursor.skipValue())) {
          found.components.push_back(*uid);
        }
      });
    }
  });
  return found;
}

}  // namespace

std::vector<ComponentAttribute> readComponentAttributes(std::string_view schema) {
  std::vector<ComponentAttribute> found;
  eachMember(schema, [&](std::string_view key, std::string_view attributes) {
    if (key == "attributes") {
      eachMember(attributes, [&](std::string_view name, std::string_view json) {
        if (auto attribute = readAttribute(name, json)) {
          found.push_back(std::move(*attribute));
        }
      });
    }
  });
  return found;
}

void ComponentAttributes::addSchema(const std::string& uid, std::string_view json) {
  OfType found;
  for (ComponentAttribute& attribute : readComponentAttributes(json)) {
    found.insert_or_assign(std::move(attribute.name),
                           attribute.isZone ? std::string() : attribute.components.front());
  }
  types_.insert_or_assign(uid, std::move(found));
  if (stringMember(json, "modelType") == "component") {
    components_.push_back(uid);
  }
}

const ComponentAttributes::OfType& ComponentAttributes::of(std::string_view type) const {
  static const OfType none;
  const auto found = types_.find(type);
  return found == types_.end() ? none : found->second;
}

void ComponentAttributes::forEachComponent(std::string_view type, std::string_view data,
                                           const Take& take) const {
  const OfType& attributes = of(type);
  if (attributes.empty()) {
    return;
  }
  eachMember(data, [&](std::string_view name, std::string_view value) {
    const auto attribute = attributes.find(name);
    if (attribute != attributes.end()) {
      forEachComponentIn(attribute->second, value, take);
    }
  });
}

void ComponentAttributes::forEachComponentIn(std::string_view component, std::string_view value,
                                             const Take& take) const {
  if (isJsonObject(value)) {
    takeComponent(component, value, take);
    return;
  }
  JsonCursor cursor(value);
  forEachElement(cursor, [&] {
    const std::string_view element = cursor.skipValue();
    if (isJsonObject(element)) {
      takeComponent(component, element, take);
    }
  });
}

void ComponentAttributes::takeComponent(std::string_view component, std::string_view json,
                                        const Take& take) const {
  const std::string told = component.empty() ? stringMember(json, "__component") : std::string();
  const std::string_view own = component.empty() ? std::string_view(told) : component;
  const OfType& attributes = of(own);
  eachMember(json, [&](std::string_view name, std::string_view value) {
    if (name == "id") {
      take(own, value);
    } else if (const auto inner = attributes.find(name); inner != attributes.end()) {
      forEachComponentIn(inner->second, value, take);
    }
  });
}

}  // namespace wsferry::strapi
