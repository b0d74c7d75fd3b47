#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wsferry::strapi {

/// An attribute that holds components.
struct ComponentAttribute {
  std::string name;
  bool isZone = false;                  ///< A dynamic zone, whose components each tell their type.
  std::vector<std::string> components;  ///< Their types: one, or those that a zone takes.
};

/// Those of a type, by its schema; none of one that is no JSON object.
std::vector<ComponentAttribute> readComponentAttributes(std::string_view schema);

/// Which attributes of types hold components, by their schemas.
class ComponentAttributes {
 public:
  /// The attributes of one type: the component's type, empty for dynamic zones, whose components
  /// each tell their own.
  using OfType = std::map<std::string, std::string, std::less<>>;

  /// With the component's type, and its id as JSON text.
  using Take = std::function<void(std::string_view type, std::string_view id)>;

  /// A schema that is no JSON object has none.
  void addSchema(const std::string& uid, std::string_view json);

  const OfType& of(std::string_view type) const;

  /// The uids of schemas that are those of components.
  const std::vector<std::string>& components() const { return components_; }

  /// Calls `take` for each component within an entity, given the JSON text of its data.
  /// @throws Error as JsonCursor.
  void forEachComponent(std::string_view type, std::string_view data, const Take& take) const;

  /// The same for the value of one attribute; `component` is what of() has for it.
  void forEachComponentIn(std::string_view component, std::string_view value,
                          const Take& take) const;

 private:
  void takeComponent(std::string_view component, std::string_view json, const Take& take) const;

  std::map<std::string, OfType, std::less<>> types_;
  std::vector<std::string> components_;
};

}  // namespace wsferry::strapi
