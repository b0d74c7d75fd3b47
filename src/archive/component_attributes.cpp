#include "archive/component_attributes.hpp"

#include "archive/json_members.hpp"

namespace wsferry::archive {
namespace {

std::string stringMember(std::string_view json, std::string_view name) {
  std::string text;
  forEachMember(json, [&](std::string_view key, std::string_view value) {
    if (key == name) {
      text = jsonStringOf(value).value_or("");
    }
  });
  return text;
}

// `attribute` is the component's type; empty in a dynamic zone, whose components each tell their
// own.
std::string componentType(std::string_view attribute, std::string_view json) {
  return attribute.empty() ? stringMember(json, "__component") : std::string(attribute);
}

}  // namespace

void ComponentAttributes::addSchema(const std::string& uid, std::string_view json) {
  OfType found;
  forEachMember(json, [&](std::string_view key, std::string_view attributes) {
    if (key != "attributes" || !isJsonObject(attributes)) {
      return;
    }
    forEachMember(attributes, [&](std::string_view name, std::string_view attribute) {
      const std::string kind =
          isJsonObject(attribute) ? stringMember(attribute, "type") : std::string();
      if (kind == "component") {
        found.insert_or_assign(std::string(name), stringMember(attribute, "component"));
      } else if (kind == "dynamiczone") {
        found.insert_or_assign(std::string(name), std::string());
      }
    });
  });
  types_.insert_or_assign(uid, std::move(found));
}

const ComponentAttributes::OfType& ComponentAttributes::of(std::string_view type) const {
  static const OfType none;
  const auto found = types_.find(type);
  return found == types_.end() ? none : found->second;
}

void ComponentAttributes::forEachComponent(
    std::string_view type, std::string_view data,
    const std::function<void(std::string_view type, std::string_view id)>& take) const {
  const OfType& attributes = of(type);
  if (attributes.empty()) {
    return;
  }
  const auto component = [&](std::string_view attribute, std::string_view json) {
    const std::string own = componentType(attribute, json);
    forEachMember(json, [&](std::string_view name, std::string_view value) {
      if (name == "id") {
        take(own, value);
      }
    });
    forEachComponent(own, json, take);
  };
  forEachMember(data, [&](std::string_view name, std::string_view value) {
    const auto attribute = attributes.find(name);
    if (attribute == attributes.end()) {
      return;
    }
    if (isJsonObject(value)) {
      component(attribute->second, value);
    } else if (value.substr(0, 1) == "[") {
      JsonCursor elements(value);
      elements.enterArray();
      while (elements.nextElement()) {
        const std::string_view element = elements.skipValue();
        if (isJsonObject(element)) {
          component(attribute->second, element);
        }
      }
    }
  });
}

}  // namespace wsferry::archive
