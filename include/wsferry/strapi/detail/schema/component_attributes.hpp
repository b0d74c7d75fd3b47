#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"

namespace wsferry::strapi {

/// An attribute that holds components.
struct ComponentAttribute {
  std::string name;
  bool isZone = false;                  ///< A dynamic zone, whose components each give their type.
  std::vector<std::string> components;  ///< Their types: one, or those that a zone takes.
};

/// Those of a type, by its schema; none if that is not a JSON object.
std::vector<ComponentAttribute> readComponentAttributes(std::string_view schema);

/// `contentType`, `component` or another word of Strapi's, by a schema; empty if it has none.
std::string modelTypeOf(std::string_view schema);

/// Which attributes of types hold components, by their schemas.
class ComponentAttributes {
 public:
  /// The attributes of one type: the component's type, empty for dynamic zones, whose components
  /// each give their own.
  using OfType = std::map<std::string, std::string, std::less<>>;

  /// With the component's type, and its id as JSON text.
  using Take = std::function<void(std::string_view type, std::string_view id)>;

  /// A schema that is not a JSON object has none.
  void addSchema(const std::string& uid, std::string_view json);

  const OfType& of(std::string_view type) const;

  /// The uids of component schemas.
  const std::vector<std::string>& components() const { return components_; }

  /// Calls `take` for each component within the value of one attribute, given as JSON text;
  /// `component` is what of() has for it. @throws Error as JsonCursor.
  void forEachComponentIn(std::string_view component, std::string_view value,
                          const Take& take) const;

 private:
  void takeComponent(std::string_view component, std::string_view json, const Take& take) const;

  std::map<std::string, OfType, std::less<>> types_;
  std::vector<std::string> components_;
};

namespace detail {

inline std::string stringMember(std::string_view json, std::string_view name) {
  return jsonStringOf(jsonMemberOf(json, name)).value_or("");
}

// `{"type":"component","component":UID}` or `{"type":"dynamiczone","components":[UID, ...]}`, with
// other members.
inline std::optional<ComponentAttribute> readAttribute(std::string_view name,
                                                       std::string_view json) {
  const std::string kind = stringMember(json, "type");
  ComponentAttribute found{std::string(name), kind == "dynamiczone", {}};
  if (kind == "component") {
    found.components.push_back(stringMember(json, "component"));
    return found;
  }
  if (!found.isZone) {
    return std::nullopt;
  }
  if (const std::string_view components = jsonMemberOf(json, "components"); !components.empty()) {
    JsonCursor cursor(components);
    forEachElement(cursor, [&] {
      if (const auto uid = jsonStringOf(cursor.skipValue())) {
        found.components.push_back(*uid);
      }
    });
  }
  return found;
}

}  // namespace detail

inline std::string modelTypeOf(std::string_view schema) {
  return detail::stringMember(schema, "modelType");
}

inline std::vector<ComponentAttribute> readComponentAttributes(std::string_view schema) {
  std::vector<ComponentAttribute> found;
  if (const std::string_view members = jsonMemberOf(schema, "attributes"); !members.empty()) {
    JsonCursor cursor(members);
    forEachMember(cursor, [&](std::string_view name) {
      if (auto attribute = detail::readAttribute(name, cursor.skipValue())) {
        found.push_back(std::move(*attribute));
      }
    });
  }
  return found;
}

inline void ComponentAttributes::addSchema(const std::string& uid, std::string_view json) {
  OfType found;
  for (ComponentAttribute& attribute : readComponentAttributes(json)) {
    found.insert_or_assign(std::move(attribute.name),
                           attribute.isZone ? std::string() : attribute.components.front());
  }
  types_.insert_or_assign(uid, std::move(found));
  if (modelTypeOf(json) == "component") {
    components_.push_back(uid);
  }
}

inline const ComponentAttributes::OfType& ComponentAttributes::of(std::string_view type) const {
  static const OfType none;
  const auto found = types_.find(type);
  return found == types_.end() ? none : found->second;
}

inline void ComponentAttributes::forEachComponentIn(std::string_view component,
                                                    std::string_view value,
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

inline void ComponentAttributes::takeComponent(std::string_view component, std::string_view json,
                                               const Take& take) const {
  const std::string told =
      component.empty() ? detail::stringMember(json, "__component") : std::string();
  const std::string_view own = component.empty() ? std::string_view(told) : component;
  const OfType& attributes = of(own);
  JsonCursor cursor(json);
  forEachMember(cursor, [&](std::string_view name) {
    const std::string_view value = cursor.skipValue();
    if (name == "id") {
      take(own, value);
    } else if (const auto inner = attributes.find(name); inner != attributes.end()) {
      forEachComponentIn(inner->second, value, take);
    }
  });
}

}  // namespace wsferry::strapi
