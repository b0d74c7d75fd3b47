#include "strapi/component_attributes.hpp"

#include "core/json_members.hpp"

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

}  // namespace

void ComponentAttributes::addSchema(const std::string& uid, std::string_view json) {
  OfType found;
  eachMember(json, [&](std::string_view key, std::string_view attributes) {
    if (key != "attributes") {
      return;
    }
    eachMember(attributes, [&](std::string_view name, std::string_view attribute) {
      const std::string kind = stringMember(attribute, "type");
      if (kind == "component") {
        found.insert_or_assign(std::string(name), stringMember(attribute, "component"));
      } else if (kind == "dynamiczone") {
        found.insert_or_assign(std::string(name), std::string());
      }
    });
  });
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
