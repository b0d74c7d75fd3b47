#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace wsferry::archive {

/// Which attributes of types hold components, by their schemas.
class ComponentAttributes {
 public:
  /// The attributes of one type: the component's type, empty for dynamic zones, whose components
  /// each tell their own.
  using OfType = std::map<std::string, std::string, std::less<>>;

  void addSchema(const std::string& uid, std::string_view json);
  const OfType& of(std::string_view type) const;

  /// Calls `take(type, id)` for each component within an entity, given the JSON text of its data.
  /// @throws Error as JsonCursor.
  void forEachComponent(
      std::string_view type, std::string_view data,
      const std::function<void(std::string_view type, std::string_view id)>& take) const;

 private:
  std::map<std::string, OfType, std::less<>> types_;
};

}  // namespace wsferry::archive
